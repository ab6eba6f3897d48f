import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("maildesk_settings", {
    steps: () => [
        { trigger: "[data-menu-xmlid='maildesk.menu_configuration']", run: "click" },
        { trigger: "[data-menu-xmlid='maildesk.menu_settings']", run: "click" },
        { trigger: "#history [name=maildesk_history]" },
        {
            content: "a value that cannot be is refused in words",
            trigger: "#page_size [name=maildesk_page_size] input",
            run: "edit 10",
        },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".modal:contains(Between 50 and 10000 messages)" },
        { trigger: ".modal .btn-primary", run: "click" },
        { trigger: "#page_size [name=maildesk_page_size] input", run: "edit 500" },
        { trigger: "#remote_images .o_radio_item:contains(Never) input", run: "click" },
        { trigger: ".o_form_button_save", run: "click" },
        {
            content: "saved, and shown anew",
            trigger: "body:not(:has(.o_dirty_warning)) #remote_images .o_radio_item:contains(Never) input:checked",
        },
        { trigger: "#google:contains(Not configured)" },
        {
            content: "secrets are system administrators'",
            trigger: "#allowed_hosts:not(:has(button))",
        },
    ],
});

tours.add("maildesk_health", {
    steps: () => [
        {
            content: "a mailbox that needs somebody is counted in the navigation bar",
            trigger: ".o_maildesk_health:contains(1) button",
            run: "click",
        },
        { trigger: ".o_facet_value:contains(Needs Attention)" },
        { trigger: ".o_data_row:contains(The password was changed)" },
        { trigger: "button[name=action_reconnect]", run: "click" },
        { trigger: ".o_notification:contains(connected again)" },
        { trigger: ".o_view_nocontent:contains(All is well)" },
        { trigger: ".o_facet_remove", run: "click" },
        { trigger: ".o_data_row:contains(Connected) button[name=action_sync_now]", run: "click" },
        { trigger: ".o_notification:contains(fetched in the background)" },
        { content: "a click on the line opens the mailbox", trigger: ".o_data_row td[name=name]", run: "click" },
        { trigger: ".o_form_view button[name=action_fetch_folders]" },
    ],
});
