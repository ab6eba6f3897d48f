import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const field = (name, value) => ({ trigger: `.modal [name=${name}]`, run: `edit ${value}` });
const press = (words) => ({ trigger: `.modal .btn:enabled:contains("${words}")`, run: "click" });
const shows = (words) => ({ content: words, trigger: `.modal:contains("${words}")` });
const refused = (words) => ({
    content: words,
    trigger: `.modal .o_maildesk_setup_error:contains("${words}")`,
});
const closed = { trigger: "body:not(:has(.modal))" };
const close = { trigger: ".modal .btn-close", run: "click" };
const inApp = { trigger: "body:not(:has(.modal)) .o_maildesk_node_current:contains(Inbox)" };

/** The test's own servers: their ports are in the address, such as anna@imap-1143.smtp-1025.example. */
const host = (name, protocol) => ({
    trigger: `.modal [name=${name}]`,
    run({ edit }) {
        const { value } = document.querySelector(".modal [name=incoming_username]");
        return edit(`127.0.0.1:${value.match(`${protocol}-([0-9]+)`)[1]}`);
    },
});

/** On a first visit the dialog is there by itself, with the person's own address. */
const next = [
    { trigger: ".modal-title:contains(Set up email account)" },
    { trigger: ".modal [name=maildesk_setup_email]:value(anna@)" },
    press("Next"),
];

tours.add("maildesk_setup_known", {
    steps: () => [
        ...next,
        shows("Known Mail"),
        field("maildesk_password", "wrong"),
        press("Connect"),
        refused("does not accept"),
        { content: "what was typed stays", trigger: ".modal [name=maildesk_password]:value(wrong)" },
        field("maildesk_password", "secret-of-the-server"),
        press("Connect"),
        { trigger: ".o_notification:contains(is connected)" },
        inApp,
        { trigger: ".o_maildesk_email_options_button", run: "click" },
        { trigger: ".modal .nav-link:contains(E-mail account)" },
        press("Disconnect"),
        { trigger: ".o_dialog:not(.o_inactive_modal) .btn-primary:contains(Disconnect)", run: "click" },
        { trigger: ".modal .badge:contains(Disconnected)" },
        press("Reconnect"),
        field("maildesk_reconnect_password", "secret-of-the-server"),
        press("Connect"),
        { trigger: ".modal .badge:contains(Connected)" },
        press("Edit/remove"),
        {
            trigger: ".o_dialog:not(.o_inactive_modal) .btn-primary:contains(Disconnect and edit)",
            run: "click",
        },
        { trigger: ".modal-title:contains(Set up email account)" },
        close,
        closed,
        { content: "it stays disconnected", trigger: ".o_maildesk_status:contains(Disconnected)" },
    ],
});

tours.add("maildesk_setup_autoconfig", {
    steps: () => [
        ...next,
        shows("Auto Mail"),
        shows("STARTTLS"),
        field("maildesk_password", "secret-of-the-server"),
        press("Connect"),
        inApp,
    ],
});

tours.add("maildesk_setup_advanced", {
    steps: () => [
        ...next,
        shows("No mail servers were found for imap-"),
        shows("POP3 is not supported"),
        field("incoming_host", "pop.nothing.example"),
        field("incoming_password", "secret-of-the-server"),
        host("outgoing_host", "smtp"),
        press("Save"),
        refused("POP3 is not supported"),
        host("incoming_host", "imap"),
        { trigger: ".modal [name=incoming_encryption]", run: "select starttls" },
        { trigger: ".modal [name=outgoing_encryption]", run: "select starttls" },
        press("Save"),
        inApp,
    ],
});

tours.add("maildesk_setup_cancelled", {
    steps: () => [
        ...next,
        shows("Known Mail"),
        field("maildesk_password", "wrong"),
        press("Connect"),
        refused("does not accept"),
        press("Advanced settings"),
        field("incoming_host", "127.0.0.1:1"),
        press("Save"),
        refused("127.0.0.1 refuses connections on port 1."),
        close,
        { trigger: "body:not(:has(.modal)) .o_maildesk_empty .btn:contains(Set up email account)" },
    ],
});

tours.add("maildesk_setup_google", {
    steps: () => [
        ...next,
        {
            content: "off to Google, in a window of its own",
            trigger: ".modal .o_maildesk_setup_sign_in:contains(Sign in with Google)",
            run: "click",
        },
        { trigger: ".o_notification:contains(The mailbox is signed in.)" },
        { trigger: "body:not(:has(.modal)) .o_maildesk_account_node:contains(anna@example.com)" },
    ],
});

tours.add("maildesk_setup_admin", {
    steps: () => [
        { trigger: ".o_control_panel .btn:contains(Set up email account)", run: "click" },
        { trigger: ".modal [name=maildesk_setup_email]", run: "edit sales@known.example" },
        press("Next"),
        field("maildesk_password", "secret-of-the-server"),
        press("Connect"),
        {
            content: "the list shows it",
            trigger: "body:not(:has(.modal)) .o_data_row:contains(sales@known.example) .badge:contains(Connected)",
        },
    ],
});
