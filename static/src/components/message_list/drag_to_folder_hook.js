import { onWillUnmount } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { makeDraggableHook } from "@web/core/utils/draggable_hook_builder_owl";
import { pick } from "@web/core/utils/objects";
import { isFitFor, moveTargets } from "../../core/acts/act_rules";

/** Pixels between the pointer and what it drags. */
const OFFSET = 14;

/** A row itself stays in its place: the list is drawn by offsets, and cut off at its edges. */
const useRowDrag = makeDraggableHook({
    name: "useRowDrag",
    onComputeParams: ({ ctx }) => {
        ctx.followCursor = false;
    },
    onWillStartDrag: ({ ctx }) => {
        // it is the tree that scrolls when the pointer comes to its edge
        ctx.current.container = document.querySelector(".o_maildesk_tree_body") ?? ctx.ref.el;
    },
    onDragStart: ({ ctx }) => pick(ctx.current, "element"),
    onDrag: ({ ctx }) => pick(ctx.current, "element"),
    onDragEnd: ({ ctx }) => pick(ctx.current, "element"),
    onDrop: ({ ctx }) => pick(ctx.current, "element"),
});

/** What hangs on the pointer while rows are dragged, and the folder below it. */
class FolderDrag {
    /** @type {HTMLElement|null} */
    target = null;

    begin(words, params) {
        this.ghost = document.createElement("div");
        this.ghost.className = "o_maildesk_ghost";
        this.ghost.textContent = words;
        document.querySelector(".o_maildesk").append(this.ghost);
        this.follow(params);
    }

    follow({ x, y }) {
        this.ghost.style.transform = `translate(${x + OFFSET}px, ${y + OFFSET}px)`;
    }

    /** Let a folder of the tree take what is dragged. */
    admit(node, { addClass, addListener }) {
        addClass(node, "o_maildesk_droppable");
        addListener(node, "pointerenter", () => {
            this.target = node;
            node.classList.add("o_maildesk_drop_here");
        });
        addListener(node, "pointerleave", () => this.leave());
    }

    leave() {
        this.target?.classList.remove("o_maildesk_drop_here");
        this.target = null;
    }

    end() {
        this.leave();
        this.ghost?.remove();
    }
}

const folderIdOf = (node) => Number(node.dataset.folderId);

/** The rows that go with one that is dragged: a ticked one takes the others along. */
function draggedRows(store, element) {
    const id = Number(element.dataset.id);
    const { selectedRows, list } = store;
    const isTicked = selectedRows.some((row) => row.id === id);
    return isTicked ? selectedRows : list.rows.filter((row) => row.id === id);
}

/** Folders that rows can be dropped on: those of their mailbox, where they have one in common. */
function dropTargets(store, rows) {
    const [{ account_id: accountId }] = rows;
    const isMovable = rows.every(
        (row) => row.account_id === accountId && isFitFor("move", row, store.placeOf(row))
    );
    return isMovable ? moveTargets(store.account(accountId), null) : [];
}

/**
 * Drag rows onto a folder of the tree.
 *
 * @param {{ el: HTMLElement|null }} ref what holds the rows
 * @param {import("../../core/maildesk_store").MaildeskStore} store
 * @param {() => boolean} enable
 */
export function useDragToFolder(ref, store, enable) {
    const drag = new FolderDrag();
    useRowDrag({
        ref,
        enable,
        elements: ".o_maildesk_row",
        ignore: "button",
        onDragStart(params) {
            const rows = draggedRows(store, params.element);
            const words =
                rows.length === 1
                    ? rows[0].subject || _t("No subject")
                    : _t("%s messages", rows.length);
            drag.begin(words, params);
            const ids = new Set(dropTargets(store, rows).map((folder) => folder.id));
            for (const node of document.querySelectorAll(".o_maildesk_folder")) {
                if (ids.has(folderIdOf(node))) {
                    drag.admit(node, params);
                }
            }
            params.addClass(document.querySelector(".o_maildesk_tree"), "o_maildesk_dropping");
        },
        onDrag: (params) => drag.follow(params),
        onDrop({ element }) {
            if (drag.target) {
                store.acts.perform("move", draggedRows(store, element), {
                    targetId: folderIdOf(drag.target),
                    isAdvancing: true,
                });
            }
        },
        onDragEnd: () => drag.end(),
    });
    onWillUnmount(() => drag.end());
}
