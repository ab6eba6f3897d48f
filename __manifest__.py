{
    "name": "MailDesk",
    "summary": "Shared and personal mailboxes inside Odoo: read, answer and share email without sharing a password",
    "version": "19.0.1.0.0",
    "category": "Productivity",
    "author": "MailDesk contributors",
    "license": "LGPL-3",
    "depends": ["mail"],
    "external_dependencies": {
        "python": ["imapclient", "msal", "google-auth-oauthlib", "bleach", "nh3", "tinycss2"],
    },
    "data": [
        "security/maildesk_groups.xml",
        "security/ir.model.access.csv",
        "security/maildesk_rules.xml",
        "data/ir_cron_data.xml",
        "views/maildesk_access_views.xml",
        "views/maildesk_user_actions_views.xml",
        "views/res_users_views.xml",
        "views/maildesk_folder_setting_views.xml",
        "views/maildesk_incoming_server_views.xml",
        "views/maildesk_outgoing_server_views.xml",
        "views/maildesk_account_views.xml",
        "views/maildesk_log_views.xml",
        "views/maildesk_oauth_templates.xml",
        "views/res_config_settings_views.xml",
        "views/maildesk_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "maildesk/static/src/**/*",
        ],
        "web.assets_unit_tests": [
            "maildesk/static/tests/**/*",
            ("remove", "maildesk/static/tests/tours/**/*"),
        ],
        "web.assets_tests": [
            "maildesk/static/tests/tours/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
    "application": True,
}
