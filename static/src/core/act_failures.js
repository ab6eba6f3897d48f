import { _t } from "@web/core/l10n/translation";
import { errorWords } from "./errors";

const FAILED = {
    read: _t("Could not be marked as read"),
    unread: _t("Could not be marked as unread"),
    star: _t("The star could not be set"),
    unstar: _t("The star could not be removed"),
    archive: _t("Could not be archived"),
    junk: _t("Could not be moved to Junk"),
    not_junk: _t("Could not be moved to the Inbox"),
    delete: _t("Could not be deleted"),
    move: _t("Could not be moved"),
};

/**
 * Tells the person what could not be done.
 *
 * @param {{ add: (message: string, options: object) => any }} notification Odoo's service
 * @returns {(step: import("./message_acts").Step, error: Error) => void}
 */
export function failureTeller(notification) {
    let told;
    return (step, error) => {
        // what went to the server in one request is refused in one
        if (error !== told) {
            told = error;
            notification.add(errorWords(error), {
                title: FAILED[step.act].toString(),
                type: "danger",
            });
        }
    };
}
