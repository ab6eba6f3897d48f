import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";

/** Refusals whose words are meant for the person. */
const SPOKEN = ["UserError", "AccessError", "MissingError", "ValidationError", "RedirectWarning"];

/** @param {Error} error */
export function isSpoken(error) {
    return error instanceof RPCError && SPOKEN.includes(error.exceptionName?.split(".").at(-1));
}

/**
 * What a pane says when it could not load.
 *
 * @param {Error} error
 * @returns {string}
 */
export function errorWords(error) {
    if (isSpoken(error)) {
        return error.data.message;
    }
    if (error instanceof ConnectionLostError) {
        return _t("Odoo cannot be reached right now. Check your connection.");
    }
    if (error instanceof RPCError && error.exceptionName === "odoo.http.SessionExpiredException") {
        return _t("You are no longer signed in. Reload the page to sign in again.");
    }
    return _t("Something went wrong on the server. If it happens again, tell your administrator.");
}
