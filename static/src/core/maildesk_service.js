import { reactive } from "@odoo/owl";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { debounce } from "@web/core/utils/timing";
import { failureTeller } from "./acts/act_failures";
import { actParams } from "./acts/act";
import { LeavingPage } from "./acts/leaving_page";
import { Connection } from "./connection/connection";
import { Recovery } from "./connection/recovery";
import { MaildeskStore } from "./maildesk_store";
import { ViewPoll } from "./connection/view_poll";

/** Milliseconds a burst of changes is gathered for. */
export const GATHER = 250;

/**
 * @param {Recovery} recovery
 * @returns {import("./maildesk_store").MaildeskApi}
 */
function makeApi(recovery) {
    const ask = (route, params = {}) =>
        recovery.watch(rpc(`/maildesk/${route}`, params, { silent: true }));
    return {
        tree: () => ask("tree"),
        messages: (params) => ask("messages", params),
        open: (id) => ask("open", { placement_id: id }),
        sync: (id, isBackground = false) =>
            ask("sync", { account_id: id, background: isBackground }),
        act: (acts) => ask("act", actParams(user.userId, acts)),
        operations: (id) => ask("operations", { account_id: id }),
        retryOperations: (ids) => ask("operations/retry", { operation_ids: ids }),
        dismissOperations: (ids) => ask("operations/dismiss", { operation_ids: ids }),
        linkKinds: () => ask("link/kinds"),
        link: (id, model, resId) =>
            ask("link", { message_id: id, res_model: model, res_id: resId }),
        unlink: (id) => ask("unlink", { link_id: id }),
    };
}

/** Parts of the app that are asked for again, in this order. */
function* makeParts(store, connection, recovery, isShown) {
    yield {
        needs: () => connection.status !== "ok",
        async retry() {
            try {
                await recovery.watch(rpc("/web/session/check", {}, { silent: true }));
            } catch {
                // the connection has noted it
            }
        },
    };
    const { queue } = store.acts;
    yield { isUrgent: true, needs: () => queue.isHeld, retry: () => queue.resume() };
    yield { needs: () => isShown() && store.isTreeFailing, retry: () => store.loadTree() };
    yield { needs: () => isShown() && store.list.isFailing, retry: () => store.list.retry() };
    yield { needs: () => isShown() && store.reader.isFailing, retry: () => store.reader.load() };
}

function followBus(bus, store, recovery, isShown) {
    let isListConcerned = false;
    const follow = debounce(async () => {
        if (isShown()) {
            const refresh = isListConcerned ? store.refresh() : store.loadTree();
            isListConcerned = false;
            await refresh;
        }
        // whoever is told something has a connection
        await recovery.now();
    }, GATHER);
    bus.subscribe("maildesk/changed", (payload) => {
        isListConcerned ||= store.concernsList(payload);
        follow();
    });
    bus.subscribe("maildesk/access", () => (isShown() ? store.reloadAccess() : store.forget()));
    bus.addEventListener("BUS:RECONNECT", () => {
        // what was sent while there was no connection is not sent again
        isListConcerned = true;
        follow();
    });
}

export const maildeskService = {
    dependencies: ["bus_service", "notification"],

    start(env, { bus_service: bus, notification }) {
        const connection = reactive(new Connection());
        const recovery = new Recovery(connection);
        const store = reactive(
            new MaildeskStore(makeApi(recovery), failureTeller(notification))
        );
        const poll = new ViewPoll(store);
        let viewers = 0;
        const isShown = () => viewers > 0;
        for (const part of makeParts(store, connection, recovery, isShown)) {
            recovery.add(part);
        }
        recovery.start();
        followBus(bus, store, recovery, isShown);
        new LeavingPage(store.acts.queue).start();
        store.acts.sendStored();
        return {
            store,
            connection,
            recovery,
            /** An open app follows what happens; a closed one asks nothing. */
            watch() {
                bus.start();
                if (!viewers++) {
                    poll.start();
                }
                return () => {
                    if (!--viewers) {
                        poll.stop();
                    }
                };
            },
        };
    },
};

registry.category("services").add("maildesk", maildeskService);
