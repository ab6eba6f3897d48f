import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const row = (subject) => `.o_maildesk_row:contains("${subject}")`;
const open = (subject) => [
    { trigger: row(subject), run: "click" },
    { trigger: `.o_maildesk_subject:contains("${subject}")` },
];
const remove = (name) => [
    { trigger: `.o_data_row:contains("${name}") .o_data_cell`, run: "click" },
    { trigger: ".o_form_view .o_statusbar_buttons button[name=action_remove_mailbox]", run: "click" },
];

tours.add("maildesk_link", {
    steps: () => [
        ...open("Order 1"),
        { trigger: ".o_maildesk_command_link", run: "click" },
        { trigger: ".modal .o_maildesk_link_kind input", run: "click" },
        { trigger: ".o_select_menu_item:contains(Contact)", run: "click" },
        { trigger: ".modal .o_maildesk_link_record input", run: "edit Rosa Del" },
        { trigger: ".o-autocomplete--dropdown-item:contains(Rosa Delgado)", run: "click" },
        { trigger: ".modal .o_maildesk_link_confirm:enabled", run: "click" },
        {
            content: "the record it belongs to is shown",
            trigger: "body:not(:has(.modal)) .o_maildesk_link:contains(Rosa Delgado)",
        },
    ],
});

tours.add("maildesk_remove_archive", {
    steps: () => [
        ...remove("Tour Orders"),
        { trigger: ".modal:contains(Nothing on the mail server is touched)" },
        { trigger: ".modal .modal-footer .btn-danger:contains(Remove Mailbox)", run: "click" },
        {
            content: "it says what it is now",
            trigger: "body:not(:has(.modal)) .o_form_view .alert-info:contains(was removed)",
        },
    ],
});

tours.add("maildesk_read_archive", {
    steps: () => [
        { trigger: ".o_maildesk_account:has(.o_maildesk_archive_title:contains(Archive))" },
        { trigger: ".o_maildesk_archive_title ~ * .o_maildesk_folder[data-role=archive]", run: "click" },
        ...open("Order 1"),
        { trigger: ".o_maildesk_link:contains(Rosa Delgado)" },
        {
            content: "nothing is offered that would need a server",
            trigger: ".o_maildesk_toolbar:has(.o_maildesk_command_link):not(:has(.o_maildesk_command_delete))",
        },
        { trigger: `.o_maildesk_list:not(:has(${row("Order 2")}))` },
    ],
});

tours.add("maildesk_remove_everything", {
    steps: () => [
        ...remove("Tour Orders"),
        { trigger: ".modal .o_radio_item:contains(Delete everything) input", run: "click" },
        { trigger: ".modal .o_maildesk_typed_email input", run: "edit wrong@tour.example" },
        { trigger: ".modal .btn-danger:contains(Delete everything)", run: "click" },
        {
            trigger: ".modal:contains(type the address of this mailbox) .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "the question is still there",
            trigger: ".modal .o_maildesk_typed_email input",
            run: "edit orders@tour.example",
        },
        { trigger: ".modal .btn-danger:contains(Delete everything)", run: "click" },
        {
            content: "back to the list, where it is no longer",
            trigger: "body:not(:has(.modal)) .o_list_view:not(:contains(Tour Orders))",
        },
    ],
});
