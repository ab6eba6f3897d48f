"""How a run says that something is not as it should be."""


class Difference(Exception):
    """What is wrong, in sentences.

    :param list told: of sentences.
    :param str at: where in the run it was found.
    """

    def __init__(self, told, at=""):
        super().__init__("\n  ".join([at, *told] if at else told))
        self.told, self.at = told, at

    def during(self, at):
        """The same, with the place it was found."""
        return Difference(self.told, f"{at}: {self.at}" if self.at else at)
