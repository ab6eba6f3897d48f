import { describe, expect, test } from "@odoo/hoot";
import { Deferred, tick } from "@odoo/hoot-mock";
import { SendQueue } from "@maildesk/core/send_queue";

describe.current.tags("headless");

function makeQueue() {
    const sent = [];
    const answers = [];
    const queue = new SendQueue((batch) => {
        sent.push(batch);
        answers.push(new Deferred());
        return answers.at(-1);
    });
    return { queue, sent, answers };
}

test("one after the other, in their order", async () => {
    const { queue, sent, answers } = makeQueue();
    queue.add("star", [1], null);
    queue.add("unstar", [1], null);
    await tick();
    expect(sent.map(({ action }) => action)).toEqual(["star"]);
    answers[0].resolve();
    await tick();
    await tick();
    expect(sent.map(({ action }) => action)).toEqual(["star", "unstar"]);
});

test("what gathers and is alike goes together", async () => {
    const { queue, sent, answers } = makeQueue();
    queue.add("delete", [1], null);
    const second = queue.add("delete", [2], null);
    const third = queue.add("delete", [2, 3], null);
    queue.add("move", [4], 8);
    queue.add("move", [5], 9);
    answers[0].resolve();
    await tick();
    await tick();
    expect(sent.at(-1)).toEqual({ action: "delete", ids: [2, 3], folderId: null });
    answers[1].resolve("done");
    expect(await Promise.all([second, third])).toEqual(["done", "done"]);
    await tick();
    expect(sent.at(-1)).toEqual({ action: "move", ids: [4], folderId: 8 });
});

test("a refusal does not stop what comes after it", async () => {
    const { queue, sent, answers } = makeQueue();
    const refused = queue.add("junk", [1], null).catch((error) => error.message);
    queue.add("read", [2], null);
    answers[0].reject(new Error("no"));
    expect(await refused).toBe("no");
    await tick();
    expect(sent.map(({ action }) => action)).toEqual(["junk", "read"]);
});
