import { Component } from "@odoo/owl";
import { folderCount, folderIcon, folderLabel } from "../../core/tree/folders";

/** A folder in the tree, with those below it. */
export class FolderNode extends Component {
    static template = "maildesk.FolderNode";
    static props = {
        node: Object,
        level: Number,
        currentId: { type: [Number, { value: null }], optional: true },
        isClosed: Function,
        onToggle: Function,
        onSelect: Function,
        badge: Function,
    };

    get folder() {
        return this.props.node.folder;
    }

    get key() {
        return `f${this.folder.id}`;
    }

    get label() {
        return folderLabel(this.folder);
    }

    get icon() {
        return folderIcon(this.folder);
    }

    get count() {
        return folderCount(this.folder);
    }

    get hasUnread() {
        return this.folder.unread > 0 && !["drafts", "junk", "trash"].includes(this.folder.role);
    }

    get isOpen() {
        return !this.props.isClosed(this.key);
    }

    get indent() {
        return `--MailDesk-level: ${Math.min(this.props.level, 8)}`;
    }

    /** A folder that holds only folders opens and closes. */
    select() {
        if (this.folder.selectable) {
            this.props.onSelect(this.folder.id);
        } else {
            this.props.onToggle(this.key);
        }
    }
}
FolderNode.components = { FolderNode };
