import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";

/** Refusals whose words are meant for the person. */
const SPOKEN = ["UserError", "AccessError", "MissingError", "ValidationError", "RedirectWarning"];

/** The server refused one thing of several, and its message says why. */
export class Refusal extends Error {}

/** @param {Error} error */
export function isSpoken(error) {
    return error instanceof RPCError && SPOKEN.includes(error.exceptionName?.split(".").at(-1));
}

/** No answer came: Odoo, or the network on the way to it, is down. */
export function isLost(error) {
    return error instanceof ConnectionLostError;
}

/** The session has ended. */
export function isSignedOut(error) {
    return error instanceof RPCError && error.exceptionName === "odoo.http.SessionExpiredException";
}

/** Whether the same question may be answered a little later; a refusal stays one. */
export function isTransient(error) {
    return isLost(error) || (error instanceof RPCError && !isSpoken(error));
}

/**
 * What a pane says when it could not load.
 *
 * @param {Error} error
 * @returns {string}
 */
export function errorWords(error) {
    if (error instanceof Refusal) {
        return error.message;
    }
    if (isSpoken(error)) {
        return error.data.message;
    }
    if (isLost(error)) {
        return _t("Odoo cannot be reached right now. Check your connection.");
    }
    if (isSignedOut(error)) {
        return _t("You are no longer signed in. Reload the page to sign in again.");
    }
    return _t("Something went wrong on the server. If it happens again, tell your administrator.");
}
