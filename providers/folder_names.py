"""Names for folders that people type."""

import unicodedata

from .errors import Unsupported

#: Control characters, halves of characters, ends of lines.
_FORBIDDEN = ("Cc", "Cs", "Zl", "Zp")


def clean_folder_name(name: str, delimiter: str | None) -> str:
    """The name as it goes to a server: blanks at both ends removed, composed characters (Unicode NFC).

    :param delimiter: what separates levels, which no name of one level can hold; None where there are no levels.
    :raises Unsupported: a name no folder can have.
    """
    name = unicodedata.normalize("NFC", name.strip())
    is_clean = all(unicodedata.category(letter) not in _FORBIDDEN for letter in name)
    if not name or not is_clean or (delimiter and delimiter in name):
        raise Unsupported("no folder can have this name")
    return name
