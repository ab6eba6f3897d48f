import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime, Deferred, tick } from "@odoo/hoot-mock";
import { Connection } from "@maildesk/core/connection/connection";
import { FIRST_RETRY, LAST_RETRY, Recovery } from "@maildesk/core/connection/recovery";
import { ConnectionLostError } from "@web/core/network/rpc";
import { makeServerError, patchWithCleanup } from "@web/../tests/web_test_helpers";

describe.current.tags("headless");

const lost = () => new ConnectionLostError("/maildesk/tree");
const signedOut = () => makeServerError({ errorName: "odoo.http.SessionExpiredException" });

let connection, recovery, tries, failure;

beforeEach(() => {
    patchWithCleanup(Math, { random: () => 0.5 });
    connection = new Connection();
    recovery = new Recovery(connection);
    tries = [];
    failure = null;
});

/** A part that asks, and needs nothing once it had an answer. */
function addPart(name, { isFailing = true, isUrgent = false } = {}) {
    const part = {
        isUrgent,
        isFailing,
        needs: () => part.isFailing,
        async retry() {
            tries.push(name);
            part.isFailing = !(await ask());
        },
    };
    recovery.add(part);
    return part;
}

/** A question that is answered, or not, as `failure` says. */
async function ask() {
    try {
        await recovery.watch(failure ? Promise.reject(failure) : Promise.resolve());
        return true;
    } catch {
        return false;
    }
}

function see(isVisible) {
    patchWithCleanup(document, {
        get visibilityState() {
            return isVisible ? "visible" : "hidden";
        },
    });
    document.dispatchEvent(new Event("visibilitychange"));
}

test("what every question showed", async () => {
    await ask();
    expect(connection.status).toBe("ok");
    failure = lost();
    await ask();
    expect(connection.status).toBe("lost");
    failure = signedOut();
    await ask();
    expect(connection.status).toBe("signed_out");
    failure = makeServerError({ message: "no" });
    await ask();
    expect(connection.status).toBe("ok");
});

/** Milliseconds the test itself may take. */
const SLACK = 500;

test("asks again after 2, 4, 8 … 30 seconds, and no longer once there is an answer", async () => {
    addPart("list");
    failure = lost();
    await ask();
    for (const [index, seconds] of [2, 4, 8, 16, 30, 30].entries()) {
        await advanceTime(seconds * 1000 - SLACK);
        expect(tries.length).toBe(index);
        await advanceTime(SLACK);
        expect(tries.length).toBe(index + 1);
    }
    failure = null;
    await advanceTime(LAST_RETRY);
    expect(tries.length).toBe(7);
    await advanceTime(10 * LAST_RETRY);
    expect(tries.length).toBe(7);
});

test("after an answer the next trouble begins with the short wait", async () => {
    const part = addPart("list");
    failure = lost();
    await ask();
    await advanceTime(FIRST_RETRY);
    failure = null;
    await advanceTime(2 * FIRST_RETRY);
    expect(tries.length).toBe(2);
    part.isFailing = true;
    failure = lost();
    await ask();
    await advanceTime(FIRST_RETRY);
    expect(tries.length).toBe(3);
});

test("without a connection a try is one question, with one all parts ask in their order", async () => {
    ["tree", "list", "reader"].forEach((name) => addPart(name));
    addPart("badge", { isFailing: false });
    failure = lost();
    await recovery.now();
    expect(tries).toEqual(["tree"]);
    failure = null;
    await recovery.now();
    expect(tries.slice(1)).toEqual(["tree", "list", "reader"]);
});

test("a part that fails although there is a connection stops no other", async () => {
    addPart("tree");
    failure = makeServerError({ errorName: "builtins.KeyError" });
    addPart("list");
    await recovery.now();
    expect(tries).toEqual(["tree", "list"]);
});

test("the browser's word that there is a network is enough, and only one try runs at a time", async () => {
    recovery.start();
    addPart("list");
    const answer = new Deferred();
    patchWithCleanup(recovery, {
        watch(question) {
            return answer.then(() => super.watch(question));
        },
    });
    window.dispatchEvent(new Event("online"));
    window.dispatchEvent(new Event("online"));
    await tick();
    expect(tries.length).toBe(1);
    answer.resolve();
    await tick();
    window.dispatchEvent(new Event("online"));
    expect(tries.length).toBe(1);
});

test("another question's answer is a sign as well", async () => {
    addPart("list");
    failure = lost();
    await ask();
    failure = null;
    await ask();
    await tick();
    expect(tries).toEqual(["list"]);
});

test("a page nobody sees asks for what is urgent only; seen again, at once", async () => {
    recovery.start();
    const part = addPart("list");
    failure = lost();
    await ask();
    see(false);
    await advanceTime(10 * LAST_RETRY);
    expect(tries.length).toBe(0);
    see(true);
    await tick();
    expect(tries).toEqual(["list"]);
    addPart("acts", { isUrgent: true });
    failure = null;
    see(false);
    recovery.now();
    await tick();
    await tick();
    expect(tries).toEqual(["list", "list", "acts"]);
    expect(part.needs()).toBe(false);
});

test("without a session nothing is asked until the person comes back", async () => {
    recovery.start();
    addPart("list");
    failure = signedOut();
    await ask();
    await advanceTime(10 * LAST_RETRY);
    expect(tries.length).toBe(0);
    see(false);
    failure = null;
    see(true);
    await tick();
    expect(tries).toEqual(["list"]);
});

test("a part that is taken out is not asked", async () => {
    const remove = recovery.add({ needs: () => true, retry: () => tries.push("badge") });
    remove();
    await recovery.now();
    expect(tries).toEqual([]);
});
