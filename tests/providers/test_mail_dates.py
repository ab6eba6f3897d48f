"""Dates that cannot be true, of whatever server."""

import unittest
from datetime import datetime, timedelta, timezone

from maildesk.providers.graph_messages import read_message
from maildesk.providers.mail_dates import arrival, is_possible, sent

TRUE, FIRST = datetime(2026, 3, 2, 9), datetime(1, 1, 1)
NOW = datetime.now(timezone.utc).replace(tzinfo=None)
ABSURD = (None, FIRST, datetime(1970, 1, 1), datetime.max, NOW + timedelta(days=30))


class TestDates(unittest.TestCase):
    def assert_now(self, moment):
        self.assertLess(abs(moment - NOW), timedelta(minutes=10))

    def test_arrival(self):
        for absurd in ABSURD:
            with self.subTest(absurd=absurd):
                self.assertFalse(is_possible(absurd))
                self.assertEqual(arrival(absurd, None, TRUE), TRUE)
                self.assert_now(arrival(absurd, absurd))
        self.assertEqual(arrival(TRUE, NOW), TRUE)

    def test_sent(self):
        for absurd in ABSURD:
            self.assertEqual(sent(absurd, TRUE), TRUE)
        # a clock that is wrong within reason, and a mail that took years
        for stated in (TRUE + timedelta(days=1), TRUE - timedelta(days=9000), NOW):
            self.assertEqual(sent(stated, TRUE), stated)

    def test_of_the_service(self):
        for received, moment in (("0001-01-01T00:00:00Z", None), ("9999-12-31T23:59:59Z", None), ("2026-03-02T09:00:00Z", TRUE)):
            item = {"id": "x", "receivedDateTime": received, "sentDateTime": "0001-01-01T00:00:00Z"}
            with self.subTest(received=received):
                message = read_message(item)
                self.assertEqual(message.date, message.internal_date)
                self.assertEqual(message.date, moment) if moment else self.assert_now(message.date)
