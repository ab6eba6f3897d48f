import { describe, expect, test } from "@odoo/hoot";
import { mockDate } from "@odoo/hoot-mock";
import { makeAct } from "@maildesk/core/acts/act";
import { ActStorage } from "@maildesk/core/acts/act_storage";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";

describe.current.tags("headless");

const star = (id) => makeAct("star", new Map([[id, { is_starred: true }]]));
const ids = ({ acts }) => acts.map((act) => act.ids[0]);

test("acts come back in the order they were done in, until they are removed", () => {
    const storage = new ActStorage();
    const acts = [...Array(12).keys()].map(star);
    [...acts].reverse().forEach((act) => storage.save(act));
    expect(new ActStorage().take().acts).toEqual(acts);
    storage.remove(acts[3].key);
    expect(ids(storage.take())).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test("another person's acts are not seen", () => {
    new ActStorage().save(star(1));
    patchWithCleanup(user, { userId: user.userId + 1 });
    expect(ids(new ActStorage().take())).toEqual([]);
});

test("what is too old is forgotten, and told of once", () => {
    mockDate("2026-03-01 12:00:00", 0);
    const storage = new ActStorage();
    storage.save(star(1));
    mockDate("2026-03-08 11:00:00", 0);
    storage.save(star(2));
    expect(ids(storage.take())).toEqual([1, 2]);
    mockDate("2026-03-08 13:00:00", 0);
    const { acts, expired } = storage.take();
    expect([acts.length, expired.length]).toEqual([1, 1]);
    expect(storage.take().expired).toEqual([]);
});

test("a browser that stores nothing, or something unreadable, is no error", () => {
    const storage = new ActStorage();
    const act = star(1);
    storage.save(act);
    const [name] = Object.keys(browser.localStorage).filter((key) => key.endsWith(act.key));
    browser.localStorage.setItem(name, "{");
    expect(storage.take()).toEqual({ acts: [], expired: [] });
    expect(browser.localStorage.getItem(name)).toBe(null);
    patchWithCleanup(browser.localStorage, {
        setItem() {
            throw new Error("QuotaExceededError");
        },
    });
    storage.save(act);
    expect(storage.take()).toEqual({ acts: [], expired: [] });
});
