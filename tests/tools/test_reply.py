import unittest
from dataclasses import dataclass, field

from maildesk.tools.headers import parse_addresses
from maildesk.tools.reply import Original, address_reply

OWN = ("support@tidewheel.example", "help@tidewheel.example")


@dataclass
class Case:
    """A mail, and how an answer to it is addressed: ``reply`` and ``reply_all`` as (To, Cc)."""

    name: str
    author: str
    to: str = "support@tidewheel.example"
    cc: str = ""
    reply_to: str = ""
    list_post: str = ""
    mail_followup_to: str = ""
    delivered_to: tuple = ()
    reply: tuple = ("", "")
    reply_all: tuple = ("", "")
    identity: str = "support@tidewheel.example"
    was_blind: bool = False
    reply_list: str = field(default=None)

    def original(self):
        return Original(
            author=parse_addresses(self.author), reply_to=parse_addresses(self.reply_to), to=parse_addresses(self.to),
            cc=parse_addresses(self.cc), list_post=self.list_post, mail_followup_to=parse_addresses(self.mail_followup_to),
            delivered_to=self.delivered_to)


CASES = [
    Case("from one to one", "Rosa <rosa@x.example>", reply=("rosa@x.example", ""), reply_all=("rosa@x.example", "")),
    Case("from one to many", "rosa@x.example", to="support@tidewheel.example, b@x.example", cc="c@x.example",
         reply=("rosa@x.example", ""), reply_all=("rosa@x.example, b@x.example", "c@x.example")),
    Case("oneself is left out, in any case and with a subaddress", "rosa@x.example",
         to="Support@TideWheel.example, support+shop@tidewheel.example, b@x.example", cc="HELP@tidewheel.example",
         reply=("rosa@x.example", ""), reply_all=("rosa@x.example, b@x.example", "")),
    Case("named twice", "rosa@x.example", to="support@tidewheel.example, ROSA@x.example", cc="rosa@x.example, b@x.example, B@x.example",
         reply=("rosa@x.example", ""), reply_all=("rosa@x.example", "b@x.example")),
    Case("Reply-To", "rosa@x.example", reply_to="Office <office@x.example>",
         reply=("office@x.example", ""), reply_all=("office@x.example", "")),
    Case("own mail goes to its recipients", "support@tidewheel.example", to="rosa@x.example", cc="c@x.example",
         reply=("rosa@x.example", ""), reply_all=("rosa@x.example", "c@x.example")),
    Case("own mail from an alias", "Help <help@tidewheel.example>", to="rosa@x.example",
         reply=("rosa@x.example", ""), reply_all=("rosa@x.example", ""), identity="help@tidewheel.example"),
    Case("own mail with blind recipients only", "support@tidewheel.example", to="undisclosed-recipients:;",
         reply=("support@tidewheel.example", ""), reply_all=("support@tidewheel.example", "")),
    Case("own mail to copies only", "support@tidewheel.example", to="", cc="c@x.example",
         reply=("support@tidewheel.example", ""), reply_all=("c@x.example", "")),
    Case("a note to oneself", "support@tidewheel.example", reply=("support@tidewheel.example", ""),
         reply_all=("support@tidewheel.example", "")),
    Case("contact form: own From, foreign Reply-To", "Website <support@tidewheel.example>", reply_to="visitor@y.example",
         reply=("visitor@y.example", ""), reply_all=("visitor@y.example", "")),
    Case("list that keeps Reply-To", "rosa@x.example", to="riders@lists.example", cc="b@x.example", list_post="riders@lists.example",
         reply=("rosa@x.example", ""), reply_all=("rosa@x.example, riders@lists.example", "b@x.example"), was_blind=True,
         reply_list="riders@lists.example"),
    Case("list that sets Reply-To to itself", "rosa@x.example", to="riders@lists.example", reply_to="Riders@lists.example",
         list_post="riders@lists.example", reply=("rosa@x.example", ""), reply_all=("rosa@x.example, riders@lists.example", ""),
         was_blind=True, reply_list="riders@lists.example"),
    Case("Mail-Followup-To", "rosa@x.example", to="riders@lists.example", list_post="riders@lists.example",
         mail_followup_to="riders@lists.example", reply=("rosa@x.example", ""), reply_all=("riders@lists.example", ""), was_blind=True,
         reply_list="riders@lists.example"),
    Case("to an alias", "rosa@x.example", to="help@tidewheel.example", reply=("rosa@x.example", ""), reply_all=("rosa@x.example", ""),
         identity="help@tidewheel.example"),
    Case("to an alias among others", "rosa@x.example", to="b@x.example", cc="help@tidewheel.example", reply=("rosa@x.example", ""),
         reply_all=("rosa@x.example, b@x.example", ""), identity="help@tidewheel.example"),
    Case("blind copy to an alias", "rosa@x.example", to="b@x.example", delivered_to=("help@tidewheel.example",),
         reply=("rosa@x.example", ""), reply_all=("rosa@x.example, b@x.example", ""), identity="help@tidewheel.example", was_blind=True),
    Case("group address", "rosa@x.example", to="Riders: a@x.example, b@x.example;", cc="support@tidewheel.example",
         reply=("rosa@x.example", ""), reply_all=("rosa@x.example, a@x.example, b@x.example", "")),
    Case("sender without an address", "Mailer-Daemon", to="support@tidewheel.example, b@x.example", reply=("", ""),
         reply_all=("b@x.example", "")),
    Case("several authors", "rosa@x.example, tom@x.example", reply=("rosa@x.example", ""), reply_all=("rosa@x.example", "")),
    Case("name with a comma", '"Delgado, Rosa" <rosa@x.example>', reply=("rosa@x.example", ""), reply_all=("rosa@x.example", "")),
    Case("nobody at all", "", to="", reply=("", ""), reply_all=("", "")),
]


class TestReply(unittest.TestCase):
    def test_the_table(self):
        for case in CASES:
            for kind in ("reply", "reply_all"):
                with self.subTest(case=case.name, kind=kind):
                    found = address_reply(kind, case.original(), OWN)
                    written = tuple(", ".join(entry.email for entry in entries) for entries in (found.to, found.cc))
                    self.assertEqual(written, getattr(case, kind))
                    self.assertEqual(found.identity, case.identity)
                    self.assertEqual(found.was_blind, case.was_blind)
            if case.reply_list:
                found = address_reply("reply_list", case.original(), OWN)
                self.assertEqual(([entry.email for entry in found.to], found.cc), ([case.reply_list], ()))

    def test_forwarding_has_no_recipients_yet(self):
        for kind in ("forward", "redirect"):
            for case in CASES:
                found = address_reply(kind, case.original(), OWN)
                self.assertEqual((found.to, found.cc, found.identity), ((), (), case.identity), case.name)

    def test_names_are_kept(self):
        [rosa] = address_reply("reply", CASES[20].original(), OWN).to
        self.assertEqual((rosa.name, rosa.email), ("Delgado, Rosa", "rosa@x.example"))

    def test_the_identity_is_the_address_as_it_is_listed(self):
        mail = Original(author=parse_addresses("rosa@x.example"), to=parse_addresses("HELP+x@Tidewheel.example"))
        self.assertEqual(address_reply("reply", mail, OWN).identity, "help@tidewheel.example")
        listed = Original(author=parse_addresses("rosa@x.example"), to=parse_addresses("help+x@tidewheel.example"))
        self.assertEqual(address_reply("reply", listed, (*OWN, "help+x@tidewheel.example")).identity, "help+x@tidewheel.example")

    def test_what_is_no_kind(self):
        with self.assertRaises(ValueError):
            address_reply("answer", CASES[0].original(), OWN)
        with self.assertRaises(ValueError):
            address_reply("reply", CASES[0].original(), ())
