import { describe, expect, test } from "@odoo/hoot";
import { Deferred } from "@odoo/hoot-mock";
import { actParams, makeAct } from "@maildesk/core/acts/act";
import { ActStorage, SEND_DAYS } from "@maildesk/core/acts/act_storage";
import { MaildeskStore } from "@maildesk/core/maildesk_store";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import { makeFilledServer } from "../../maildesk_test_helpers";

describe.current.tags("headless");

const ids = (store) => store.list.rows.map((row) => row.id);
const starred = () => makeAct("star", new Map([[3, { is_starred: true }]]));
const archived = () => makeAct("archive", new Map([[4, { folder_id: 4 }]]));

/** A page that is opened while the server has not done yet what the page before left with. */
async function reopen(acts, server = makeFilledServer(5), tell = undefined) {
    allowTranslations();
    acts.forEach((act) => new ActStorage().save(act));
    const store = new MaildeskStore(server.api, tell);
    const sending = store.acts.sendStored();
    await store.start({ folderId: 1 });
    return { store, server, sending };
}

test("what an earlier page had no answer for is on screen at once, is sent, and is no longer stored", async () => {
    const server = makeFilledServer(5);
    const { act } = server.api;
    const answer = new Deferred();
    const api = { ...server.api, act: async (acts) => answer.then(() => act(acts)) };
    const { store, sending } = await reopen([starred(), archived()], Object.create(server, { api: { value: api } }));
    expect(ids(store)).toEqual([5, 3, 2, 1]);
    expect(store.list.rows[1].is_starred).toBe(true);
    expect(store.acts.unsent).toBe(2);
    answer.resolve();
    await sending;
    expect(server.acts).toEqual([
        ["star", [3]],
        ["archive", [4]],
    ]);
    expect(store.acts.unsent).toBe(0);
    expect(store.folder(4).total).toBe(1);
    expect(new ActStorage().take().acts).toEqual([]);
});

test("what an earlier page had no answer for is done once, where it had left with the page", async () => {
    const server = makeFilledServer(5);
    const acts = [archived(), starred()];
    server.act(actParams(1, acts).acts);
    const { sending } = await reopen(acts, server);
    await sending;
    expect(server.acts.length).toBe(2);
});

test("what an earlier page had no answer for is taken back with words where the server refuses it", async () => {
    const server = makeFilledServer(5);
    server.refusal = "no";
    const told = [];
    const tell = { failed: (act, error) => told.push([act, error.message]) };
    const { store, sending } = await reopen([archived()], server, tell);
    await sending;
    expect(told).toEqual([["archive", "no"]]);
    expect(ids(store)).toEqual([5, 4, 3, 2, 1]);
    expect(new ActStorage().take().acts).toEqual([]);
});

test("what an earlier page had no answer for is told where it is too old to be sent", async () => {
    const old = { ...starred(), at: Date.now() - (SEND_DAYS + 1) * 86_400_000 };
    const expired = [];
    const { server, sending } = await reopen([old], undefined, { expired: (count) => expired.push(count) });
    await sending;
    expect(expired).toEqual([1]);
    expect(server.acts).toEqual([]);
});
