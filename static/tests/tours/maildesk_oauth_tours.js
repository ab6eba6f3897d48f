import { waitUntil } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";

const EMAIL = "anna@example.com";
const GOOGLE = { name: "action_connect_google", label: "Connect Gmail (OAuth)" };
const MICROSOFT = {
    name: "action_connect_microsoft",
    label: "Connect Microsoft Graph (OAuth)",
};
const CANCELLED = "You cancelled the sign-in. Nothing has changed.";
/** Where the step in another window runs. */
const HERE = ".o_form_view";

/** Off to the provider, whose page knows who is signed in and what they press there. */
function press({ name, label }, step = {}) {
    return { trigger: `button[name=${name}]:contains('${label}')`, run: "click", ...step };
}

/** The sign-in's own window, by its name. */
const signInWindow = () => window.open("", "maildesk_sign_in");

/** Wait for something on the page in the sign-in's window; while it is at the provider, nobody here may look into it. */
function inWindow(selector, words = "") {
    const look = () => {
        try {
            const found = signInWindow().document.querySelector(selector);
            return found?.textContent.includes(words) && found.checkVisibility() && found;
        } catch {
            return null;
        }
    };
    return waitUntil(look, { timeout: 10000, message: `${selector} ${words}` });
}

/** Read what went wrong in the window, and close it. */
function isTold(words) {
    return {
        trigger: HERE,
        async run() {
            const opened = signInWindow();
            await inWindow(".alert-warning", words);
            (await inWindow("button[data-where=window]", "Close this window")).click();
            await waitUntil(() => opened.closed, { timeout: 5000 });
        },
    };
}

/** What a form shows of a mailbox that has just been signed in. */
function isConnected({ name }) {
    return [
        { trigger: `[name=oauth_email]:contains(${EMAIL})` },
        { trigger: ".o_statusbar_status:contains(Connected)" },
        { trigger: "button[name=action_disconnect]:contains(Disconnect)" },
        { trigger: `body:not(:has(button[name=${name}]))` },
    ];
}

/** A form whose mailbox nothing has happened to, also when it is read anew. */
function isUnchanged({ name }) {
    return [
        { trigger: `body:not(:has(.o_notification)) .o_form_view button[name=${name}]` },
        { trigger: "body:not(:has([name=oauth_email]:contains('@')))" },
    ];
}

function addTours(provider, button, other) {
    const add = (name, steps) =>
        registry.category("web_tour.tours").add(`maildesk_sign_in_${name}_${provider}`, {
            steps: () => steps,
        });
    const onlyOwn = { trigger: `body:not(:has(button[name=${other.name}])) ${HERE}` };
    // no window of its own is to be had: this tab goes there, and the page that says how it went leads back by itself
    add("tab", [onlyOwn, press(button, { expectUnloadPage: true }), ...isConnected(button)]);
    add("window", [
        onlyOwn,
        press(button),
        { trigger: ".o_notification:contains(The mailbox is signed in.)" },
        ...isConnected(button),
    ]);
    add("left", [
        press(button),
        {
            trigger:
                ".o_notification:contains(The sign-in was not finished. Nothing has changed.)",
        },
        { trigger: ".o_notification_close", run: "click" },
        ...isUnchanged(button),
    ]);
    add("cancelled", [press(button), isTold(CANCELLED), ...isUnchanged(button)]);
    add("consent", [press(button), isTold("grant admin consent"), ...isUnchanged(button)]);
    add("wrong_account", [
        press(button),
        {
            trigger: HERE,
            async run() {
                await inWindow("form p", "You signed in as olaf@example.com");
                (await inWindow("button[value=cancel]")).click();
            },
        },
        isTold(CANCELLED),
        ...isUnchanged(button),
    ]);
}

addTours("google", GOOGLE, MICROSOFT);
addTours("microsoft", MICROSOFT, GOOGLE);

registry.category("web_tour.tours").add("maildesk_signed_in_mail", {
    steps: () => [
        { trigger: ".o_maildesk .o_maildesk_row:contains(It has arrived)", run: "click" },
        { trigger: ".o_maildesk_reader:contains(It has arrived)" },
    ],
});
