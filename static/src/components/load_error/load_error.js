import { Component, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { EmptyState } from "../empty_state/empty_state";

const ICONS = { lost: "fa-plug", signed_out: "fa-lock" };

/** What stands where something could not be loaded: why, and the way on. */
export class LoadError extends Component {
    static template = "maildesk.LoadError";
    static components = { EmptyState };
    static props = {
        icon: { type: String, optional: true },
        title: { type: [String, Object] },
        text: String,
        onRetry: Function,
    };
    static defaultProps = { icon: "fa-exclamation-triangle" };

    setup() {
        this.connection = useState(useService("maildesk").connection);
        this.state = useState({ isTrying: false });
    }

    get icon() {
        return ICONS[this.connection.status] ?? this.props.icon;
    }

    get isSignedOut() {
        return this.connection.status === "signed_out";
    }

    get text() {
        if (this.isSignedOut) {
            return _t("You are no longer signed in. After signing in you come back to this page.");
        }
        if (this.connection.status === "lost") {
            return _t(
                "There is no connection to Odoo. As soon as it is back, this loads by itself."
            );
        }
        return this.props.text;
    }

    async retry() {
        this.state.isTrying = true;
        try {
            await this.props.onRetry();
        } finally {
            this.state.isTrying = false;
        }
    }

    /** Without a session, this address leads to the sign-in page, and from there back here. */
    signIn() {
        browser.location.reload();
    }
}
