import { Component, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

const LOST = {
    none: () => _t("No connection to Odoo. What you see may be out of date."),
    one: () => _t("No connection to Odoo. 1 change will be sent as soon as it is back."),
    many: (count) =>
        _t("No connection to Odoo. %s changes will be sent as soon as it is back.", count),
};
const SIGNED_OUT = {
    none: () => _t("You are no longer signed in. What you see may be out of date."),
    one: () => _t("You are no longer signed in. 1 change will be sent once you are."),
    many: (count) => _t("You are no longer signed in. %s changes will be sent once you are.", count),
};

/** Above everything else while Odoo cannot be asked: that what is shown may be old, and what becomes of what was done. */
export class ConnectionBar extends Component {
    static template = "maildesk.ConnectionBar";
    static props = {};

    setup() {
        const { store, connection, recovery } = useService("maildesk");
        this.acts = useState(store.acts);
        this.connection = useState(connection);
        this.recovery = recovery;
    }

    get isSignedOut() {
        return this.connection.status === "signed_out";
    }

    get words() {
        const { unsent } = this.acts;
        const words = this.isSignedOut ? SIGNED_OUT : LOST;
        const name = { 0: "none", 1: "one" }[unsent] ?? "many";
        return words[name](unsent);
    }

    retry() {
        return this.recovery.now();
    }

    /** Without a session, this address leads to the sign-in page, and from there back here. */
    signIn() {
        browser.location.reload();
    }
}
