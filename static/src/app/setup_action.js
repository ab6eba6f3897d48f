import { registry } from "@web/core/registry";
import { SetupDialog } from "../components/setup_dialog/setup_dialog";

/** The administrators' button and menu: what is on screen shows the new mailbox. By its address alone, the list comes first. */
export async function setupAction(env) {
    const { action, dialog } = env.services;
    if (!action.currentController) {
        await action.doAction("maildesk.maildesk_account_action");
    }
    dialog.add(SetupDialog, { onConnected: () => action.doAction("soft_reload") });
}

registry.category("actions").add("maildesk.set_up", setupAction);
