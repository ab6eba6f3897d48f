import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { debounce } from "@web/core/utils/timing";
import { session } from "@web/session";
import { GATHER } from "../../core/maildesk_service";

/** A mailbox's `attention` from which on somebody has to look. */
const LASTING = 2;

/**
 * How many mailboxes of the active companies need a Mailbox Admin, and the way to them.
 *
 * Asks once at the start, then whenever the server says that the number may be another.
 */
export class HealthSystray extends Component {
    static template = "maildesk.HealthSystray";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const bus = useService("bus_service");
        this.state = useState({ count: 0 });
        const follow = debounce(() => this.count(), GATHER);
        bus.subscribe("maildesk/attention", follow);
        // what was told while the line was down is not told again
        bus.addEventListener("BUS:RECONNECT", follow);
        bus.start();
        onWillStart(() => {
            this.count();
        });
        onWillDestroy(() => {
            bus.unsubscribe("maildesk/attention", follow);
            bus.removeEventListener("BUS:RECONNECT", follow);
            follow.cancel();
        });
    }

    async count() {
        try {
            this.state.count = await this.orm.silent.searchCount("maildesk.account", [
                ["attention", ">=", LASTING],
                ["company_id", "in", user.activeCompanies.map((company) => company.id)],
            ]);
        } catch {
            // a badge is no reason to disturb whatever the person does; the next news has it counted anew
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
