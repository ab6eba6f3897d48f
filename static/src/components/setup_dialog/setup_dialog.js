import { Component, onWillDestroy, useEffect, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { errorWords, isSpoken } from "../../core/errors";
import { domainOf, serverWords, SETUP, typedServer } from "../../core/setup/setup";
import { ServerFields } from "./server_fields";

/** Milliseconds after which a search says that it goes on. */
export const STILL_LOOKING = 4000;

const PROVIDERS = { google: "Google", microsoft: "Microsoft" };

/**
 * From an address to a mailbox: its servers are looked for, and the person only signs in or types the password. What they
 * typed stays through every refusal; nothing is stored before it works.
 */
export class SetupDialog extends Component {
    static template = "maildesk.SetupDialog";
    static components = { Dialog, ServerFields };
    static props = {
        close: Function,
        /** whether it is to be the person's own mailbox */
        isPersonal: { type: Boolean, optional: true },
        /** what the address field starts with */
        email: { type: String, optional: true },
        /** called with the account's id once it is connected */
        onConnected: { type: Function, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.signIn = useService("maildesk_sign_in");
        this.state = useState({
            /** @type {"address"|"sign_in"|"password"|"servers"} */
            step: "address",
            email: this.props.email || "",
            password: "",
            /** the answer of `setup_detect` */
            found: null,
            incoming: typedServer("incoming", false, ""),
            outgoing: typedServer("outgoing", false, ""),
            error: "",
            progress: "",
        });
        this.form = useRef("form");
        this.alert = useRef("alert");
        for (const refName of ["email", "password", "signIn"]) {
            useAutofocus({ refName, mobile: true });
        }
        this._useRefusals();
        this._useSameSignIn();
        this.formId = `maildesk_setup_${this.env.dialogData?.id ?? ""}`;
        this.serverWords = serverWords;
        onWillDestroy(() => browser.clearTimeout(this.timer));
        // a sign-in that was begun ends before the dialog does: what comes of it is shown
        if (this.env.dialogData) {
            this.env.dialogData.dismiss = () => this.connecting;
        }
    }

    /** A refused password is typed again; of more fields, the words come first. */
    _useRefusals() {
        useEffect(
            (error) => {
                if (!error) {
                    return;
                }
                const password = this.form.el?.querySelector("[name=maildesk_password]");
                password?.select();
                this.alert.el?.scrollIntoView({ block: "nearest" });
            },
            () => [this.state.error]
        );
    }

    /** Mostly one user name and password serve both: the second follows the first until it is made another. */
    _useSameSignIn() {
        for (const name of ["username", "password"]) {
            let last = "";
            useEffect(
                (value) => {
                    const { outgoing } = this.state;
                    if (outgoing[name] === last) {
                        outgoing[name] = value;
                    }
                    last = value;
                },
                () => [this.state.incoming[name]]
            );
        }
    }

    get isRunning() {
        return Boolean(this.state.progress);
    }

    get providerName() {
        return PROVIDERS[this.state.found.kind];
    }

    get placeholder() {
        return domainOf(this.state.email) || "example.com";
    }

    get signInWords() {
        return _t("Sign in with %s", this.providerName);
    }

    submit() {
        const { step } = this.state;
        const submits = {
            address: () => this.detect(),
            password: () => this.connectFound(),
            servers: () => this.connectTyped(),
        };
        return this.isRunning ? undefined : submits[step]?.();
    }

    // -------------------------------------------------------------------------
    // Steps
    // -------------------------------------------------------------------------

    async detect() {
        const email = this.state.email.trim();
        const domain = domainOf(email);
        this.timer = browser.setTimeout(() => {
            this.state.progress = _t(
                "Still looking: %s and its name servers are being asked. This takes 15 seconds at most.",
                domain
            );
        }, STILL_LOOKING);
        const found = await this._ask(
            "setup_detect",
            [email, Boolean(this.props.isPersonal)],
            _t("Looking for the mail servers of %s…", domain)
        );
        browser.clearTimeout(this.timer);
        if (found) {
            this._show(found);
        }
    }

    _show(found) {
        const { email, incoming, outgoing } = found;
        Object.assign(this.state, {
            found,
            email,
            password: "",
            incoming: typedServer("incoming", incoming, email),
            outgoing: typedServer("outgoing", outgoing, email),
        });
        if (found.kind in PROVIDERS) {
            this.state.step = "sign_in";
        } else {
            this.state.step = incoming && outgoing ? "password" : "servers";
        }
    }

    /** @param {string} step what was typed stays */
    go(step) {
        Object.assign(this.state, { step, error: "" });
    }

    /** Everything by hand, beginning with what was found and typed. */
    goToServers() {
        const { password, incoming, outgoing } = this.state;
        incoming.password ||= password;
        outgoing.password ||= password;
        this.go("servers");
    }

    async goToProvider() {
        const answer = await this._connect({ kind: this.state.found.kind }, this.providerName);
        if (answer) {
            this.signIn.open(SETUP, answer.url);
            this.props.close();
        }
    }

    connectFound() {
        const { found, password } = this.state;
        const typed = (way) => ({ ...typedServer(way, found[way], found.email), password });
        return this._connectWith(typed("incoming"), typed("outgoing"));
    }

    connectTyped() {
        return this._connectWith({ ...this.state.incoming }, { ...this.state.outgoing });
    }

    async _connectWith(incoming, outgoing) {
        const servers = { kind: "imap", incoming, outgoing };
        const answer = await this._connect(servers, incoming.host);
        if (answer) {
            this.notification.add(
                _t("%s is connected. Its mail arrives in the background.", this.state.email),
                { type: "success" }
            );
            this.props.close();
            await this.props.onConnected?.(answer.account_id);
        }
    }

    _connect(values, where) {
        const { email } = this.state;
        const own = { email, personal: Boolean(this.props.isPersonal) };
        this.connecting = this._ask(
            "setup_connect",
            [{ ...own, ...values }],
            _t("Signing in at %s…", where)
        );
        return this.connecting;
    }

    /** @returns {Promise<object|undefined>} undefined where the server refused, in words that are shown */
    async _ask(method, args, progress) {
        Object.assign(this.state, { progress, error: "" });
        try {
            return await this.orm.silent.call("maildesk.account", method, args);
        } catch (error) {
            this.state.error = errorWords(error);
            if (!isSpoken(error)) {
                throw error;
            }
        } finally {
            browser.clearTimeout(this.timer);
            this.state.progress = "";
        }
    }
}
