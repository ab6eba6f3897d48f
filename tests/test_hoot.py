"""Runs MailDesk's browser unit tests (static/tests) in a real browser."""

from odoo.tests import HttpCase, no_retry, tagged

SUCCESS = "[HOOT] Test suite succeeded"


def suite_id(name):
    """The id hoot gives a suite, by its name."""
    number = 0
    for character in name:
        number = (number * 31 + ord(character)) & 0xFFFFFFFF
    return f"{number:08x}"


def is_about_a_test(message):
    """Only hoot's own words say that a test failed; the browser logs much else."""
    return "[HOOT]" not in message


@tagged("post_install", "-at_install")
class TestHootDesktop(HttpCase):
    @no_retry
    def test_desktop(self):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite_id('@maildesk')}",
            "", "", login="admin", timeout=600, success_signal=SUCCESS, error_checker=is_about_a_test,
        )


@tagged("post_install", "-at_install")
class TestHootMobile(HttpCase):
    browser_size = "375x667"
    touch_enabled = True

    @no_retry
    def test_mobile(self):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=mobile&tag=-headless&timeout=15000&id={suite_id('@maildesk')}",
            "", "", login="admin", timeout=600, success_signal=SUCCESS, error_checker=is_about_a_test,
        )
