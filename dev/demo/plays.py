"""Reads the letters in ``texts/`` and varies them.

A file holds plays. ``@ key`` begins one, ``name: value`` lines are its head, and each line ``--- who …`` begins a turn:
``customer`` (the other side), ``us`` (the mailbox), ``person:KEY`` (a colleague); then what goes along
(``+photo:brake``), when it comes (``~5h`` after the turn before), who else gets it (``cc:tom,mei``). The head may say
who plays the other side (``cast``), where the talk is filed (``file``), how many days ago it began (``days``) and in
which months it makes sense (``months``). In texts ``{a|b}`` is a choice and ``$name`` a fact of the talk.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).with_name("texts")
_CHOICE = re.compile(r"\{([^{}]*)\}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Turn:
    """One letter of a play, not yet varied.

    :param wait: how long after the turn before, None where it is up to the stage.
    :param tuple enclosed: ``kind`` or ``kind:detail`` of what goes along.
    """

    who: str
    text: str
    wait: timedelta | None = None
    enclosed: tuple = ()
    cc: tuple = ()


@dataclass(frozen=True)
class Play:
    """A talk: its head and its turns."""

    key: str
    head: dict
    turns: tuple

    def fits(self, month):
        """Whether the talk makes sense in a month; ``months`` of the head names them where it matters."""
        return "months" not in self.head or str(month) in self.head["months"].split()


@lru_cache
def read(name):
    """All plays of a file.

    :param str name: file name without its suffix.
    :return: tuple of :class:`Play`.
    """
    blocks = re.split(r"(?m)^@ ", (FOLDER / f"{name}.txt").read_text(encoding="utf-8"))
    return tuple(_play(block) for block in blocks[1:])


def read_lines(name):
    """The lines of a file that holds one text a line, without its comments."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _play(block):
    head, *turns = re.split(r"(?m)^---", block)
    key, *fields = head.strip().splitlines()
    return Play(key, dict(line.split(": ", 1) for line in fields), tuple(_turn(turn) for turn in turns))


def _turn(block):
    line, _, text = block.partition("\n")
    found = {"who": "customer", "enclosed": []}
    for word in line.split():
        if word.startswith("+"):
            found["enclosed"].append(word[1:])
        elif word.startswith("~"):
            found["wait"] = timedelta(**{_UNITS[word[-1]]: int(word[1:-1])})
        elif word.startswith("cc:"):
            found["cc"] = tuple(word[3:].split(","))
        else:
            found["who"] = word.removeprefix("person:")
    found["enclosed"] = tuple(found["enclosed"])
    return Turn(text=text.strip(), **found)


def vary(text, rng, facts):
    """One of the texts a template stands for.

    :param random.Random rng: makes the choices.
    :param dict facts: what ``$name`` stands for.
    """
    while _CHOICE.search(text):
        text = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), text)
    return Template(text).substitute(facts)


@lru_cache
def page(name):
    """An HTML page of the folder as a :class:`string.Template`."""
    return Template((FOLDER / f"{name}.html").read_text(encoding="utf-8"))
