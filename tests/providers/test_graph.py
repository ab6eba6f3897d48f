"""Microsoft Graph: the line to it, and what it answers instead of what was asked for."""

import json
import socket
import tempfile
import threading
import time

import requests
from maildesk.providers.errors import (
    AuthError,
    CertificateError,
    CursorExpired,
    FolderGone,
    ProtocolError,
    RateLimited,
    Refused,
    Unreachable,
    Unsupported,
)
from maildesk.providers.graph import GraphProvider
from maildesk.tests.fakes.graph import GraphServer
from maildesk.tests.providers.graph_case import GraphCase


class SigningIn(GraphCase):
    def test_a_pass_begins_with_one_request(self):
        provider = self.provider()
        provider.list_folders()
        self.assertEqual((provider.commands_sent, self.graph.requests), (1, ["POST /$batch"]))
        provider.list_folders()
        self.assertEqual(provider.commands_sent, 2)

    def test_token_that_ran_out_meanwhile(self):
        tokens = [self.token]
        provider = self.provider(token_getter=lambda: tokens[-1])
        self.fill(1)
        for ask in (lambda: provider.fetch_changes(self.inbox.id, None, 10, list), lambda: provider.mark(self.inbox.id)):
            tokens.append(f"{self.token}-{len(tokens)}")
            self.graph.replace_token(*tokens[-2:])
            ask()

    def test_token_refused(self):
        asked = []
        with self.assertRaises(AuthError) as caught:
            self.provider(token_getter=lambda: asked.append(1) or "not-the-right-token")
        self.assertEqual(len(asked), 2)
        self.assertIn("InvalidAuthenticationToken", caught.exception.detail)
        self.assertNotIn("not-the-right", caught.exception.detail)
        for token in ("a\r\nb", "ü", ""):
            with self.assertRaises(AuthError):
                self.provider(token_getter=lambda: token)  # noqa: B023

    def test_part_of_a_batch_refused(self):
        provider = self.provider()
        keys = self.fill(3)
        self.graph.order(match=f"PART PATCH .*{keys[1][:-1]}", status=401)
        self.assertEqual(provider.set_flags(self.inbox.id, keys, "is_read", True), set(keys))
        self.assertEqual(len(self.lines("PATCH")), 4)

    def test_shared_mailboxes(self):
        shared = self.graph.add_mailbox(f"info.{self.address}", shared_with=[self.token])
        shared.deliver(shared.well_known["inbox"], b"Subject: For all\r\n\r\n")
        self.graph.add_mailbox(f"boss.{self.address}")
        provider = self.provider(shared.address)
        page = provider.fetch_changes(shared.well_known["inbox"].id, None, 10, list)
        self.assertEqual([message.subject for message in page.new], ["For all"])
        self.assertTrue(all(f"/users/info.{self.address}/" in line for line in self.graph.parts))
        for address in (f"boss.{self.address}", "nobody@example.com"):
            with self.assertRaises(AuthError):
                self.provider(address)

    def test_not_connected(self):
        provider = GraphProvider(None, lambda: self.token, base_url=self.graph.base_url)
        with self.assertRaises(Unreachable):
            provider.list_folders()
        provider.__exit__(None, None, None)


class Certificates(GraphCase):
    def test_one_we_do_not_trust(self):
        with tempfile.TemporaryDirectory() as home:
            other = GraphServer(home).start()
            self.addCleanup(other.stop)
            with self.assertRaises(CertificateError) as caught, GraphProvider(None, lambda: "x", base_url=other.base_url):
                pass
            self.assertEqual(caught.exception.reason, "untrusted")

    def test_one_for_another_name(self):
        with tempfile.TemporaryDirectory() as home:
            other = GraphServer(home, hosts=("elsewhere.example",)).start()
            self.addCleanup(other.stop)
            with (other.trusted(), self.assertRaises(CertificateError) as caught,
                  GraphProvider(None, lambda: "x", base_url=other.base_url)):
                pass
            self.assertEqual((caught.exception.reason, other.requests), ("name", []))

    def test_nobody_there(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            closed = probe.getsockname()[1]
        for url, reason in ((f"https://127.0.0.1:{closed}/v1.0", "refused"), ("https://nowhere.invalid/v1.0", "name")):
            with self.assertRaises(Unreachable) as caught, GraphProvider(None, lambda: "x", base_url=url):
                pass
            self.assertEqual(caught.exception.reason, reason)


class Troubles(GraphCase):
    def test_asked_to_wait(self):
        provider = self.provider()
        key = self.fill(1)[0]
        self.graph.order(match="GET .*value", status=429, retry_after="1")
        began = time.monotonic()
        self.assertIn(b"Mail 1", provider.fetch_raw(self.inbox.id, key))
        self.assertGreaterEqual(time.monotonic() - began, 1.0)

    def test_asked_to_wait_too_long(self):
        provider = self.provider()
        for retry_after, seconds in (("300", 300), ("Sun, 01 Jan 2040 00:00:00 GMT", 10**8)):
            self.graph.order(match="GET", status=429, retry_after=retry_after)
            with self.assertRaises(RateLimited) as caught:
                provider.mark(self.inbox.id)
            self.assertGreaterEqual(caught.exception.retry_after, seconds)
        self.graph.order(match="GET", status=429, retry_after="0", times=9)
        with self.assertRaises(RateLimited):
            provider.mark(self.inbox.id)
        self.assertEqual(len(self.lines("GET /me/mailFolders/AA")), 6)

    def test_a_part_of_a_batch_is_asked_to_wait(self):
        provider = self.provider()
        keys = self.fill(25)
        self.graph.order(match="PART PATCH", status=429, retry_after="0", times=3)
        self.graph.order(match="PART PATCH", status=503, retry_after="0", times=2)
        self.graph.clear_counts()
        self.assertEqual(provider.set_flags(self.inbox.id, keys, "is_starred", True), set(keys))
        self.assertEqual((len(self.lines("PATCH")), len(self.graph.requests)), (30, 3))
        self.graph.order(match="PART PATCH", status=429, retry_after="600")
        with self.assertRaises(RateLimited) as caught:
            provider.set_flags(self.inbox.id, keys[:2], "is_starred", False)
        self.assertEqual(caught.exception.retry_after, 600)

    def test_what_each_answer_means(self):
        provider = self.provider()
        cases = (
            (500, "generalException", Refused), (502, "", Refused), (504, "", Refused), (403, "ErrorAccessDenied", Refused), (403, "", Refused),
            (403, "ErrorAccountDisabled", AuthError), (404, "ResourceNotFound", AuthError), (423, "ErrorItemLocked", Refused), (409, "", Refused),
            (413, "", Refused), (403, "ErrorCannotMoveSpecial", Unsupported), (404, "ErrorItemNotFound", FolderGone),
            (404, "MailboxNotEnabledForRESTAPI", AuthError),
            (410, "SyncStateNotFound", CursorExpired), (400, "ErrorInvalidIdMalformed", FolderGone), (400, "ResyncRequired", CursorExpired),
            (400, "BadRequest", ProtocolError), (507, "ErrorQuotaExceeded", Refused), (405, "", Unsupported), (418, "", ProtocolError),
        )
        for status, code, kind in cases:
            with self.subTest(status=status, code=code), self.assertRaises(kind):
                self.graph.order(match="GET", status=status, code=code)
                provider.mark(self.inbox.id)
        self.assertEqual(provider.mark(self.inbox.id), {"created": "", "ids": []})

    def test_what_they_mean_of_the_mailbox_itself(self):
        for status, code, retry_after, kind, reason in (
            (500, "generalException", None, Unreachable, "unavailable"), (503, "", "30", RateLimited, None),
            (403, "ErrorAccessDenied", None, AuthError, "password"), (404, "ResourceNotFound", None, AuthError, "no_mailbox"),
            (404, "MailboxNotEnabledForRESTAPI", None, AuthError, "no_mailbox"), (404, "ErrorItemNotFound", None, ProtocolError, None),
        ):
            with self.subTest(status=status, code=code), self.assertRaises(kind) as caught:
                self.graph.clear()
                # all of it, or the list of folders in it
                self.graph.order(match="PART GET .*/delta", status=status, code=code, retry_after=retry_after, times=9)
                self.provider()
            self.assertEqual(getattr(caught.exception, "reason", None), reason)

    def test_why_a_folder_or_message_is_refused(self):
        provider = self.provider()
        key = self.fill(1)[0]
        for status, code, retry_after, reason in (
            (403, "ErrorAccessDenied", None, "forbidden"), (423, "", None, "busy"), (500, "", None, "busy"), (503, "", "30", "throttled"),
            (507, "", None, "full"), (413, "ErrorMessageSizeExceeded", None, "too_large"),
        ):
            fault = {"status": status, "code": code, "retry_after": retry_after, "times": 2}
            for match, work in (
                ("GET", lambda: provider.mark(self.inbox.id)),
                ("PART PATCH", lambda: provider.set_flags(self.inbox.id, [key], "is_read", True)),
                ("PART POST .*/move", lambda: provider.move(self.inbox.id, [key], self.mailbox.well_known["archive"].id)),
                ("PART GET .*/delta", lambda: provider.fetch_changes(self.inbox.id, None, 10, list)),
            ):
                with self.subTest(match=match, **fault), self.assertRaises(Refused) as caught:
                    self.graph.clear()
                    self.graph.order(match=match, **fault)
                    work()
                self.assertEqual((caught.exception.reason, caught.exception.retry_after), (reason, float(retry_after or 0)))
        self.graph.clear()
        self.assertEqual(provider.set_flags(self.inbox.id, [key], "is_read", True), {key})

    def test_line_cut(self):
        provider = self.provider()
        keys = self.fill(1)
        for cut in ("before", "after"):
            self.graph.order(match="GET", cut=cut)
            self.assertIn(b"Mail 1", provider.fetch_raw(self.inbox.id, keys[0]))
            self.graph.order(match="GET", cut=cut, times=2)
            with self.assertRaises(Unreachable) as caught:
                provider.fetch_raw(self.inbox.id, keys[0])
            self.assertEqual(caught.exception.reason, "closed")
            self.graph.order(match="POST .*/messages", cut=cut)
            with self.assertRaises(Unreachable):
                provider.append(self.inbox.id, b"Subject: x\r\n\r\n")
        self.assertEqual(len(self.inbox.messages), 2)

    def test_too_slow(self):
        provider = self.provider(timeout=2.0)
        self.graph.order(match="GET", slow=4.0)
        with self.assertRaises(Unreachable) as caught:
            provider.mark(self.inbox.id)
        self.assertEqual(caught.exception.reason, "timeout")

    def test_answers_that_make_no_sense(self):
        provider = self.provider()
        key = self.fill(1)[0]
        for garbage in (b"<html>", b"[]", b'{"value": 7}', b'{"value": [7]}', b"", b"\xff\xfe", b"{" * 100_000):
            with self.subTest(garbage=garbage[:20]):
                self.graph.order(match="GET", garbage=garbage)
                with self.assertRaises(ProtocolError):
                    provider.mark(self.inbox.id)
                self.graph.order(match="batch", garbage=garbage)
                with self.assertRaises(ProtocolError):
                    provider.set_flags(self.inbox.id, [key], "is_read", True)
        for parts in ([], [{"id": "x", "status": 200}], [{"id": "0", "status": "200"}], [{"id": "0", "status": 200, "body": []}],
                      [{"id": "1", "status": 200}], [{"id": "0", "status": 200, "headers": 7}]):
            self.graph.order(match="batch", garbage=json.dumps({"responses": parts}).encode())
            with self.subTest(parts=parts), self.assertRaises(ProtocolError):
                provider.set_flags(self.inbox.id, [key], "is_read", True)

    def test_the_token_goes_nowhere_else(self):
        provider = self.provider()
        self.fill(1)
        with tempfile.TemporaryDirectory() as home:
            other = GraphServer(home).start()
            self.addCleanup(other.stop)
            links = [other.base_url + "/me/x", self.graph.base_url.replace("https", "http") + "/x", "//evil.example/v1.0/x",
                     self.graph.base_url.replace("https://", "https://evil@") + "/x", self.graph.base_url + ".evil/x",
                     self.graph.base_url.replace("/v1.0", "/beta") + "/x", "file:///etc/passwd"]
            for link in links:
                self.graph.order(match="GET", garbage=json.dumps({"value": [], "@odata.nextLink": link}).encode())
                with self.subTest(link=link), self.assertRaises(ProtocolError):
                    provider.mark(self.inbox.id)
            self.graph.order(match="GET", status=302, headers={"Location": f"{other.base_url}/me"})
            with self.assertRaises(ProtocolError):
                provider.mark(self.inbox.id)
            self.assertEqual(other.requests, [])
        self.assertEqual(len(self.lines("GET /me/mailFolders/AA")), len(links) + 1)

    def test_pages_that_never_end(self):
        provider = self.provider()
        link = f"{self.graph.base_url}/me/mailFolders/{self.inbox.id}/messages?$top=1"
        self.graph.order(match="GET", times=99, garbage=json.dumps({"value": [], "@odata.nextLink": link}).encode())
        with self.assertRaises(ProtocolError):
            provider.mark(self.inbox.id)

    def test_four_at_once(self):
        """Whoever in this process asks for a mailbox: the service allows four."""
        shared = self.graph.add_mailbox(f"many.{self.address}", shared_with=[self.token])
        for mailbox in (self.mailbox, shared):
            self.graph.clear()
            providers = [self.provider(shared.address if mailbox is shared else None) for _each in range(7)]
            self.graph.order(match="GET", slow=0.5, times=7)
            threads = [threading.Thread(target=provider.mark, args=[mailbox.well_known["inbox"].id]) for provider in providers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual((self.graph.most_at_once, len(self.lines("GET /")) > 7), (4, True))


class TheFake(GraphCase):
    """It must be able to complain, or it proves nothing."""

    def ask(self, method, path, prefer='IdType="ImmutableId"', **options):
        headers = {"Authorization": f"Bearer {self.token}", "Prefer": prefer}
        answer = requests.request(method, f"{self.graph.base_url}{path}", headers=headers, timeout=10,
                                  verify=str(self.graph.authority.home / "ca.pem"), **options)
        return answer.status_code

    def test_complaints(self):
        calls = [{"id": str(number), "method": "GET", "url": "/me/mailFolders/inbox", "headers": {}} for number in range(21)]
        wrong = (
            ("GET", "/me/mailFolders/inbox", {"prefer": ""}), ("GET", "/me/mailFolders/inbox", {"prefer": "odata.maxpagesize=3"}),
            ("GET", "/me/mailFolders/inbox?$filter=x", {}), ("GET", "/me/mailFolders/inbox?$select=wellKnownName", {}),
            ("GET", "/me/mailFolders/inbox/messages?$filter=contains(subject,'x')", {}), ("GET", "/me/calendars", {}),
            ("GET", "/me/mailFolders/inbox/messages/delta?$top=3", {}), ("POST", "/$batch", {"json": {"requests": calls}}),
            ("DELETE", "/me/messages/AAA", {}), ("POST", "/me/sendMail", {"json": {}}), ("POST", "/$batch", {"json": {"requests": []}}),
        )
        for method, path, options in wrong:
            with self.subTest(path=path):
                self.assertEqual(self.ask(method, path, **options), 501)
        self.assertEqual(len(self.graph.complaints), len(wrong))
        self.graph.complaints.clear()
        self.assertEqual(self.ask("GET", "/me/mailFolders/inbox?$select=id"), 200)
        self.token = "wrong"
        self.assertEqual(self.ask("GET", "/me/mailFolders/inbox"), 401)
