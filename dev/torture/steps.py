"""Thousands of random steps by several programs and by a person in MailDesk, passes in between, everything compared at
checkpoints: folders, mails, flags, counters, and that a mail that is moved about stays the same mail.
"""

from .difference import Difference
from .person import Person

#: A pass after so many steps, on average, and a comparison after so many.
SYNC_EVERY = 4
CHECK_EVERY = 25
TOLD = 30


def run(harness, options, tell):
    """Take ``options.size`` steps.

    :return: how many comparisons went well.
    :raises Difference: at the first that did not.
    """
    mailbox = harness.connect(harness.mailbox("steps"))
    clients = harness.server.clients(harness, mailbox, options.rng)
    person = Person(harness, mailbox, options.rng)
    administrator = Administrator(harness, mailbox, options.rng)
    done, passed, last = [], 0, options.until or options.size
    for number in range(1, last + 1):
        try:
            done.append(f"{number} {_step(harness, clients, (person, administrator), options.rng)}")
            if number % CHECK_EVERY == 0 or number == last:
                administrator.switch_on()
                harness.settle(mailbox)
                harness.check(mailbox)
                passed, done = passed + 1, []
        except Difference as difference:
            raise Difference([*difference.told, "steps since the last comparison:", *done[-TOLD:]], f"step {number}") from None
        if number % 500 == 0:
            tell(f"{number} of {last} steps, {harness.odoo.memory // 1024} MB")
    clients.close()
    harness.forget(mailbox)
    return passed


class Administrator:
    """Somebody who resets the cached view now and then, or switches folders off for a while.

    :param Harness harness: where.
    :param Mailbox mailbox: whose.
    :param Random rng: all choices follow from it.
    """

    def __init__(self, harness, mailbox, rng):
        self.harness, self.mailbox, self.rng = harness, mailbox, rng

    def step(self):
        """Do one thing; answers what, for people."""
        if self.rng.random() < 0.25:
            self.harness.odoo.call("reset", account_id=self.mailbox.account_id)
            return "administrator: reset"
        folders = self._folders("sync_enabled")
        if not folders:
            return "administrator: nothing to switch off"
        folder_id, name = self.rng.choice(folders)
        self.harness.odoo.call("switch", folder_ids=[folder_id], on=False)
        return f"administrator: {name} is switched off"

    def switch_on(self):
        """Every folder is to be synchronised again."""
        self.harness.odoo.call("switch", folder_ids=[folder_id for folder_id, _name in self._folders("NOT sync_enabled")], on=True)

    def _folders(self, condition):
        return self.harness.query(
            f"SELECT id, remote_id FROM maildesk_folder WHERE account_id = %s AND active AND selectable AND {condition} ORDER BY id",
            self.mailbox.account_id)


def _step(harness, clients, people, rng):
    who = rng.random()
    person, administrator = people
    if who < 1 / SYNC_EVERY:
        harness.server.time_passes(rng)
        line = harness.server.bad_line(rng)
        return f"sync: {harness.sync(line):.3f} s{f' ({line})' if line else ''}"
    if who > 0.98:
        return administrator.step()
    if who > 0.75:
        return person.step()
    return clients.step()
