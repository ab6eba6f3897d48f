import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { Deferred, tick } from "@odoo/hoot-mock";
import { makeAct } from "@maildesk/core/acts/act";
import { ActStorage } from "@maildesk/core/acts/act_storage";
import { SendQueue, TRIES } from "@maildesk/core/acts/send_queue";
import { ConnectionLostError } from "@web/core/network/rpc";
import { makeServerError } from "@web/../tests/web_test_helpers";

describe.current.tags("headless");

let sent, answers, queue, storage;

beforeEach(() => {
    sent = [];
    answers = [];
    storage = new ActStorage();
    queue = new SendQueue((acts) => {
        sent.push(acts.map(({ action, ids }) => [action, ...ids]));
        answers.push(new Deferred());
        return answers.at(-1);
    }, storage);
});

const act = (action, ...ids) => makeAct(action, new Map(ids.map((id) => [id, {}])));
const add = (action, ...ids) => queue.add(act(action, ...ids));
const lost = () => new ConnectionLostError("/maildesk/act");
const outcomes = (count) => [...Array(count)].map(() => ({ missing: [] }));
const stored = () => storage.take().acts.map(({ action }) => action);

/** The server's answer to the last request. */
async function answer(value) {
    if (value instanceof Error) {
        answers.at(-1).reject(value);
    } else {
        answers.at(-1).resolve(value);
    }
    await tick();
    await tick();
    await tick();
}

test("one request after the other, in their order; what gathers goes together", async () => {
    add("star", 1);
    add("unstar", 1);
    add("archive", 2, 3);
    expect(sent).toEqual([[["star", 1]]]);
    await answer(outcomes(1));
    expect(sent.slice(1)).toEqual([
        [
            ["unstar", 1],
            ["archive", 2, 3],
        ],
    ]);
});

test("each gets its own outcome, and a refusal stops none", async () => {
    const results = [add("read", 1), add("junk", 2), add("star", 3)].map((result) =>
        result.catch((error) => error.message)
    );
    await answer(outcomes(1));
    await answer([{ error: "no" }, { missing: [3] }]);
    expect(await Promise.all(results)).toEqual([{ missing: [] }, "no", { missing: [3] }]);
});

test("equal refusals in one answer are one error", async () => {
    const errors = [];
    for (const id of [1, 2, 3]) {
        add("junk", id).catch((error) => errors.push(error));
    }
    await answer(outcomes(1));
    await answer([{ error: "no" }, { error: "no" }]);
    expect(errors.length).toBe(2);
    expect(errors[0]).toBe(errors[1]);
});

test("a request that fails as a whole goes again act by act", async () => {
    const results = [add("read", 1), add("junk", 2), add("star", 3)].map((result) =>
        result.catch(() => "failed")
    );
    await answer(outcomes(1));
    await answer(makeServerError({ errorName: "builtins.KeyError" }));
    expect(sent.slice(2)).toEqual([[["junk", 2]]]);
    await answer(makeServerError({ errorName: "builtins.KeyError" }));
    expect(sent.slice(3)).toEqual([[["star", 3]]]);
    await answer(outcomes(1));
    expect(await Promise.all(results)).toEqual([{ missing: [] }, "failed", { missing: [] }]);
});

test("without a connection acts wait for it, in the browser's storage as well", async () => {
    add("star", 1);
    await answer(lost());
    add("archive", 2);
    expect(sent.length).toBe(1);
    expect(queue.isHeld).toBe(true);
    expect(stored()).toEqual(["star", "archive"]);
    queue.resume();
    expect(sent.at(-1)).toEqual([
        ["star", 1],
        ["archive", 2],
    ]);
    await answer(outcomes(2));
    expect(queue.isHeld).toBe(false);
    expect(queue.unanswered).toEqual([]);
    expect(stored()).toEqual([]);
});

test("without a session they wait, however often that is seen", async () => {
    add("star", 1);
    for (let count = 0; count < 2 * TRIES; count++) {
        await answer(makeServerError({ errorName: "odoo.http.SessionExpiredException" }));
        expect(queue.isHeld).toBe(true);
        queue.resume();
    }
    expect(stored()).toEqual(["star"]);
});

test("an act whose request never has an answer is given up, and stops none", async () => {
    const results = [add("read", 1), add("junk", 2), add("star", 3)].map((result) =>
        result.catch((error) => error.constructor)
    );
    await answer(outcomes(1));
    for (let count = 0; count < 2 * TRIES - 1; count++) {
        await answer(lost());
        queue.resume();
    }
    expect(sent.at(-1)).toEqual([["junk", 2]]);
    await answer(lost());
    queue.resume();
    expect(sent.at(-1)).toEqual([["star", 3]]);
    await answer(outcomes(1));
    expect(await Promise.all(results)).toEqual([{ missing: [] }, ConnectionLostError, { missing: [] }]);
});
