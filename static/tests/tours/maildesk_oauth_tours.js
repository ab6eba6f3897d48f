import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("maildesk_connect_gmail", {
    steps: () => [
        { trigger: "body:not(:has(button[name=action_connect_microsoft])) .o_form_view" },
        {
            content: "off to the provider, whose page knows who is signed in, and back",
            trigger: "button[name=action_connect_google]:contains('Connect Gmail (OAuth)')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the page that says how it went leads back by itself",
            trigger: "[name=oauth_email]:contains(anna@example.com)",
        },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains(Connected)" },
        { trigger: "button[name=action_disconnect]:contains(Disconnect)" },
        { trigger: "body:not(:has(button[name=action_connect_google]))" },
    ],
});
