import contextlib
import socket
import threading
import unittest

from maildesk.providers.errors import AuthError, OutcomeUnknown, RateLimited, Refused, Unreachable, Unsupported
from maildesk.providers.smtp import SmtpTransmission
from maildesk.providers.values import Endpoint, Envelope

RAW = b"Subject: x\r\n\r\n.hidden\r\n..two\r\nend without line end"
ONE = Envelope("support@tidewheel.example", ("rosa@x.example",))


class Server:
    """An SMTP server that answers what it is told to and notes what it took.

    :param dict answers: first word of a command, a recipient, or ``.`` for the final dot → the reply; None closes the connection,
        a list is answered in turn.
    """

    def __init__(self, features=(), **answers):
        self.features = features
        self.answers = {"dot": "250 2.0.0 queued as 4711", **answers}
        self.mails, self.lines, self.dropped = [], [], 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                with connection, contextlib.suppress(OSError):
                    self._converse(connection)

    def _answer(self, key, usual):
        answer = self.answers.get(key, usual)
        if isinstance(answer, list):
            answer = answer.pop(0)
        return answer

    def _converse(self, connection):
        connection.sendall(b"220 mx.example ESMTP\r\n")
        reader = connection.makefile("rb")
        while line := reader.readline():
            text = line.decode().rstrip("\r\n")
            self.lines.append(text)
            word = text.split()[0].upper()
            if word == "EHLO":
                answer = "\r\n".join(["250-mx.example", *(f"250-{name}" for name in self.features), "250 HELP"])
            elif word == "RCPT":
                answer = self._answer(text[text.index("<") + 1 : text.index(">")], "250 ok")
            elif word == "DATA":
                answer = self._answer("DATA", "354 go on")
            else:
                answer = self._answer(word, "221 bye" if word == "QUIT" else "250 ok")
            if answer is None:
                return
            connection.sendall(answer.encode() + b"\r\n")
            if word == "DATA" and answer.startswith("354") and not self._take(reader, connection):
                return

    def _take(self, reader, connection):
        content = b""
        while (line := reader.readline()) != b".\r\n":
            if not line:
                self.dropped += 1
                return False
            content += line[1:] if line.startswith(b".") else line
        self.mails.append(content)
        answer = self._answer("dot", None)
        if answer is None:
            return False
        connection.sendall(answer.encode() + b"\r\n")
        # what is no whole reply is the last thing it says
        return answer[3:4] != "-"


class TestSmtpSend(unittest.TestCase):
    def sent(self, server, envelope=ONE, raw=RAW, before_final=None):
        """Send one mail; answers what came of it, and how often the mark was set."""
        self.marks = 0

        def mark(_key):
            self.marks += 1
            if before_final:
                before_final()

        with SmtpTransmission(Endpoint("127.0.0.1", server.port, "none", "", timeout=20), lambda: "") as transmission:
            return transmission.send(envelope, raw, mark)

    def test_the_octets_arrive_as_they_are(self):
        with Server() as server:
            done = self.sent(server)
            self.assertEqual(server.mails, [RAW + b"\r\n"])
            self.assertEqual((done.answer, done.refused, self.marks), ("250 2.0.0 queued as 4711", {}, 1))
            self.assertIn("MAIL FROM:<support@tidewheel.example>", server.lines)

    def test_the_same_connection_takes_another_mail_after_a_refusal(self):
        with Server(MAIL=["550 5.7.1 you may not send as this", "250 ok"]) as server, SmtpTransmission(
                Endpoint("127.0.0.1", server.port, "none", "", timeout=20), lambda: "") as transmission:
            with self.assertRaises(Refused) as caught:
                transmission.send(ONE, RAW, lambda key: None)
            self.assertEqual(caught.exception.reason, "sender")
            transmission.send(ONE, RAW, lambda key: None)
            self.assertEqual(len(server.mails), 1)

    def test_nothing_was_sent_where_the_mark_is_refused(self):
        with Server() as server:
            with self.assertRaises(ZeroDivisionError):
                self.sent(server, before_final=lambda: 1 / 0)
            # the server has seen the end of the connection once it takes the next one
            self.sent(server)
            self.assertEqual((len(server.mails), server.dropped), (1, 1))

    def test_no_answer_to_the_dot_may_mean_anything(self):
        for answer in (None, "250-half an answer", "9xx what"):
            with self.subTest(answer=answer), Server(dot=answer) as server:
                with self.assertRaises(OutcomeUnknown):
                    self.sent(server)
                self.assertEqual((len(server.mails), self.marks), (1, 1))

    def test_before_the_dot_a_lost_connection_means_that_nothing_was_sent(self):
        for step in ("MAIL", "rosa@x.example", "DATA"):
            with self.subTest(step=step), Server(**{step: None}) as server:
                with self.assertRaises(Unreachable):
                    self.sent(server)
                self.assertEqual((server.mails, self.marks), ([], 0))

    def test_what_the_server_says_to_the_dot(self):
        for answer, kind, reason in (
            ("451 4.3.0 later", RateLimited, None), ("550 5.7.1 spam", Refused, "policy"), ("554 5.7.1 no", Refused, "policy"),
            ("552 5.3.4 too big", Refused, "too_large"), ("554 5.2.3 too big for us", Refused, "too_large"), ("421 4.3.2 going down", Unreachable, "busy"),
            ("530 5.7.0 sign in first", AuthError, None),
        ):
            with self.subTest(answer=answer), Server(dot=answer) as server:
                with self.assertRaises(kind) as caught:
                    self.sent(server)
                if reason:
                    self.assertEqual(caught.exception.reason, reason)
                self.assertIn(answer, caught.exception.detail)

    def test_recipients_are_refused_one_by_one(self):
        envelope = Envelope("a@b.example", ("good@x.example", "gone@x.example", "full@x.example"))
        for features in ((), ("PIPELINING",)):
            with self.subTest(features=features), Server(
                    features, **{"gone@x.example": "550 5.1.1 no such user", "full@x.example": "452 4.2.2 mailbox full"}) as server:
                done = self.sent(server, envelope)
                self.assertEqual({email: (refusal.code, refusal.for_good) for email, refusal in done.refused.items()},
                                 {"gone@x.example": (550, True), "full@x.example": (452, False)})
                self.assertEqual(len(server.mails), 1)

    def test_where_no_recipient_is_taken_nothing_is_sent(self):
        envelope = Envelope("a@b.example", ("gone@x.example", "full@x.example"))
        with Server(**{"gone@x.example": "550 no", "full@x.example": "550 no"}) as server:
            with self.assertRaises(Refused) as caught:
                self.sent(server, envelope)
            self.assertEqual((caught.exception.reason, set(caught.exception.recipients)), ("recipients", set(envelope.recipients)))
        with Server(**{"gone@x.example": "550 no", "full@x.example": "450 later"}) as server, self.assertRaises(RateLimited):
            self.sent(server, envelope)
        self.assertEqual((server.mails, self.marks), ([], 0))

    def test_more_recipients_than_the_server_takes_at_once(self):
        people = tuple(f"p{number}@x.example" for number in range(120))
        full = dict.fromkeys(people[100:], "452 4.5.3 too many recipients")
        for features in ((), ("PIPELINING",)):
            with self.subTest(features=features), Server(features, **full) as server:
                done = self.sent(server, Envelope("a@b.example", people))
                self.assertEqual(set(done.refused), set(people[100:]))
                self.assertFalse(any(refusal.for_good for refusal in done.refused.values()))

    def test_a_mail_larger_than_the_server_takes_is_not_begun(self):
        with Server(("SIZE 10",)) as server:
            with self.assertRaises(Refused) as caught:
                self.sent(server)
            self.assertEqual((caught.exception.reason, caught.exception.limit), ("too_large", 10))
            self.assertNotIn("MAIL", [line.split()[0] for line in server.lines])

    def test_addresses_outside_ascii_need_smtputf8(self):
        envelope = Envelope("a@b.example", ("größe@x.example",))
        with Server() as server:
            with self.assertRaises(Unsupported):
                self.sent(server, envelope)
            self.assertNotIn("MAIL", [line.split()[0] for line in server.lines])
        with Server(("SMTPUTF8", "8BITMIME")) as server:
            self.sent(server, envelope, "Subject: ü\r\n\r\n".encode())
            self.assertIn("MAIL FROM:<a@b.example> BODY=8BITMIME SMTPUTF8", server.lines)
            self.assertIn("RCPT TO:<größe@x.example>", server.lines)

    def test_nothing_ends_a_command(self):
        for wrong in ("a@b.example>\r\nRCPT TO:<evil@x.example", "a\nb@c.example", "a\0@b.example", "a b@c.example", "a@b.example> SIZE=1", "", "<a@b.example>"):
            with self.subTest(wrong=wrong), Server() as server:
                with self.assertRaises(Refused):
                    self.sent(server, Envelope("a@b.example", (wrong,)))
                if wrong:
                    with self.assertRaises(Refused):
                        self.sent(server, Envelope(wrong, ("a@b.example",)))
                self.assertFalse([line for line in server.lines if line.startswith(("MAIL", "RCPT"))])

    def test_automatic_answers_have_no_sender(self):
        with Server() as server:
            self.sent(server, Envelope("", ("rosa@x.example",)))
            self.assertIn("MAIL FROM:<>", server.lines)
