import { Component, onWillUnmount, useEffect, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { folderLabel } from "../../core/tree/folders";

/** Milliseconds in which a step can be undone. */
export const UNDO_TIME = 7000;

const DONE = {
    archive: (count) => (count === 1 ? _t("Archived") : _t("%s messages archived", count)),
    junk: (count) => (count === 1 ? _t("Moved to Junk") : _t("%s messages moved to Junk", count)),
    not_junk: (count) =>
        count === 1 ? _t("Moved to the Inbox") : _t("%s messages moved to the Inbox", count),
    delete: (count) =>
        count === 1 ? _t("Moved to Trash") : _t("%s messages moved to Trash", count),
    move: (count, folder) =>
        count === 1
            ? _t("Moved to %s", folder)
            : _t("%(count)s messages moved to %(folder)s", { count, folder }),
};

/** What was just done, and the way back. */
export class UndoBar extends Component {
    static template = "maildesk.UndoBar";
    static props = {};

    setup() {
        this.acts = useState(useService("maildesk").store.acts);
        let timer;
        useEffect(
            (step) => {
                browser.clearTimeout(timer);
                if (step) {
                    timer = browser.setTimeout(() => this.dismiss(), UNDO_TIME);
                }
            },
            () => [this.acts.last]
        );
        onWillUnmount(() => {
            browser.clearTimeout(timer);
            this.dismiss();
        });
    }

    get words() {
        const { act, before, targetId } = this.acts.last;
        const folder = this.acts.store.folder(targetId);
        const count = before.length === 1 ? 1 : formatInteger(before.length);
        return DONE[act](count, folder ? folderLabel(folder) : "");
    }

    dismiss() {
        this.acts.last = null;
    }
}
