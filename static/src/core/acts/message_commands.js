import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * What can be done with mails, as data, so that other files and modules add to it.
 *
 * @typedef {Object} MessageCommand
 * @property {string|((context: MessageCommandContext) => string)} label
 * @property {string} icon a Font Awesome class
 * @property {string[]} [places] where it is offered: `reader` (its toolbar, the default), `row` (a row under the mouse), `bulk`
 *     (above ticked rows)
 * @property {string[]} [keys] keys that do it, see `keyName` in shortcuts.js; the first one is told
 * @property {string} [insteadOf] name of a command that this one is left out for, where both are available
 * @property {(context: MessageCommandContext) => boolean} [isAvailable]
 * @property {(context: MessageCommandContext) => any} [run] called on click
 * @property {(context: MessageCommandContext) => string} [download] address of a file, instead of `run`
 *
 * @typedef {Object} MessageCommandContext
 * @property {object[]} rows the mails it is about, as the list shows them
 * @property {object|null} message the mail being read, where it is about that and it is there
 * @property {import("../reader/reader_model").ReaderModel} reader
 * @property {import("../maildesk_store").MaildeskStore} store
 * @property {object} env
 */
export const messageCommands = registry.category("maildesk.message_commands");

/**
 * The commands a place offers.
 *
 * @param {"reader"|"row"|"bulk"} place
 * @param {MessageCommandContext} context
 * @returns {object[]} commands with `name`, `label` and `hint` (the label with its key)
 */
export function offeredCommands(place, context) {
    const available = messageCommands
        .getEntries()
        .filter(([, { places = ["reader"] }]) => places.includes(place))
        .filter(([, command]) => !command.isAvailable || command.isAvailable(context));
    const names = new Set(available.map(([name]) => name));
    return available
        .filter(([, { insteadOf }]) => !names.has(insteadOf))
        .map(([name, command]) => {
            const { label: words, keys = [] } = command;
            const label = (typeof words === "function" ? words(context) : words).toString();
            return { ...command, name, label, hint: keys.length ? `${label} (${keys[0]})` : label };
        });
}

/**
 * The command a key stands for.
 *
 * @param {string} key
 * @param {MessageCommandContext} context
 */
export function commandOfKey(key, context) {
    return messageCommands
        .getAll()
        .find(
            ({ keys, isAvailable }) => keys?.includes(key) && (!isAvailable || isAvailable(context))
        );
}

messageCommands.add(
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

messageCommands.add(
    "source",
    {
        label: _t("Download source"),
        icon: "fa-code",
        isAvailable: ({ message }) => Boolean(message?.source_url),
        download: ({ message }) => message.source_url,
    },
    { sequence: 90 }
);
