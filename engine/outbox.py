"""Sends what is due in the Outbox: one connection a mailbox, one mail after the other, each marked before its final dot.

A mail is never in a database transaction while the network is waited for. The answer to the final dot may take ten minutes
(RFC 5321 §4.5.3.2.6), longer than a cron may run: threads are left to finish by themselves, and a worker that is killed loses
nothing, since the mark is committed before the dot (see ``maildesk.submission``).
"""

import logging
import threading
import time

from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..const import LEASE_SECONDS, SEND_SECONDS, SEND_TIMEOUT
from ..providers.deadline import within
from ..providers.errors import AuthError, OutcomeUnknown, ProviderError, RateLimited, Refused, Unreachable, Unsupported

_logger = logging.getLogger(__name__)

CONFLICT_TRIES = 6


class _TakenBack(Exception):
    """A person undid the mail, or another worker took it over, right before the final dot."""


class Outbox:
    """What one mailbox has to send.

    :param transaction: context manager factory that yields an environment of the superuser and commits when left.
    :param list submission_ids: due ones of the mailbox, oldest first.
    :param bool renews: keep the lease alive by a thread; False where no other thread may work (within tests).
    """

    def __init__(self, transaction, submission_ids, renews=True):
        self.transaction, self.submission_ids, self.renews = transaction, submission_ids, renews

    def run(self):
        """Send them, or say of each why not; never raises for one mail's trouble."""
        for submission_id in self.submission_ids:
            try:
                self._serve(submission_id)
            # a bug met by one mail must not hold up the others; it is logged with its traceback
            except Exception:
                _logger.exception("Outbox: email %s could not be served", submission_id)

    def _serve(self, submission_id):
        claimed = self._stored(lambda env: env["maildesk.submission"].browse(submission_id).exists()._claim())
        if not claimed:
            return
        token, state = claimed
        attempt = _Attempt(self, submission_id, token)
        with attempt.lease():
            try:
                attempt.send() if state == "queued" else attempt.look()
            # a bug met by one mail must not make it come round for ever; whether it may have been sent, its stage says
            except Exception:
                _logger.exception("Outbox: email %s could not be served", submission_id)
                attempt.stored(lambda submission: submission._abandon(token))

    def _stored(self, work):
        """Run ``work(env)`` in a transaction, again where another transaction got in the way."""
        for left in reversed(range(CONFLICT_TRIES)):
            try:
                with self.transaction() as env:
                    return work(env)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if not left:
                    raise
                time.sleep(0.05)
        return None


class _Attempt:
    """One try to send one mail, or to find out whether it was sent."""

    def __init__(self, outbox, submission_id, token):
        self.outbox, self.submission_id, self.token = outbox, submission_id, token
        self._ended = threading.Event()

    def stored(self, work):
        """Run ``work(submission)`` in a transaction."""
        return self.outbox._stored(lambda env: work(env["maildesk.submission"].browse(self.submission_id)))

    def lease(self):
        """Keeps the lease while something is waited for."""
        return _Lease(self) if self.outbox.renews else _NoLease()

    def send(self):
        """Send it."""
        try:
            provider, envelope, raw = self.stored(self._prepared)
        except (AccessError, UserError) as error:
            text = str(error)
            self.stored(lambda submission: submission._put_off(self.token, text, counts=False))
            return
        try:
            with within(SEND_SECONDS), provider:
                sent = provider.send(envelope, raw, self._mark)
        except _TakenBack:
            return
        except ProviderError as error:
            self._failed(error)
            return
        try:
            self.stored(lambda submission: submission._accepted(self.token, sent))
        # whatever it is: the mail has been sent, and is not to be asked about because its copy could not be stored
        except Exception:
            _logger.exception("Outbox: email %s was sent, what follows could not be written", self.submission_id)
            self.stored(lambda submission: submission._accepted(self.token, sent, with_consequences=False))

    @staticmethod
    def _prepared(submission):
        """Everything that is needed of the database: the mail may be sent still, by whom it was written."""
        account = submission.account_id
        account._check_may_transmit(submission.author_id)
        provider = account.outgoing_server_id._provider(SEND_TIMEOUT)
        return provider, *submission._letter(provider.reads_recipients)

    def _mark(self, key):
        if not self.stored(lambda submission: submission._mark(self.token, key)):
            raise _TakenBack

    def _failed(self, error):
        _logger.info("Outbox: email %s: %s %s", self.submission_id, type(error).__name__, error.detail)

        def write(submission):
            account = submission.account_id
            text = account._send_error_text(error)
            match error:
                case OutcomeUnknown():
                    submission._lost(self.token, text)
                case Refused():
                    submission._refuse(self.token, text, error.recipients)
                case Unsupported():
                    submission._refuse(self.token, text)
                case AuthError():
                    submission._put_off(self.token, text, counts=False)
                    account._needs_sign_in_to_send(text)
                case _:
                    seconds = error.retry_after if isinstance(error, RateLimited) else 0.0
                    submission._put_off(self.token, text, seconds, counts=not isinstance(error, Unreachable))
        self.stored(write)

    def look(self):
        """Look for it among the sent mail; presence proves that it was sent, absence proves nothing."""
        found, key = False, ""
        try:
            provider, message_id, remote_key, since = self.stored(self._witness)
            if provider:
                with within(SEND_TIMEOUT), provider:
                    key = provider.find_sent(message_id, remote_key, since) or ""
                    found = bool(key)
        except (AccessError, UserError, ProviderError) as error:
            _logger.info("Outbox: email %s could not be looked for: %s", self.submission_id, error)
        self.stored(lambda submission: submission._witnessed(self.token, found, key))

    @staticmethod
    def _witness(submission):
        account = submission.account_id
        provider = account._sent_witness(SEND_TIMEOUT)
        return provider, submission.message_id_header, submission.remote_key or "", submission.marked_at


class _NoLease:
    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        """Nothing was begun."""


class _Lease:
    """Renews an attempt's lease from a thread of its own, three times as often as it takes."""

    def __init__(self, attempt):
        self._attempt, self._ended = attempt, threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True, name="maildesk-outbox-lease")

    def __enter__(self):
        self._thread.dbname = getattr(threading.current_thread(), "dbname", None)
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._ended.set()
        self._thread.join()

    def _renew(self):
        while not self._ended.wait(LEASE_SECONDS / 3):
            try:
                if not self._attempt.stored(lambda submission: submission._renew(self._attempt.token)):
                    return
            # the database may be away for a moment; the lease outlives two missed renewals
            except Exception:
                _logger.warning("Outbox: the lease of email %s was not renewed", self._attempt.submission_id, exc_info=True)
