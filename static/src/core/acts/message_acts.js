import { markRaw } from "@odoo/owl";
import { countShifts, effectOf, isForGood, isMove } from "./act_rules";
import { makeAct } from "./act";
import { ActStorage } from "./act_storage";
import { SendQueue } from "./send_queue";

/**
 * @typedef {Object} Step something the person did to mails
 * @property {import("./act_rules").Act} act
 * @property {number|null} targetId of a move
 * @property {Map<number, object>} effects row id → what became of it
 * @property {object[]} before the rows as they were
 * @property {object[]} after the rows as they are
 * @property {{ query: number, ids: Set<number> }} list where it was done, and which of the rows were listed there
 * @property {boolean} canUndo
 *
 * @typedef {Object} StepOptions
 * @property {number|null} [targetId] of a move
 * @property {boolean} [isQuiet] the person did not ask for it, so a refusal needs no words
 * @property {boolean} [isAdvancing] where the mail being read goes away, the next one is opened
 * @property {Step} [undoes]
 */

/** Does things to mails: on screen at once, on the server as soon as it goes; what the server refuses is taken back. */
export class MessageActs {
    /** @type {Step|null} the last one that can be undone */
    last = null;
    /** How many acts the server has not answered yet. */
    unsent = 0;

    /**
     * @param {import("../maildesk_store").MaildeskStore} store
     * @param {{ failed: (act: string, error: Error) => void, expired: (count: number) => void }} tell the person
     */
    constructor(store, tell) {
        this.store = store;
        this.tell = tell;
        this.storage = markRaw(new ActStorage());
        this.queue = markRaw(new SendQueue((acts) => store.api.act(acts), this.storage));
    }

    /**
     * @param {import("./act_rules").Act} act
     * @param {object[]} rows
     * @param {StepOptions} [options]
     */
    async perform(act, rows, options = {}) {
        const { store } = this;
        const step = this._step(act, rows, options);
        if (!step.effects.size) {
            return;
        }
        const change = store.pending.begin(step.effects);
        const leaving = isMove(act) ? step.after.filter((row) => !store.list.belongs(row)) : [];
        const gone = new Set(leaving.map(({ id }) => id));
        const next = store.neighbourOf(gone);
        this._show(step.before, step.after, step);
        store.leave(gone, next, options.isAdvancing);
        if (isMove(act) && !options.undoes) {
            this.last = step.canUndo ? markRaw(step) : null;
        }
        const { isQuiet } = options;
        const sent = makeAct(act, step.effects, { folderId: step.targetId, isQuiet });
        await this._send(sent, change, (error) => this._takeBack(step, error, isQuiet));
    }

    /** Send what pages before this one did and had no answer for when they were left. */
    async sendStored() {
        const { acts, expired } = this.storage.take();
        if (expired.length) {
            this.tell.expired(expired.length);
        }
        const sending = acts.map((act) =>
            this._send(act, this.store.pending.begin(new Map(act.effects)), async (error) => {
                this._tellFailure(act.action, error, act.isQuiet);
                await this._refresh();
            })
        );
        await Promise.all(sending);
    }

    /**
     * @param {import("./act").Act} act
     * @param {object} change of the store's pending ones
     * @param {(error: Error) => Promise} takeBack
     */
    async _send(act, change, takeBack) {
        const { pending } = this.store;
        this.unsent++;
        let answer;
        try {
            answer = await this.queue.add(act);
        } catch (error) {
            pending.drop(change);
            await takeBack(error);
            return;
        } finally {
            this.unsent--;
        }
        pending.settle(change);
        await this._catchUp(answer);
    }

    _step(act, rows, { targetId = null, undoes }) {
        const { store } = this;
        const effects = new Map();
        for (const row of rows) {
            const effect = effectOf(act, row, store.placeOf(row), targetId);
            if (effect) {
                effects.set(row.id, effect);
            }
        }
        const before = rows.filter((row) => effects.has(row.id));
        const listed = store.list.rows.filter((row) => effects.has(row.id)).map(({ id }) => id);
        return {
            act,
            targetId,
            effects,
            before,
            after: before.map((row) => ({ ...row, ...effects.get(row.id) })),
            list: undoes?.list ?? { query: store.list.query, ids: new Set(listed) },
            canUndo: isMove(act) && !before.some((row) => isForGood(act, store.placeOf(row))),
        };
    }

    /** Rows, counters and the mail being read, from one state to the other. */
    _show(from, to, { list, effects }) {
        const { store } = this;
        const isSameList = list.query === store.list.query;
        store.list.put(isSameList ? to.filter(({ id }) => list.ids.has(id)) : to, isSameList);
        store.shiftCounts(countShifts(from, to));
        const reading = to.find((row) => row.id === store.reader.id);
        if (reading) {
            const names = Object.keys(effects.get(reading.id));
            store.reader.change(Object.fromEntries(names.map((name) => [name, reading[name]])));
        }
    }

    async _takeBack(step, error, isQuiet) {
        const { store } = this;
        if (this.last === step) {
            this.last = null;
        }
        // what was done to a mail since stands for itself
        const isLeft = (row) => !store.pending.concerns(row.id);
        this._show(step.after.filter(isLeft), step.before.filter(isLeft), step);
        this._tellFailure(step.act, error, isQuiet);
        await this._refresh();
    }

    _tellFailure(act, error, isQuiet) {
        if (!isQuiet) {
            this.tell.failed(act, error);
        }
    }

    /** Where nothing is shown, nothing has to be right. */
    async _refresh() {
        if (this.store.status !== "idle") {
            await this.store.refresh();
        }
    }

    /** @param {{ missing?: number[] }} answer `missing` are mails that another program took away */
    async _catchUp(answer) {
        const { store } = this;
        if (answer.missing.length) {
            await this._refresh();
        } else if (!store.pending.isUnderWay && store.isTreeStale) {
            await store.loadTree();
        }
        if (store.list.status === "ready" && !store.list.rows.length && !store.list.isComplete) {
            await store.list.load();
        }
    }

    /** Put mails back where they were, the last ones by default. */
    async undo(step = this.last) {
        if (!step?.canUndo) {
            return;
        }
        if (this.last?.effects === step.effects) {
            this.last = null;
        }
        const sources = new Map();
        for (const row of step.before) {
            sources.set(row.folder_id, [...(sources.get(row.folder_id) ?? []), row.id]);
        }
        const moves = [...sources].map(([targetId, ids]) => {
            const rows = step.after.filter((row) => ids.includes(row.id));
            return this.perform("move", rows, { targetId, undoes: step });
        });
        await Promise.all(moves);
    }
}
