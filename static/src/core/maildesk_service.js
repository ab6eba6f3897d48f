import { reactive } from "@odoo/owl";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { debounce } from "@web/core/utils/timing";
import { failureTeller } from "./act_failures";
import { MaildeskStore } from "./maildesk_store";
import { ViewPoll } from "./view_poll";

/** Milliseconds a burst of changes is gathered for. */
export const GATHER = 250;

const ask = (route, params = {}) => rpc(`/maildesk/${route}`, params, { silent: true });

/** @type {import("./maildesk_store").MaildeskApi} */
const api = {
    tree: () => ask("tree"),
    messages: (params) => ask("messages", params),
    open: (id) => ask("open", { placement_id: id }),
    sync: (id, isBackground = false) => ask("sync", { account_id: id, background: isBackground }),
    act: ({ action, ids, folderId }) =>
        ask("act", { placement_ids: ids, action, folder_id: folderId }),
    operations: (id) => ask("operations", { account_id: id }),
    retryOperations: (ids) => ask("operations/retry", { operation_ids: ids }),
    dismissOperations: (ids) => ask("operations/dismiss", { operation_ids: ids }),
    linkKinds: () => ask("link/kinds"),
    link: (id, model, resId) => ask("link", { message_id: id, res_model: model, res_id: resId }),
    unlink: (id) => ask("unlink", { link_id: id }),
};

export const maildeskService = {
    dependencies: ["bus_service", "notification"],

    start(env, { bus_service: bus, notification }) {
        const store = reactive(new MaildeskStore(api, failureTeller(notification)));
        const poll = new ViewPoll(store);
        let viewers = 0;
        let isListConcerned = false;
        const follow = debounce(() => {
            if (viewers) {
                const refresh = isListConcerned ? store.refresh() : store.loadTree();
                isListConcerned = false;
                return refresh;
            }
        }, GATHER);
        bus.subscribe("maildesk/changed", (payload) => {
            isListConcerned ||= store.concernsList(payload);
            follow();
        });
        bus.subscribe("maildesk/access", () => (viewers ? store.reloadAccess() : store.forget()));
        // what was told while the line was down is not told again
        bus.addEventListener("BUS:RECONNECT", () => {
            isListConcerned = true;
            follow();
        });
        return {
            store,
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
