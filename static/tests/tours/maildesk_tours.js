import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** Both fields of the dialog, and its button. */
function tryToConnect(email, password) {
    return [
        { trigger: ".modal [name=maildesk_email]:enabled", run: `edit ${email}` },
        { trigger: ".modal [name=maildesk_share_password]", run: `edit ${password}` },
        { trigger: ".modal .btn-primary:contains(Connect)", run: "click" },
    ];
}

function refused(words) {
    return { content: words, trigger: `.modal .alert-danger:contains("${words}")` };
}

tours.add("maildesk_read", {
    steps: () => [
        {
            content: "the mailbox and its folders",
            trigger: ".o_maildesk_account_node:contains(Tour Support)",
        },
        { trigger: ".o_maildesk_folder:contains(Inbox) .o_maildesk_count:contains(1)" },
        { trigger: ".o_maildesk_folder:contains(Inbox)", run: "click" },
        {
            content: "unread mail stands out",
            trigger: ".o_maildesk_row_unread:contains(Two pallets are missing)",
        },
        { trigger: ".o_maildesk_row:contains(Two pallets are missing)", run: "click" },
        { trigger: ".o_maildesk_subject:contains(Two pallets are missing)" },
        { trigger: ".o_maildesk_to:contains(to me)", run: "click" },
        {
            content: "who else got it",
            trigger: ".o_maildesk_recipients:contains(office@nordwind.example)",
        },
        {
            content: "the body has come, into a frame that lets nobody in or out",
            trigger: ".o_maildesk_paper:not(:has(.o_maildesk_paper_loading)) .o_maildesk_frame",
            run() {
                const sandbox = this.anchor.getAttribute("sandbox");
                if (
                    sandbox !== "allow-popups allow-popups-to-escape-sandbox" ||
                    this.anchor.contentDocument
                ) {
                    throw new Error("the body's frame is open");
                }
            },
        },
        {
            trigger: ".o_maildesk_blocked_images:contains(Remote images are blocked) .btn",
            run: "click",
        },
        { trigger: ".o_maildesk_frame[src$='images=1']" },
        { trigger: ".o_maildesk_reader:not(:has(.o_maildesk_blocked_images))" },
        { trigger: ".o_maildesk_search input", run: "edit nowhere" },
        { trigger: ".o_maildesk_empty:contains(Nothing found)" },
        { trigger: ".o_maildesk_empty .btn:contains(Show all mail)", run: "click" },
        { trigger: ".o_maildesk_row:contains(Two pallets are missing)" },
    ],
});

tours.add("maildesk_connect", {
    steps: () => [
        {
            content: "no mailbox yet",
            trigger: ".o_maildesk_empty .btn:contains(Connect Mailbox)",
            run: "click",
        },
        { trigger: ".modal-title:contains(Connect to Mailbox)" },
        ...tryToConnect("nobody@tour.example", "whatever"),
        refused("No shared mailbox found with this email."),
        ...tryToConnect("support@tour.example", "not the password"),
        refused("Incorrect password."),
        ...tryToConnect("support@tour.example", "open sesame"),
        { trigger: ".o_notification:contains(support@tour.example)" },
        {
            content: "it is there, and shown",
            trigger: "body:not(:has(.modal)) .o_maildesk_node_current:contains(Inbox)",
        },
        { trigger: ".o_maildesk_row:contains(Two pallets are missing)" },
        {
            content: "the menu's entry",
            trigger: ".o_menu_sections [data-menu-xmlid='maildesk.menu_connect']",
            run: "click",
        },
        ...tryToConnect("support@tour.example", "open sesame"),
        refused("You already have access to this mailbox."),
        ...tryToConnect("busy@tour.example", "open sesame"),
        refused("Too many attempts. Please try again in"),
        { trigger: ".modal .btn-close", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_maildesk_panes" },
    ],
});

tours.add("maildesk_leave", {
    steps: () => [
        { trigger: ".o_maildesk_folder:contains(Inbox)", run: "click" },
        { trigger: ".o_maildesk_row:contains(Two pallets are missing)", run: "click" },
        { trigger: ".o_maildesk_subject:contains(Two pallets are missing)" },
        { trigger: ".o_maildesk_account_menu .btn", run: "click" },
        { trigger: ".o_maildesk_leave", run: "click" },
        { content: "asked first", trigger: ".modal-title:contains(Leave Tour Support?)" },
        { trigger: ".modal-body:contains(use Connect Mailbox with its share password)" },
        { trigger: ".modal .btn-danger:contains(Leave mailbox)", run: "click" },
        {
            content: "tree, list and mail are gone by themselves; the way back is offered",
            trigger: ".o_maildesk_empty .btn:contains(Connect Mailbox)",
            run: "click",
        },
        ...tryToConnect("support@tour.example", "open sesame"),
        { trigger: "body:not(:has(.modal)) .o_maildesk_node_current:contains(Inbox)" },
    ],
});

let shownOnce = "";

tours.add("maildesk_regenerate", {
    steps: () => [
        { trigger: "button[name=action_regenerate_share_password]:contains(Regenerate)", run: "click" },
        { trigger: ".modal-body:contains(The old one stops working)" },
        { trigger: ".modal .btn-primary:contains(Ok)", run: "click" },
        {
            content: "shown once",
            trigger: ".modal-title:contains(New Share Password)",
        },
        {
            trigger: ".modal .o_maildesk_share_password",
            run() {
                shownOnce = this.anchor.textContent.trim();
                if (!/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/.test(shownOnce)) {
                    throw new Error("no strong password");
                }
            },
        },
        { trigger: ".modal .btn-primary:contains(Done)", run: "click" },
        {
            content: "and nowhere any more",
            trigger: "body:not(:has(.modal)) .o_form_view:contains(It cannot be shown again)",
            run() {
                const { body } = document;
                const kept = JSON.stringify([{ ...browser.localStorage }, { ...browser.sessionStorage }]);
                const typed = [...body.querySelectorAll("input")].map((input) => input.value);
                if ([body.textContent, kept, ...typed].some((text) => text.includes(shownOnce))) {
                    throw new Error("the password is still there");
                }
            },
        },
    ],
});
