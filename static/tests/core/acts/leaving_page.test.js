import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { Deferred, mockFetch, tick } from "@odoo/hoot-mock";
import { makeAct } from "@maildesk/core/acts/act";
import { ActStorage } from "@maildesk/core/acts/act_storage";
import { KEEPALIVE_OCTETS, LeavingPage } from "@maildesk/core/acts/leaving_page";
import { SendQueue } from "@maildesk/core/acts/send_queue";
import { ConnectionLostError } from "@web/core/network/rpc";
import { user } from "@web/core/user";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";

describe.current.tags("headless");

let queue, page, answer, left;

beforeEach(() => {
    answer = new Deferred();
    left = [];
    queue = new SendQueue(() => answer, new ActStorage());
    page = new LeavingPage(queue);
    mockFetch((url, options) => {
        left.push({ url, options, ...JSON.parse(options.body).params });
        return left.failure ?? {};
    });
});

const add = (action, ...ids) => queue.add(makeAct(action, new Map(ids.map((id) => [id, {}]))));
const many = (count) => [...Array(count).keys()].map((index) => 1_000_000 + index);

function leave() {
    const ev = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(ev);
    return ev.defaultPrevented;
}

test("what has no answer leaves with the page: what waits, and what is under way", async () => {
    add("star", 1);
    add("archive", 2, 3);
    await page.flush();
    const [{ url, options, user_id: userId, acts }] = left;
    expect(url).toBe("/maildesk/act");
    expect([options.method, options.keepalive]).toEqual(["POST", true]);
    expect(userId).toBe(user.userId);
    expect(acts.map(({ action, placement_ids: ids }) => [action, ids])).toEqual([
        ["star", [1]],
        ["archive", [2, 3]],
    ]);
    expect(acts.map(({ key }) => key)).toEqual(queue.unanswered.map(({ act }) => act.key));
});

test("what has left does not leave once more, unless it could not", async () => {
    add("star", 1);
    await page.flush();
    await page.flush();
    expect(left.length).toBe(1);
    left.failure = Promise.reject(new TypeError("Failed to fetch"));
    add("star", 2);
    await page.flush();
    left.failure = undefined;
    await page.flush();
    expect(left.slice(1).map(({ acts }) => acts[0].placement_ids)).toEqual([[2], [2]]);
});

test("nothing is sent where all is answered", async () => {
    add("star", 1);
    answer.resolve([{ missing: [] }]);
    await tick();
    await tick();
    await page.flush();
    expect(left).toEqual([]);
});

test("no more than a browser lets leave, and the first ones", async () => {
    for (let count = 0; count < 12; count++) {
        add("archive", ...many(1000));
    }
    await page.flush();
    const [{ options, acts }] = left;
    expect(options.body.length).toBeLessThan(KEEPALIVE_OCTETS);
    expect(acts.map(({ key }) => key)).toEqual(
        queue.unanswered.slice(0, acts.length).map(({ act }) => act.key)
    );
    expect(acts.length).toBeGreaterThan(0);
});

test("a page that goes into the background sends, too", async () => {
    page.start();
    add("star", 1);
    patchWithCleanup(document, {
        get visibilityState() {
            return "hidden";
        },
    });
    document.dispatchEvent(new Event("visibilitychange"));
    window.dispatchEvent(new Event("pagehide"));
    await tick();
    expect(left.length).toBe(1);
});

test("whoever leaves is asked only where something cannot be sent", async () => {
    page.start();
    expect(leave()).toBe(false);
    add("star", 1).catch(() => {});
    expect(leave()).toBe(false);
    add("archive", ...many(8000)).catch(() => {});
    expect(leave()).toBe(true);
    queue = new SendQueue(() => Promise.reject(new ConnectionLostError("")), new ActStorage());
    new LeavingPage(queue).start();
    add("star", 2);
    await tick();
    await tick();
    expect(leave()).toBe(true);
});
