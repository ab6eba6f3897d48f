import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, mockDate } from "@odoo/hoot-mock";
import { MaildeskStore } from "@maildesk/core/maildesk_store";
import { POLL, POLL_START, ViewPoll } from "@maildesk/core/connection/view_poll";
import { allowTranslations, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { makeFilledServer } from "../../maildesk_test_helpers";

describe.current.tags("headless");

/** Milliseconds the test itself may take. */
const SLACK = 5000;

async function startPoll(place = { folderId: 1 }) {
    allowTranslations();
    mockDate("2026-03-11 12:00:00", 0);
    const server = makeFilledServer();
    const store = new MaildeskStore(server.api);
    await store.start(place);
    const poll = new ViewPoll(store);
    poll.start();
    return { poll, server, store };
}

function see(isVisible) {
    patchWithCleanup(document, {
        get visibilityState() {
            return isVisible ? "visible" : "hidden";
        },
    });
    document.dispatchEvent(new Event("visibilitychange"));
}

test("the mailbox looked at is asked each minute, or all of them", async () => {
    const { poll, server, store } = await startPoll();
    await advanceTime(POLL_START);
    expect(server.syncs).toEqual([[1, true]]);
    await advanceTime(POLL - SLACK);
    expect(server.syncs.length).toBe(1);
    await advanceTime(SLACK);
    expect(server.syncs.length).toBe(2);
    await store.showFolder(null);
    await advanceTime(POLL);
    expect(server.syncs.at(-1)).toEqual([null, true]);
    poll.stop();
    await advanceTime(3 * POLL);
    expect(server.syncs.length).toBe(3);
});

test("a page nobody sees asks nothing; seen again, it asks what it missed, but not more often", async () => {
    const { poll, server } = await startPoll();
    await advanceTime(POLL_START);
    see(false);
    await advanceTime(3 * POLL);
    expect(server.syncs.length).toBe(1);
    see(true);
    await advanceTime(0);
    expect(server.syncs.length).toBe(2);
    see(false);
    see(true);
    await advanceTime(POLL - 2 * SLACK);
    expect(server.syncs.length).toBe(2);
    poll.stop();
    // nor does leaving the app and coming back
    poll.start();
    await advanceTime(POLL_START);
    expect(server.syncs.length).toBe(2);
    poll.stop();
});

test("how the mailboxes are is asked, too; a failure is for the next minute", async () => {
    const { poll, server, store } = await startPoll();
    server.accounts[0].failed = 1;
    await advanceTime(POLL_START);
    expect(store.accounts[0].failed).toBe(1);
    store.api.sync = () => Promise.reject(new Error("no"));
    await advanceTime(POLL);
    store.api.sync = server.api.sync;
    await advanceTime(POLL);
    expect(server.syncs.length).toBe(2);
    poll.stop();
});
