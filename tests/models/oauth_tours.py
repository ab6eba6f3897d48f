"""Signing a mailbox in as a person does, in a real browser: the same walks at every provider."""

from unittest.mock import patch
from urllib.request import urlopen

from odoo.tests.common import ChromeBrowser

#: The browser of a test has nobody's finger on it, so that it lets no window open; and the fakes' authority is not one of its own.
ALLOW_WINDOWS = ("--disable-popup-blocking", "--ignore-certificate-errors")


class SignInBrowser:
    """A browser that goes to the page of the fake :attr:`provider` of the case this is mixed into."""

    provider = None

    @property
    def fake_provider(self):
        return getattr(self, self.provider)

    def fetch_proxy(self, url):
        """A test's tab reaches nothing but Odoo; what it asks of the provider's page is fetched for it. Windows are free."""
        if not url.startswith(self.fake_provider.url):
            return super().fetch_proxy(url)
        with urlopen(url, context=self.fake_provider.authority.client) as page:
            response = self.make_fetch_proxy_response(page.read())
        response["responseHeaders"] += [{"name": "content-type", "value": "text/html"}]
        return response

    def start_tour_with_windows(self, *arguments, windows=True, **options):
        """:param bool windows: whether the browser lets a window open."""
        start = ChromeBrowser._spawn_chrome

        def spawn(browser, command):
            return start(browser, [command[0], *(ALLOW_WINDOWS if windows else ()), *command[1:]])

        with patch.object(ChromeBrowser, "_spawn_chrome", spawn):
            self.start_tour(*arguments, **options)
        self.env.invalidate_all()


class SignInTours(SignInBrowser):
    """To be mixed into a case with the fake :attr:`provider`, whose mailboxes are of :attr:`server_type`; its ``deliver(subject)``
    has a mail arrive there."""

    allow_inherited_tests_method = True
    server_type = None

    def setUp(self):
        super().setUp()
        for name in ("presses", "refusal", "page_headers"):
            self.addCleanup(setattr, self.fake_provider, name, getattr(self.fake_provider, name))
        self.account = self.make_oauth_account(self.server_type, users=[self.admin])

    def walk(self, name, windows=True):
        self.start_tour_with_windows(
            f"/odoo/mailbox-accounts/{self.account.id}", f"maildesk_sign_in_{name}_{self.provider}", login="mailbox_admin",
            windows=windows)

    def assert_unchanged(self):
        self.assertEqual((self.account.state, self.account.oauth_email), ("draft", False))

    def test_from_the_button_to_the_mail(self):
        self.walk("window")
        self.assertEqual((self.account.state, self.account.oauth_email), ("connected", "anna@example.com"))
        self.deliver("It has arrived")
        self.env["maildesk.account"]._cron_sync()
        self.start_tour("/odoo/maildesk", "maildesk_signed_in_mail", login="mailbox_admin")

    def test_cancelled_at_the_provider(self):
        self.fake_provider.presses = "cancel"
        self.walk("cancelled")
        self.assert_unchanged()
