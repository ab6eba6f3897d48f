import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const row = (subject) => `.o_maildesk_row:contains("${subject}")`;
const star = (subject) => ({ trigger: `${row(subject)} .o_maildesk_star_button`, run: "click" });
const isStarred = (subject) => ({ trigger: `${row(subject)} .o_maildesk_starred` });
/** On a busy machine a server takes its time. */
const ROOM = { timeout: 60000 };
const isSaved = { trigger: ".o_maildesk[data-unsent='0']", ...ROOM };
const starTwo = ["Order 3", "Order 1"].flatMap((subject) => [star(subject), isStarred(subject)]);
const areBothStarred = ["Order 3", "Order 1"].map(isStarred);

tours.add("maildesk_star_two", { steps: () => starTwo });

tours.add("maildesk_star_two_and_reload", {
    steps: () => [
        ...starTwo,
        {
            trigger: ".o_maildesk_list",
            run: () => browser.location.reload(),
            expectUnloadPage: true,
        },
        { content: "there at once, whatever the server knows by now", ...isStarred("Order 3") },
        isStarred("Order 1"),
        isSaved,
        ...areBothStarred,
    ],
});

tours.add("maildesk_star_two_and_switch", {
    steps: () => [
        ...starTwo,
        { trigger: ".o_navbar_apps_menu button", run: "click" },
        { trigger: ".o_app:contains(Discuss)", run: "click" },
        { trigger: ".o-mail-Discuss" },
        { trigger: ".o_navbar_apps_menu button", run: "click" },
        { trigger: ".o_app:contains(MailDesk)", run: "click" },
        ...areBothStarred,
        isSaved,
        ...areBothStarred,
    ],
});

tours.add("maildesk_recover_app", {
    steps: () => [
        { trigger: ".o_maildesk_empty:contains(MailDesk could not be loaded):contains(by itself)" },
        { trigger: row("Order 3"), ...ROOM },
        { trigger: ".o_maildesk:not(:has(.o_maildesk_connection, .o_maildesk_empty_text:contains(by itself)))" },
    ],
});

const { open: openRequest } = browser.XMLHttpRequest.prototype;

/** What the app asks for goes to where nobody listens. */
const goOffline = {
    trigger: ".o_maildesk",
    run() {
        browser.XMLHttpRequest.prototype.open = function (method, url, ...options) {
            const isApp = url.startsWith("/maildesk/") || url === "/web/session/check";
            return openRequest.call(this, method, isApp ? "http://127.0.0.1:9/" : url, ...options);
        };
    },
};
const goOnline = {
    trigger: ".o_maildesk",
    run() {
        browser.XMLHttpRequest.prototype.open = openRequest;
        window.dispatchEvent(new Event("online"));
    },
};

tours.add("maildesk_act_offline", {
    steps: () => [
        { trigger: row("Order 3") },
        goOffline,
        star("Order 3"),
        {
            content: "it is said that there is no connection, and what becomes of it",
            trigger: ".o_maildesk_connection:contains(1 change will be sent as soon as it is back)",
        },
        star("Order 1"),
        { trigger: ".o_maildesk_connection:contains(2 changes will be sent)" },
        ...areBothStarred,
        goOnline,
        isSaved,
        { trigger: ".o_maildesk:not(:has(.o_maildesk_connection))" },
        ...areBothStarred,
    ],
});

tours.add("maildesk_recover_panes", {
    steps: () => [
        { trigger: row("Order 3") },
        goOffline,
        { trigger: ".o_maildesk_folder[data-role=inbox]", run: "click" },
        { trigger: ".o_maildesk_list_error:contains(This folder could not be loaded)" },
        { trigger: ".o_maildesk_connection:contains(No connection to Odoo)" },
        goOnline,
        { trigger: row("Order 3") },
        goOffline,
        { trigger: row("Order 2"), run: "click" },
        { trigger: ".o_maildesk_reader .o_maildesk_empty:contains(This mail could not be opened)" },
        goOnline,
        { trigger: ".o_maildesk_reader .o_maildesk_frame" },
        { trigger: ".o_maildesk:not(:has(.o_maildesk_connection))" },
        isSaved,
    ],
});

tours.add("maildesk_sign_in_again", {
    steps: () => [
        { trigger: ".o_maildesk_folder[data-role=inbox]", run: "click" },
        { trigger: row("Order 2"), run: "click" },
        { trigger: ".o_maildesk_reader .o_maildesk_frame" },
        isSaved,
        {
            content: "the session ends in another tab",
            trigger: ".o_maildesk",
            run: () =>
                browser.fetch("/web/session/destroy", {
                    method: "POST",
                    headers: { "Content-Type": "application/json" },
                    body: JSON.stringify({ jsonrpc: "2.0", method: "call", params: {} }),
                }),
        },
        star("Order 3"),
        { trigger: ".o_maildesk_connection:contains(1 change will be sent once you are)" },
        { trigger: row("Order 1"), run: "click" },
        {
            trigger: ".o_maildesk_reader .o_maildesk_empty .btn:contains(Sign in)",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: "input[name=login]", run: "edit mailbox_user" },
        { trigger: "input[name=password]", run: "edit mailbox_user" },
        {
            trigger: ".oe_login_buttons button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "the same mail in the same folder", trigger: ".o_maildesk_subject:contains(Order 1)" },
        { trigger: ".o_maildesk_folder[data-role=inbox].o_maildesk_node_current" },
        isStarred("Order 3"),
        isSaved,
    ],
});
