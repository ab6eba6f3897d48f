"""Pushes what people did to the mail server: batch by batch over the pass's own connection, between its pages.

No model: it runs in the engine's thread, with a transaction before and after each call of the provider and none during it.
"""

import contextlib
import dataclasses
import logging

from ..providers.errors import (
    ITEM_ERRORS,
    AuthError,
    CertificateError,
    MessageGone,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
    Unsupported,
)
from ..providers.values import FLAGS
from .page_store import PageStore

_logger = logging.getLogger(__name__)

#: What has nothing to do with the change that was under way, and is no try of it.
NO_TRY = (AuthError, CertificateError, RateLimited)
#: So many refusals in the same way, one after the other: what is left of the batch is not asked for now.
ALIKE = 3


class OperationPush:
    """One mailbox's changes.

    :param stored: runs ``work(env)`` in a transaction that also renews the lease, see ``SyncPass``.
    :param int account_id: the mailbox.
    :param provider: signed in.
    :param is_late: answers whether time is over, so that nothing more is begun.
    :param expect: is told how many octets are about to go to the server in one piece.
    """

    def __init__(self, stored, account_id, provider, is_late, expect):
        self.stored, self.account_id, self.provider = stored, account_id, provider
        self.is_late, self.expect = is_late, expect
        self._marks = {}
        #: Folders that got mail whose key there is not known: only a look at them tells it.
        self.unseen = set()
        self._is_throttled = False

    def run(self, retries=False):
        """Push everything that is due, as far as time allows.

        What was tried before belongs to the end of a sync run: a change that the server never survives would else keep every run
        from reading the folders. One batch of it is tried even where time is over: loading a long history takes many runs.

        :param bool retries: also what was tried before.
        :raises RateLimited: the server asks for a pause.
        :raises ProviderError: the connection failed; what was not confirmed stays pending.
        """
        is_first = retries
        while (is_first or not self.is_late()) and (
                batch := self.stored(lambda env: env["maildesk.operation"]._next(self.account_id, retries))):
            is_first = False
            error = self._try(batch)
            if error and (len(batch.ids) == 1 or _is_pause(error)):
                self._refuse(batch, error)
            elif error:
                self._one_by_one(batch)

    def _try(self, batch):
        """:returns: why the server refused it, None where it did not."""
        try:
            self._settle(batch, self._tell(batch))
        except NO_TRY:
            raise
        except Unreachable as error:
            # it may be what the server does not survive
            self._refuse(batch, error)
            raise
        except ProviderError as error:
            return error
        self._is_throttled = False
        return None

    def _one_by_one(self, batch):
        """One bad mail must not hold up the others."""
        singles, last, alike = batch.alone(), None, 0
        for number, single in enumerate(singles, 1):
            if self.is_late() and number > 1:
                return
            error = self._try(single)
            if error:
                self._refuse(single, error)
            kind = (type(error), getattr(error, "reason", ""))
            alike, last = (alike + 1 if kind == last else 1), kind
            if error and alike >= ALIKE and not _is_final(error):
                rest = {id_: key for left in singles[number:] for id_, key in left.ids.items()}
                if rest:
                    self._refuse(dataclasses.replace(batch, ids=rest), error)
                return

    def _tell(self, batch):
        """Have the server do it.

        :returns: key of each mail that was there → its new key, or None.
        """
        provider, keys = self.provider, list(batch.ids.values())
        match batch.kind:
            case "flag":
                return dict.fromkeys(provider.set_flags(batch.folder, keys, batch.flag, batch.value))
            case "delete":
                provider.delete(batch.folder, keys)
                return dict.fromkeys(keys)
            case "move":
                target = self._target(batch)
                return provider.move(batch.folder, keys, target, self._marked(batch, target), batch.fingerprints)
        raw, internal_date, flags = self.stored(lambda env: self._content(env, batch))
        self.expect(len(raw))
        target = self._target(batch)
        return {keys[0]: provider.append(target, raw, flags, internal_date, self._marked(batch, target))}

    def _content(self, env, batch):
        operation = env["maildesk.operation"].browse(list(batch.ids))
        placement = operation.placement_id
        flags = [name for name in FLAGS if placement[name]]
        return operation.raw_id.raw, operation.internal_date, flags

    def _target(self, batch):
        """Key of the folder a mail goes to; the folder is made first where the mailbox has none of its kind yet."""
        target = batch.target if batch.kind == "move" else batch.folder
        if not batch.new_folder:
            return target
        key = self.provider.create_folder(batch.new_folder)
        self.stored(lambda env: env["maildesk.folder"].browse(batch.target_id)._was_made(key))
        return key

    def _marked(self, batch, target):
        """Where the target ended before the first try, written down before it; None in the first try itself."""
        mark = batch.mark or self._marks.get(next(iter(batch.ids)))
        if not mark and (batch.kind == "append" or not self.provider.capabilities.move):
            made = self.provider.mark(target)
            self._marks.update(dict.fromkeys(batch.ids, made))
            self.stored(lambda env: env["maildesk.operation"].browse(list(batch.ids)).write({"mark": made}))
        return mark

    def _settle(self, batch, there):
        if batch.target_id and None in there.values():
            self.unseen.add(batch.target_id)

        names = self._names(batch, there)

        def write(env):
            operations = env["maildesk.operation"]
            keys = {id_: there[key] for id_, key in batch.ids.items() if key in there}
            for operation, (name, parts) in names.items():
                operations.browse(operation).message_id._bear(name, parts)
            operations.browse(list(keys))._done(keys)
            operations.browse(id_ for id_ in batch.ids if id_ not in keys)._gone()
        self.stored(write)

    def _names(self, batch, there):
        """Operation → what the server calls a mail of ours it has now, where that is not what MailDesk calls it."""
        names = {}
        for operation, key in batch.ids.items():
            if batch.kind == "append" and there.get(key):
                # one that another program took away again is where the sync tells
                with contextlib.suppress(MessageGone):
                    names[operation] = self.provider.stored_as(there[key])
        return {operation: name for operation, name in names.items() if name}

    def _refuse(self, batch, error):
        """Write down that a batch was refused.

        :raises RateLimited: the change before was, too, because the server asks for a pause: it is the mailbox that has to wait.
        """
        _logger.info("Mailbox %s: %s refused: %s %s", self.account_id, batch.kind, type(error).__name__, error.detail)

        def write(env):
            operations = env["maildesk.operation"].browse(list(batch.ids))
            account = operations.account_id
            octets = operations._octets() if len(operations) == 1 else 0
            words = account._change_refused_words(error, account.incoming_server_id, octets)
            if _is_pause(error) and error.retry_after:
                operations._postpone(words, error.retry_after)
                return []
            given_up = operations._refused(words, for_good=_is_final(error))
            if isinstance(error, Unreachable):
                # nobody knows what of it was done, and this connection cannot be asked: the folders are read from the start
                (given_up.folder_id | given_up.target_id).write({"cursor": False})
            return [operation.remote_id for operation in given_up if operation.folder_id and operation.remote_id]
        keys = self.stored(write)
        if _is_pause(error) and self._is_throttled:
            raise RateLimited(error.detail, retry_after=error.retry_after)
        self._is_throttled = _is_pause(error)
        if keys and not isinstance(error, Unreachable):
            self._look_again(batch.folder, keys)

    def _look_again(self, folder, keys):
        """What was given up is shown as the server has it."""
        try:
            flags = self.provider.fetch_flags(folder, keys)
        except ITEM_ERRORS:
            # the sync tells what became of the folder
            return

        def write(env):
            here = env["maildesk.folder"].search([("account_id", "=", self.account_id), ("remote_id", "=", folder)])
            if here and flags:
                PageStore(env, here).change(flags)
        self.stored(write)


def _is_final(error):
    return isinstance(error, Unsupported) or (isinstance(error, Refused) and error.is_final)


def _is_pause(error):
    return isinstance(error, Refused) and error.asks_for_pause
