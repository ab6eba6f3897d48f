import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const row = (subject) => `.o_maildesk_row:contains("${subject}")`;
const folder = (role) => `.o_maildesk_folder[data-role=${role}]`;
const gone = (subject) => ({
    content: `${subject} is no longer in the list`,
    trigger: `.o_maildesk_list:not(:has(${row(subject)}))`,
});
const open = (subject) => [
    { trigger: row(subject), run: "click" },
    { trigger: `.o_maildesk_subject:contains("${subject}")` },
    { trigger: ".o_maildesk_toolbar .o_maildesk_command_print" },
];
const show = (role) => [
    { trigger: folder(role), run: "click" },
    { trigger: `${folder(role)}.o_maildesk_node_current` },
];
/** What is on screen is on the server, too; on a busy machine that takes its time. */
const saved = { trigger: ".o_maildesk[data-unsent='0']", timeout: 60000 };
/** Keys go to whatever has the keyboard: here the list. */
const key = (name) => ({ trigger: ".o_maildesk_scroller", run: `press ${name}` });

tours.add("maildesk_act_marks", {
    steps: () => [
        ...show("inbox"),
        { trigger: `${folder("inbox")} .o_maildesk_count:contains(4)` },
        ...open("Order 1"),
        {
            content: "who opens it has read it",
            trigger: `${row("Order 1")}:not(.o_maildesk_row_unread)`,
        },
        { trigger: `${folder("inbox")} .o_maildesk_count:contains(3)` },
        ...open("Order 2"),
        { trigger: ".o_maildesk_toolbar .o_maildesk_command_unread", run: "click" },
        {
            content: "marked as unread while open, it stays so",
            trigger: `${row("Order 2")}.o_maildesk_row_unread`,
        },
        { trigger: `${row("Order 3")} .o_maildesk_star_button`, run: "click" },
        { trigger: `${row("Order 3")} .o_maildesk_starred` },
        ...open("Order 1"),
        key("s"),
        { trigger: ".o_maildesk_reader .o_maildesk_starred" },
        saved,
    ],
});

tours.add("maildesk_act_archive", {
    steps: () => [
        ...show("inbox"),
        ...open("Order 3"),
        key("e"),
        gone("Order 3"),
        { content: "the next one is open", trigger: ".o_maildesk_subject:contains(Order 2)" },
        { trigger: ".o_maildesk_undo:contains(Archived) .o_maildesk_undo_button", run: "click" },
        { content: "it is back", trigger: row("Order 3") },
        ...open("Order 1"),
        { trigger: ".o_maildesk_toolbar .o_maildesk_command_archive", run: "click" },
        gone("Order 1"),
        ...show("archive"),
        { trigger: row("Order 1") },
        {
            content: "there is nothing to archive here",
            trigger: ".o_maildesk_list:not(:has(.o_maildesk_command_archive))",
        },
        saved,
    ],
});

tours.add("maildesk_act_move", {
    steps: () => [
        ...show("inbox"),
        ...open("Order 2"),
        key("v"),
        { trigger: ".o_command_palette input", run: "edit proj" },
        { trigger: ".o_command.focused:contains(Projects)" },
        { trigger: ".o_command_palette input", run: "press Enter" },
        gone("Order 2"),
        { trigger: ".o_maildesk_undo:contains(Moved to Projects)" },
        { trigger: ".o_maildesk_folder:contains(Projects)", run: "click" },
        { trigger: row("Order 2") },
        saved,
    ],
});

tours.add("maildesk_act_delete", {
    steps: () => [
        ...show("inbox"),
        ...open("Order 1"),
        key("#"),
        gone("Order 1"),
        ...open("Order 2"),
        { trigger: ".o_maildesk_toolbar .o_maildesk_command_delete", run: "click" },
        gone("Order 2"),
        ...show("trash"),
        ...open("Order 2"),
        { trigger: ".o_maildesk_toolbar .o_maildesk_command_delete", run: "click" },
        { trigger: ".modal .btn-danger:contains(Delete for good)", run: "click" },
        gone("Order 2"),
        { trigger: row("Order 1") },
        saved,
    ],
});

tours.add("maildesk_act_bulk", {
    steps: () => [
        ...show("inbox"),
        { trigger: `${row("Order 1")} .o_maildesk_tick`, run: "click" },
        { trigger: `${row("Order 3")} .o_maildesk_tick`, run: "click" },
        { trigger: ".o_maildesk_bulk_count:contains(2 selected)" },
        { trigger: ".o_maildesk_bulk_all", run: "click" },
        { trigger: ".o_maildesk_bulk_count:contains(4 selected)" },
        { trigger: `${row("Order 2")} .o_maildesk_tick`, run: "click" },
        { trigger: ".o_maildesk_bulk .o_maildesk_command_read", run: "click" },
        {
            content: "all but one are read",
            trigger: `${folder("inbox")} .o_maildesk_count:contains(1)`,
        },
        { trigger: ".o_maildesk_bulk .o_maildesk_more_commands", run: "click" },
        { trigger: ".o_maildesk_command_junk:contains(Junk)", run: "click" },
        gone("Order 1"),
        { trigger: row("Order 2") },
        { trigger: ".o_maildesk_undo:contains(3 messages moved to Junk)" },
        ...show("junk"),
        ...open("Order 3"),
        { trigger: ".o_maildesk_toolbar .o_maildesk_command_not_junk", run: "click" },
        gone("Order 3"),
        ...show("inbox"),
        { trigger: row("Order 3") },
        saved,
    ],
});

tours.add("maildesk_act_failed", {
    steps: () => [
        {
            trigger: ".o_maildesk_failed:contains(2 changes could not be made on the mail server)",
            run: "click",
        },
        { trigger: ".modal .o_maildesk_operation:contains(Order 1):contains(Move to Archive)" },
        {
            trigger: ".o_maildesk_operation:contains(Order 2) .o_maildesk_dismiss_operation",
            run: "click",
        },
        { trigger: ".modal:not(:has(.o_maildesk_operation:contains(Order 2)))" },
        { trigger: ".o_maildesk_operation:contains(Order 1):contains(The mailbox is full.)" },
        { trigger: ".modal .o_maildesk_retry_operation", run: "click" },
        {
            content: "nothing is left to show",
            trigger: "body:not(:has(.modal)) .o_maildesk_tree:not(:has(.o_maildesk_failed))",
        },
        ...show("archive"),
        { trigger: row("Order 1") },
        saved,
    ],
});
