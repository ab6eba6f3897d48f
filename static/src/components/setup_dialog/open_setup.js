import { SetupDialog } from "./setup_dialog";

/**
 * Ask for an address over the app, which shows the mailbox once it is connected.
 *
 * @param {import("@web/env").OdooEnv} env
 * @param {{ isPersonal: boolean, email?: string }} props of the dialog
 */
export function openSetup(env, props) {
    env.services.dialog.add(SetupDialog, {
        ...props,
        onConnected: (accountId) => env.services.maildesk.store.showAccount(accountId),
    });
}
