import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { isFitFor, isForGood, moveTargets } from "./act_rules";
import { pickFolder } from "../tree/folder_picker";
import { messageCommands } from "./message_commands";

const EVERYWHERE = ["reader", "row", "bulk"];

/** Those of the mails an act makes sense for. */
function fitting(act, { rows, store }) {
    return rows.filter((row) => isFitFor(act, row, store.placeOf(row)));
}

/** With panes side by side the next mail takes the place of one that goes away; on a phone the list does. */
function perform(act, context, options) {
    const { store, env } = context;
    return store.acts.perform(act, fitting(act, context), {
        isAdvancing: !env.isSmall,
        ...options,
    });
}

function add(act, sequence, command) {
    messageCommands.add(
        act,
        {
            isAvailable: (context) => fitting(act, context).length > 0,
            run: (context) => perform(act, context),
            ...command,
        },
        { sequence }
    );
}

const isLast = ({ rows, store }) => rows.some((row) => isForGood("delete", store.placeOf(row)));

function deleteForGood(context) {
    const count = context.rows.length;
    context.env.services.dialog.add(ConfirmationDialog, {
        title: _t("Delete for good"),
        body:
            count === 1
                ? _t("This message will be deleted from the mail server, too. It cannot be undone.")
                : _t(
                      "These %s messages will be deleted from the mail server, too. It cannot be undone.",
                      count
                  ),
        confirmLabel: _t("Delete for good"),
        confirmClass: "btn-danger",
        confirm: () => {
            perform("delete", context);
        },
        cancel: () => {},
    });
}

/** The mailbox of all the mails, where they have one in common: mail moves within its mailbox. */
function commonAccount({ rows, store }) {
    const ids = new Set(rows.map((row) => row.account_id));
    return ids.size === 1 ? store.account([...ids][0]) : undefined;
}

function move(context) {
    const { rows, env } = context;
    const account = commonAccount(context);
    const sources = new Set(rows.map((row) => row.folder_id));
    const fromId = sources.size === 1 ? rows[0].folder_id : null;
    pickFolder(env, account, moveTargets(account, fromId), (folder) =>
        perform("move", context, { targetId: folder.id })
    );
}

add("archive", 10, {
    label: _t("Archive"),
    icon: "fa-archive",
    places: EVERYWHERE,
    keys: ["E"],
});

add("junk", 45, {
    label: _t("Junk"),
    icon: "fa-ban",
    places: ["reader", "bulk"],
    keys: ["!"],
});

add("not_junk", 11, {
    label: _t("Not junk"),
    icon: "fa-check-circle-o",
    places: EVERYWHERE,
    keys: ["!"],
});

add("delete", 20, {
    label: (context) => (isLast(context) ? _t("Delete for good") : _t("Delete")),
    icon: "fa-trash-o",
    places: EVERYWHERE,
    keys: ["#", "Delete"],
    run: (context) => (isLast(context) ? deleteForGood(context) : perform("delete", context)),
});

add("read", 30, {
    label: _t("Mark as read"),
    icon: "fa-envelope-open-o",
    places: EVERYWHERE,
    keys: ["Shift+I"],
});

add("unread", 31, {
    label: _t("Mark as unread"),
    icon: "fa-envelope-o",
    places: EVERYWHERE,
    keys: ["Shift+U"],
    insteadOf: "read",
    run: async (context) => {
        const { store, env, reader, rows } = context;
        if (env.isSmall && rows.some((row) => row.id === reader.id)) {
            // staying would leave a mail open that is to be read another time
            store.close();
        }
        await perform("unread", context);
    },
});

add("move", 40, {
    label: _t("Move to…"),
    icon: "fa-folder-open-o",
    places: ["reader", "bulk"],
    keys: ["V"],
    isAvailable: (context) => commonAccount(context) && fitting("move", context).length > 0,
    run: move,
});

add("star", 50, {
    label: _t("Star"),
    icon: "fa-star-o",
    places: ["reader", "bulk"],
    keys: ["S"],
});

add("unstar", 51, {
    label: _t("Remove the star"),
    icon: "fa-star",
    places: ["reader", "bulk"],
    keys: ["S"],
    insteadOf: "star",
});
