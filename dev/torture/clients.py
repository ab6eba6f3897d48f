"""Other mail programs at work on a mailbox, each doing random things; what they have in common."""

#: Mails the mailbox swings around, and folders it may have beside those of a role.
CROWD = 150
FOLDERS = 9


class Clients:
    """Several programs on one mailbox.

    :param Harness harness: where.
    :param Mailbox mailbox: whose.
    :param Random rng: all choices follow from it and from what lies on the server.
    :param bool keeps_all: neither copy nor delete: then every mail has to lie in exactly one place for ever.
    """

    #: Names of methods → how often each is chosen; and of those that keep every mail.
    weights, keeping = {}, ()

    def __init__(self, harness, mailbox, rng, *, keeps_all=False):
        self.harness, self.mailbox, self.rng = harness, mailbox, rng
        #: First part of the Message-IDs of the mails put here, and how many there are.
        self.name, self.appended = mailbox.email.partition("@")[0], 0
        weights = {name: weight for name, weight in self.weights.items() if not keeps_all or name in self.keeping}
        self._names, self._weights = list(weights), list(weights.values())

    def step(self):
        """Do one thing; answers what, for people."""
        action = self.rng.choices(self._names, self._weights)[0]
        return f"{action}: {self.perform(getattr(self, action))}"

    def perform(self, action):
        """Have one of the programs do it; answers what, for people."""
        return action()

    def close(self):
        """Hang up."""

    def next_number(self):
        """Of the next mail to be put here."""
        number, self.appended = self.appended, self.appended + 1
        return number

    def how_many(self, crowd):
        """Mails that arrive together.

        :param int crowd: how many there are.
        """
        return self.rng.choice((1, 1, 1, 2, 5)) if crowd < CROWD else 1

    def some(self, keys):
        """Of some keys mostly one, sometimes a row, sometimes all."""
        if not keys:
            return []
        chance, first = self.rng.random(), self.rng.randrange(len(keys))
        if chance < 0.6:
            return keys[first:first + 1]
        return keys if chance > 0.98 else keys[first:first + self.rng.randrange(2, 12)]
