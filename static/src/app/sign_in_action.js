import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SignInWindows } from "../core/setup/sign_in_windows";

/** What is on screen shows what has become of a sign-in that went on beside it. */
export const signInService = {
    dependencies: ["action", "notification"],

    start(env, { action, notification }) {
        return new SignInWindows({
            onDone() {
                notification.add(_t("The mailbox is signed in. Its mail comes in the background."), {
                    type: "success",
                });
                return action.doAction("soft_reload");
            },
            onLeft() {
                notification.add(_t("The sign-in was not finished. Nothing has changed."), {
                    type: "warning",
                });
            },
        });
    },
};

registry.category("services").add("maildesk_sign_in", signInService);

/** What the server answers to a Connect or Reconnect button. */
export function signInAction(env, { params }) {
    env.services.maildesk_sign_in.open(params.account_id, params.url);
}

registry.category("actions").add("maildesk.sign_in", signInAction);
