import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * What can be done with the mail in the reading pane, as data, so that other files and modules add to it.
 *
 * @typedef {Object} MessageAction
 * @property {string} label
 * @property {string} icon a Font Awesome class
 * @property {(context: MessageActionContext) => boolean} [isAvailable]
 * @property {(context: MessageActionContext) => any} [run] called on click
 * @property {(context: MessageActionContext) => string} [download] address of a file, instead of `run`
 *
 * @typedef {{ message: object, reader: import("./reader").Reader, env: object }} MessageActionContext
 */
export const messageActions = registry.category("maildesk.message_actions");

messageActions.add(
    "print",
    {
        label: _t("Print"),
        icon: "fa-print",
        isAvailable: ({ reader }) => reader.status === "ready",
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
        isAvailable: ({ message }) => Boolean(message.source_url),
        download: ({ message }) => message.source_url,
    },
    { sequence: 90 }
);
