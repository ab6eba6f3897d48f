"""Microsoft Graph: flags, removal, appending, single messages, sending."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from maildesk.providers.errors import AuthError, MessageGone, OutcomeUnknown, ProtocolError, Refused, Unreachable, Unsupported
from maildesk.providers.graph_transmission import GraphTransmission
from maildesk.providers.values import Envelope
from maildesk.tests.fakes.imap_servers import mail
from maildesk.tests.providers.contract import MULTIPART
from maildesk.tests.providers.graph_case import GraphCase

LARGE = bytes(range(256)) * 27343 + b"x" * 193


def large_mail():
    """With attachments for one request and for several."""
    raw = EmailMessage(policy=SMTP)
    raw["From"], raw["To"], raw["Subject"], raw["Message-ID"] = "a@example.org", "carol@example.org", "Large", "<large@example.org>"
    raw.set_content("See there")
    raw.add_attachment(b"small", "application", "octet-stream", filename="small.bin")
    raw.add_attachment(LARGE, "application", "octet-stream", filename="large.bin")
    return raw.as_bytes()


class Changes(GraphCase):
    def setUp(self):
        super().setUp()
        self.line = self.provider()
        self.archive = self.mailbox.well_known["archive"]

    def test_few_requests(self):
        keys = self.fill(45)
        for change, requests in (
                (lambda: self.line.set_flags(self.inbox.id, keys, "is_read", True), 3),
                (lambda: self.line.fetch_flags(self.inbox.id, keys), 3),
                (lambda: self.line.move(self.inbox.id, keys[:18], self.archive.id), 2),
                (lambda: self.line.delete(self.inbox.id, keys[18:38]), 2)):
            before = self.line.commands_sent
            change()
            self.assertEqual(self.line.commands_sent, before + requests)

    def test_draft_is_what_the_service_says(self):
        keys = self.fill(1)
        with self.assertRaises(Unsupported):
            self.line.set_flags(self.inbox.id, keys, "is_draft", True)
        self.assertEqual(self.lines("PATCH"), [])

    def test_moved_by_others_meanwhile(self):
        """It bears the same key there, and must stay there."""
        keys = self.fill(2)
        self.mailbox.move(self.inbox.messages[keys[0]], self.archive)
        self.line.delete(self.inbox.id, keys)
        self.assertEqual((list(self.archive.messages), list(self.inbox.messages)), (keys[:1], []))
        self.assertEqual(self.line.set_flags(self.inbox.id, keys, "is_starred", True), set())
        self.assertEqual(self.line.fetch_flags(self.inbox.id, keys), [])
        self.assertEqual(self.line.move(self.inbox.id, keys, self.mailbox.well_known["junkemail"].id), {})
        with self.assertRaises(MessageGone):
            self.line.fetch_body(self.inbox.id, keys[0])

    def test_a_move_that_was_cut_is_not_repeated_unasked(self):
        keys = self.fill(1)
        # The look before goes well.
        self.graph.order(match="batch")
        self.graph.order(match="batch", cut="after")
        with self.assertRaises(Unreachable):
            self.line.move(self.inbox.id, keys, self.archive.id)
        self.assertEqual(len(self.lines("/move")), 1)
        moved = self.line.move(self.inbox.id, keys, self.archive.id, None, {keys[0]: f"graph:{keys[0]}"})
        self.assertEqual((moved, len(self.lines("/move"))), ({keys[0]: keys[0]}, 1))

    def test_refused_for_these_alone(self):
        keys = self.fill(2)
        self.graph.order(match="PART POST .*/move", status=403, code="ErrorMoveDenied")
        with self.assertRaises(Unsupported):
            self.line.move(self.inbox.id, keys, self.archive.id)
        self.graph.order(match="PART POST .*/permanentDelete", status=404, code="ErrorItemNotFound")
        self.line.delete(self.inbox.id, keys)

    def test_answered_keeps_what_was_sent_with_it(self):
        key = self.fill(1)[0]
        self.mailbox.change(self.inbox.messages[key], {}, {0x1081: "104"})
        self.assertFalse(self.line.fetch_flags(self.inbox.id, [key])[0].is_answered)
        self.line.set_flags(self.inbox.id, [key], "is_answered", True)
        self.assertEqual({tag: self.inbox.messages[key].properties[tag] for tag in (0x1080, 0x1081)}, {0x1080: "261", 0x1081: "102"})


class Appending(GraphCase):
    def setUp(self):
        super().setUp()
        self.line = self.provider()

    def test_a_mail_that_is_no_draft(self):
        moment = datetime(2025, 1, 5, 7, 8, 9)
        raw = MULTIPART.replace(b"Message-ID:", b"In-Reply-To: <one@example.org>\r\nReferences: <zero@example.org> <one@example.org>\r\n"
                                b"Cc: c@example.org\r\nBcc: Hidden <b@example.org>\r\nReply-To: r@example.org\r\nMessage-ID:")
        key = self.line.append(self.inbox.id, raw, ["is_read", "is_starred", "is_answered"], moment)
        (message,) = self.cache(self.line).page().new
        flags = message.flags
        self.assertEqual((flags.remote_id, flags.is_read, flags.is_starred, flags.is_answered, flags.is_draft), (key, True, True, True, False))
        self.assertEqual((message.internal_date, str(message.date)), (moment, "2026-03-02 09:00:00"))
        self.assertEqual((message.sender.name, message.subject, message.message_id), ("Jörg", "Päckchen", "<parts@example.org>"))
        self.assertEqual((message.in_reply_to, len(message.references)), ("<one@example.org>", 2))
        self.assertEqual([address.email for address in (*message.to, *message.cc, *message.bcc, *message.reply_to)],
                         ["bob@example.net", "c@example.org", "b@example.org", "r@example.org"])
        body = self.line.fetch_body(self.inbox.id, key)
        self.assertEqual(body.html, '<p>Grüße <img src="cid:pic"></p>')
        self.assertEqual([(part.name, part.content_id, part.inline) for part in body.attachments],
                         [("pic.png", "pic", True), ("Übersicht.pdf", "", False)])
        self.assertEqual(self.line.fetch_part(self.inbox.id, key, body.attachments[1].part_id), b"%PDF-1.4\n")

    def test_a_draft_keeps_its_octets(self):
        drafts = self.mailbox.well_known["drafts"]
        raw = mail(1) + b"a\rb \xff\xfe {5}\r\n)\r\n"
        key = self.line.append(drafts.id, raw.replace(b"\r\n", b"\n"), ["is_draft", "is_starred"])
        self.assertEqual(self.line.fetch_raw(drafts.id, key), raw)
        (flags,) = self.line.fetch_flags(drafts.id, [key])
        self.assertEqual((flags.is_draft, flags.is_starred), (True, True))

    def test_larger_than_the_service_takes(self):
        with self.assertRaises(Refused) as caught:
            self.line.append(self.inbox.id, mail(1) + b"x" * 3_100_000)
        self.assertEqual((caught.exception.reason, caught.exception.limit), ("too_large", 3_000_000))
        self.assertEqual(len(self.inbox.messages), 0)

    def test_a_large_draft(self):
        raw = large_mail()
        key = self.line.append(self.inbox.id, raw, ["is_draft", "is_starred"])
        (flags,) = self.line.fetch_flags(self.inbox.id, [key])
        self.assertEqual((flags.is_draft, flags.is_starred), (True, True))
        parts = self.line.fetch_body(self.inbox.id, key).attachments
        self.assertEqual([(part.name, part.size) for part in parts], [("small.bin", 5), ("large.bin", 7_000_001)])
        self.assertEqual(self.line.fetch_part(self.inbox.id, key, parts[1].part_id), LARGE)

    def test_an_interrupted_one_is_not_taken_for_it(self):
        raw, mark = large_mail(), self.line.mark(self.inbox.id)
        for fault in ({"match": "PUT", "cut": "before"}, {"match": "PUT", "status": 500}, {"match": "createUpload", "status": 400},
                      {"match": "PATCH", "cut": "before", "times": 2}):
            self.graph.order(**fault)
            with self.assertRaises((Unreachable, Refused, ProtocolError)):
                self.line.append(self.inbox.id, raw, ["is_draft"], since=mark)
            # What is no use is taken away where that can be done.
            self.assertEqual(len(self.inbox.messages), 0)
        key = self.line.append(self.inbox.id, raw, ["is_draft"], since=mark)
        self.assertEqual(self.line.append(self.inbox.id, raw, ["is_draft"], since=mark), key)
        self.assertEqual(len(self.inbox.messages), 1)

    def test_found_by_odd_names(self):
        for name in ("a'b&c+d#e%41@example.org", "ü@example.org"):
            with self.subTest(name=name):
                raw = mail(1).replace(b"mail.1@example.org", name.encode())
                mark = self.line.mark(self.inbox.id)
                first = self.line.append(self.inbox.id, raw, since=mark)
                self.assertEqual(self.line.append(self.inbox.id, raw, since=mark), first)

    def test_mark_of_a_busy_second(self):
        self.fill(120)
        self.graph.clock_skew += 2
        keys = self.fill(3, 200)
        self.assertEqual(sorted(self.line.mark(self.inbox.id)["ids"]), keys)


class Messages(GraphCase):
    def setUp(self):
        super().setUp()
        self.line = self.provider()

    def opened(self, raw):
        key = self.mailbox.deliver(self.inbox, raw).id
        return key, self.line.fetch_body(self.inbox.id, key)

    def test_only_text(self):
        _key, body = self.opened(mail(1))
        self.assertEqual((body.html, body.text.strip(), body.attachments), (None, "Hello 1", ()))

    def test_attached_mail(self):
        outer = EmailMessage()
        outer["Subject"] = "Fwd"
        outer.set_content("See there")
        inner = EmailMessage()
        inner["Subject"] = "Inner mail"
        inner.set_content("Words")
        outer.add_attachment(inner)
        key, body = self.opened(outer.as_bytes().replace(b"\n", b"\r\n"))
        (part,) = body.attachments
        self.assertEqual((part.name, part.mimetype), ("Inner mail.eml", "message/rfc822"))
        self.assertIn(b"Subject: Inner mail\r\n", self.line.fetch_part(self.inbox.id, key, part.part_id))

    def test_attachments_stay_octets(self):
        outer = EmailMessage()
        outer.set_content("See there")
        content = b'{"value": []}'
        outer.add_attachment(content, "application", "json", filename="../../a.json")
        outer.add_attachment(b"x" * 5_000_000, "application", "octet-stream", filename="big.bin")
        key, body = self.opened(outer.as_bytes())
        small, big = body.attachments
        self.assertEqual((small.name, self.line.fetch_part(self.inbox.id, key, small.part_id)), ("a.json", content))
        self.assertEqual(len(self.line.fetch_part(self.inbox.id, key, big.part_id)), 5_000_000)

    def test_opening_costs_one_request(self):
        before = self.line.commands_sent
        self.opened(MULTIPART)
        self.assertEqual(self.line.commands_sent, before + 1)

    def test_without_a_body(self):
        key = self.fill(1)[0]
        self.inbox.messages[key].fields["body"] = {"contentType": "html", "content": ""}
        # its source has no words either
        self.inbox.messages[key].raw = mail(1).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        body = self.line.fetch_body(self.inbox.id, key)
        self.assertEqual((body.html, body.text), ("", ""))


class Sending(GraphCase):
    def sender(self, mailbox=None, timeout=30.0):
        line = GraphTransmission(mailbox, lambda: self.token, base_url=self.graph.base_url, timeout=timeout)
        line.__enter__()
        self.addCleanup(line.__exit__, None, None, None)
        return line

    def send(self, line, raw, before_final=lambda key: None):
        return line.send(Envelope(self.address, ("tom@example.org",)), raw, before_final)

    def drafts(self):
        return self.mailbox.well_known["drafts"].messages

    def test_sent_with_a_copy_in_sent(self):
        keys = []
        done = self.send(self.sender(), mail(1).replace(b"\r\n", b"\n"), keys.append)
        self.assertEqual(self.mailbox.sent, [mail(1)])
        self.assertEqual(list(self.mailbox.well_known["sentitems"].messages), [done.key])
        self.assertEqual((keys, len(self.drafts())), ([done.key], 0))

    def test_from_a_shared_mailbox(self):
        shared = self.graph.add_mailbox(f"info.{self.address}", shared_with=[self.token])
        self.send(self.sender(shared.address), mail(1))
        self.assertEqual((shared.sent, self.mailbox.sent), ([mail(1)], []))
        self.assertEqual(len(shared.well_known["sentitems"].messages), 1)
        self.graph.add_mailbox(f"boss.{self.address}")
        with self.assertRaises(AuthError):
            self.sender(f"boss.{self.address}")

    def test_nothing_is_sent_where_the_mark_is_refused(self):
        with self.assertRaises(ZeroDivisionError):
            self.send(self.sender(), mail(1), lambda key: 1 / 0)
        self.assertEqual((self.mailbox.sent, len(self.drafts())), ([], 0))

    def test_never_sent_twice(self):
        for fault, error, sent in (
                ({"cut": "before"}, OutcomeUnknown, 0), ({"cut": "after"}, OutcomeUnknown, 1), ({"status": 500}, OutcomeUnknown, 0),
                ({"status": 503, "retry_after": "1"}, OutcomeUnknown, 0), ({"status": 504}, OutcomeUnknown, 0),
                ({"status": 403, "code": "ErrorSendAsDenied"}, AuthError, 0), ({"status": 400}, ProtocolError, 0)):
            for raw in (mail(1), large_mail()):
                with self.subTest(**fault, octets=len(raw)):
                    self.graph.clear()
                    self.mailbox.sent.clear()
                    for message in list(self.drafts().values()):
                        self.mailbox.take_out(message)
                    line, keys = self.sender(), []
                    self.graph.order(match="/send$", **fault)
                    with self.assertRaises(error):
                        self.send(line, raw, keys.append)
                    self.assertEqual((len(self.mailbox.sent), len(self.lines("/send"))), (sent, 1))
                    # refused: nobody needs the draft; unknown: it is what can be asked for later
                    self.assertEqual(len(self.drafts()), int(error is OutcomeUnknown and not sent))
                    self.assertEqual(line.find_sent("", keys[0], None), keys[0] if sent else None)

    def test_a_draft_that_cannot_be_made_sends_nothing(self):
        line, keys = self.sender(), []
        self.graph.order(match="POST.*/messages$", cut="before")
        with self.assertRaises(Unreachable):
            self.send(line, mail(1), keys.append)
        self.assertEqual((self.mailbox.sent, keys), ([], []))

    def test_too_slow(self):
        line = self.sender(timeout=2.0)
        self.graph.order(match="/send$", slow=4.0)
        with self.assertRaises(OutcomeUnknown):
            self.send(line, mail(1))
        self.assertEqual(len(self.lines("/send")), 1)

    def test_asked_to_wait(self):
        line = self.sender()
        self.graph.order(match="/send$", status=429, retry_after="0")
        self.send(line, mail(1))
        self.assertEqual(len(self.mailbox.sent), 1)

    def test_a_large_one(self):
        self.graph.order(match="PUT", status=429, retry_after="0")
        self.send(self.sender(), large_mail())
        (raw,) = self.mailbox.sent
        (sent,) = self.mailbox.well_known["sentitems"].messages.values()
        self.assertEqual((sent.attachments[1]["content"], sent.fields["internetMessageId"]), (LARGE, "<large@example.org>"))
        self.assertIn(b"carol@example.org", raw)
        self.assertEqual(len(self.drafts()), 0)
