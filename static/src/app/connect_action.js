import { registry } from "@web/core/registry";
import { ConnectMailboxDialog } from "../components/connect_mailbox_dialog/connect_mailbox_dialog";
import { MaildeskApp } from "./maildesk_app";

const APP_ACTION = "maildesk.maildesk_app_action";

/** The app, unless it is what is on screen already. */
async function showApp(env) {
    const current = env.services.action.currentController;
    if (current?.Component !== MaildeskApp) {
        await env.services.action.doAction(APP_ACTION, { clearBreadcrumbs: true });
    }
}

/** Ask for a shared mailbox over whatever is on screen; once joined, it is shown in the app. */
export function openConnectDialog(env) {
    env.services.dialog.add(ConnectMailboxDialog, {
        onConnected: async (accountId) => {
            await env.services.maildesk.store.showAccount(accountId);
            await showApp(env);
        },
    });
}

/** The menu entry. By its address alone, without a screen to stand over, the app comes first. */
export async function connectMailboxAction(env) {
    if (!env.services.action.currentController) {
        await showApp(env);
    }
    openConnectDialog(env);
}

registry.category("actions").add("maildesk.connect_mailbox", connectMailboxAction);
