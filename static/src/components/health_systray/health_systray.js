import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { debounce } from "@web/core/utils/timing";
import { session } from "@web/session";
import { isTransient } from "../../core/errors";
import { GATHER } from "../../core/maildesk_service";

/** A mailbox's `attention` from which on somebody has to look. */
const LASTING = 2;

/**
 * How many mailboxes of the active companies need a Mailbox Admin, and the way to them.
 *
 * Asks once at the start, then whenever the server says that the number may be another, and again where there was no answer.
 */
export class HealthSystray extends Component {
    static template = "maildesk.HealthSystray";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const { recovery } = useService("maildesk");
        const bus = useService("bus_service");
        this.recovery = recovery;
        this.state = useState({ count: 0 });
        this.isFailing = false;
        const follow = debounce(() => this.count(), GATHER);
        bus.subscribe("maildesk/attention", follow);
        // what was told while the line was down is not told again
        bus.addEventListener("BUS:RECONNECT", follow);
        bus.start();
        onWillStart(() => {
            this.count();
        });
        const forget = recovery.add({ needs: () => this.isFailing, retry: () => this.count() });
        onWillDestroy(() => {
            forget();
            bus.unsubscribe("maildesk/attention", follow);
            bus.removeEventListener("BUS:RECONNECT", follow);
            follow.cancel();
        });
    }

    async count() {
        const domain = [
            ["attention", ">=", LASTING],
            ["company_id", "in", user.activeCompanies.map((company) => company.id)],
        ];
        try {
            this.state.count = await this.recovery.watch(
                this.orm.silent.searchCount("maildesk.account", domain)
            );
            this.isFailing = false;
        } catch (error) {
            // a badge is no reason to disturb whatever the person does
            this.isFailing = isTransient(error);
        }
    }

    open() {
        this.action.doAction("maildesk.maildesk_health_action", {
            additionalContext: { search_default_attention: 1 },
            clearBreadcrumbs: true,
        });
    }
}

if (session.maildesk_admin) {
    registry
        .category("systray")
        .add("maildesk.health", { Component: HealthSystray }, { sequence: 30 });
}
