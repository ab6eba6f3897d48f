import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime, mockUserAgent } from "@odoo/hoot-mock";
import { SignInWindows } from "@maildesk/core/setup/sign_in_windows";
import { browser } from "@web/core/browser/browser";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";

describe.current.tags("headless");

const URL = "https://provider.example/sign-in";
let opened = null;
let isInFront = true;

/** @param {boolean} [areAllowed] whether the browser lets windows open */
function makeWindows(areAllowed = true) {
    patchWithCleanup(browser, {
        open(url, name) {
            expect.step(`open ${url} as ${name}`);
            return areAllowed ? opened : null;
        },
        location: { assign: (url) => expect.step(`go to ${url}`) },
    });
    return new SignInWindows({
        onDone: (id) => expect.step(`done ${id}`),
        onLeft: (id) => expect.step(`left ${id}`),
    });
}

/** The page in the window, which is told that it was heard. */
class ResultPage {
    constructor() {
        this.channel = new BroadcastChannel("maildesk_sign_in");
        this.channel.addEventListener("message", ({ data }) => {
            expect.step(`${data.type} ${data.accountId}`);
        });
    }

    say(accountId, isDone) {
        this.channel.postMessage({ type: "over", accountId, isDone });
    }
}

beforeEach(() => {
    mockUserAgent("linux");
    opened = { closed: false };
    isInFront = true;
    patchWithCleanup(document, { hasFocus: () => isInFront });
});

const OPEN = `open ${URL} as maildesk_sign_in`;

test("what the page in the window says is answered and told, once", async () => {
    const page = new ResultPage();
    makeWindows().open(7, URL);
    page.say(8, true);
    page.say(7, true);
    page.say(7, true);
    await expect.waitForSteps([OPEN, "done 7", "heard 7"]);
    opened.closed = true;
    await advanceTime(1000);
    expect.verifySteps([]);
});

test("a sign-in that failed is heard and leaves the rest to its page", async () => {
    const page = new ResultPage();
    makeWindows().open(7, URL);
    page.say(7, false);
    await expect.waitForSteps([OPEN, "heard 7"]);
    opened.closed = true;
    await advanceTime(1000);
    expect.verifySteps([]);
});

test("a window that was closed is told once, and still waited for", async () => {
    const page = new ResultPage();
    makeWindows().open(7, URL);
    await advanceTime(1000);
    expect.verifySteps([OPEN]);
    opened.closed = true;
    await advanceTime(2000);
    expect.verifySteps(["left 7"]);
    page.say(7, true);
    await expect.waitForSteps(["done 7", "heard 7"]);
});

test("a window that only looks closed is in front", async () => {
    makeWindows().open(7, URL);
    opened.closed = true;
    isInFront = false;
    await advanceTime(2000);
    expect.verifySteps([OPEN]);
});

test("a second press counts, the first is no longer waited for", async () => {
    const windows = makeWindows();
    const first = opened;
    windows.open(7, URL);
    opened = { closed: false };
    windows.open(7, URL);
    first.closed = true;
    await advanceTime(1000);
    expect.verifySteps([OPEN, OPEN]);
    expect(windows.waiting.size).toBe(1);
});

test("nobody waits longer than a sign-in is good for", async () => {
    const windows = makeWindows();
    windows.open(7, URL);
    await advanceTime(10 * 60 * 1000 + 1);
    expect(windows.waiting.size).toBe(0);
    opened.closed = true;
    await advanceTime(1000);
    expect.verifySteps([OPEN]);
});

test("where windows are blocked this tab goes", () => {
    makeWindows(false).open(7, URL);
    expect.verifySteps([OPEN, `go to ${URL}`]);
});

test("a phone's windows are tabs: it stays in its own", () => {
    mockUserAgent("android");
    makeWindows().open(7, URL);
    expect.verifySteps([`go to ${URL}`]);
});
