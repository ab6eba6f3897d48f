import { reactive } from "@odoo/owl";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { debounce } from "@web/core/utils/timing";
import { MaildeskStore } from "./maildesk_store";

/** Milliseconds a burst of changes is gathered for. */
export const GATHER = 250;

export const maildeskService = {
    dependencies: ["bus_service"],

    start(env, { bus_service: bus }) {
        const store = reactive(
            new MaildeskStore({
                tree: () => rpc("/maildesk/tree", {}, { silent: true }),
                messages: (params) => rpc("/maildesk/messages", params, { silent: true }),
                open: (id) => rpc("/maildesk/open", { placement_id: id }, { silent: true }),
                sync: (id) => rpc("/maildesk/sync", { account_id: id }, { silent: true }),
            })
        );
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
                viewers++;
                bus.start();
                return () => viewers--;
            },
        };
    },
};

registry.category("services").add("maildesk", maildeskService);
