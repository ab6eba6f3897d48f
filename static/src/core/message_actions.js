import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * What can be done with mails, as data, so that other files and modules add to it.
 *
 * @typedef {Object} MessageAction
 * @property {string|((context: MessageActionContext) => string)} label
 * @property {string} icon a Font Awesome class
 * @property {string[]} [places] where it is offered: `reader` (its toolbar, the default), `row` (a row under the mouse), `bulk`
 *     (above ticked rows)
 * @property {string[]} [keys] keys that do it, see `keyName` in shortcuts.js; the first one is told
 * @property {string} [insteadOf] name of an action that this one is left out for, where both are available
 * @property {(context: MessageActionContext) => boolean} [isAvailable]
 * @property {(context: MessageActionContext) => any} [run] called on click
 * @property {(context: MessageActionContext) => string} [download] address of a file, instead of `run`
 *
 * @typedef {Object} MessageActionContext
 * @property {object[]} rows the mails it is about, as the list shows them
 * @property {object|null} message the mail being read, where it is about that and it is there
 * @property {import("./reader").Reader} reader
 * @property {import("./maildesk_store").MaildeskStore} store
 * @property {object} env
 */
export const messageActions = registry.category("maildesk.message_actions");

/**
 * The actions a place offers.
 *
 * @param {"reader"|"row"|"bulk"} place
 * @param {MessageActionContext} context
 * @returns {object[]} actions with `name`, `label` and `hint` (the label with its key)
 */
export function offeredActions(place, context) {
    const available = messageActions
        .getEntries()
        .filter(([, { places = ["reader"] }]) => places.includes(place))
        .filter(([, action]) => !action.isAvailable || action.isAvailable(context));
    const names = new Set(available.map(([name]) => name));
    return available
        .filter(([, { insteadOf }]) => !names.has(insteadOf))
        .map(([name, action]) => {
            const { label: words, keys = [] } = action;
            const label = (typeof words === "function" ? words(context) : words).toString();
            return { ...action, name, label, hint: keys.length ? `${label} (${keys[0]})` : label };
        });
}

/**
 * The action a key stands for.
 *
 * @param {string} key
 * @param {MessageActionContext} context
 */
export function actionOfKey(key, context) {
    return messageActions
        .getAll()
        .find(
            ({ keys, isAvailable }) => keys?.includes(key) && (!isAvailable || isAvailable(context))
        );
}

messageActions.add(
    "print",
    {
        label: _t("Print"),
        icon: "fa-print",
        isAvailable: ({ message, reader }) => message && reader.status === "ready",
        // a frame without an origin cannot be printed from outside: the mail gets a page of its own
        run: ({ reader }) => {
            const url = new URL(reader.frameUrl, browser.location.origin);
            url.searchParams.set("print", "1");
            browser.open(url.href, "_blank", "noopener,noreferrer");
        },
    },
    { sequence: 80 }
);

messageActions.add(
    "source",
    {
        label: _t("Download source"),
        icon: "fa-code",
        isAvailable: ({ message }) => Boolean(message?.source_url),
        download: ({ message }) => message.source_url,
    },
    { sequence: 90 }
);
