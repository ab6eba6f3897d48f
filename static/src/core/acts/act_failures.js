import { _t } from "@web/core/l10n/translation";
import { SEND_DAYS } from "./act_storage";
import { errorWords } from "../errors";

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
 */
export function failureTeller(notification) {
    let told;
    return {
        /**
         * @param {string} act
         * @param {Error} error
         */
        failed(act, error) {
            // what was refused together is told together
            if (error !== told) {
                told = error;
                notification.add(errorWords(error), {
                    title: FAILED[act].toString(),
                    type: "danger",
                });
            }
        },
        /** @param {number} count of acts that could not be sent for SEND_DAYS */
        expired(count) {
            const words =
                count === 1
                    ? _t(
                          "A change you made to a mail more than %s days ago could not be sent and was given up. Please check your mail.",
                          SEND_DAYS
                      )
                    : _t(
                          "%(count)s changes you made to mails more than %(days)s days ago could not be sent and were given up. Please check your mail.",
                          { count, days: SEND_DAYS }
                      );
            notification.add(words, { type: "warning", sticky: true });
        },
    };
}
