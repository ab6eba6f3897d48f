import { Component, onPatched, onWillPatch, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { user } from "@web/core/user";
import { fullDate, recipientSummary, smartDate } from "../../core/formats";
import { CommandBar } from "../command_bar/command_bar";
import { AttachmentCards } from "../attachment_cards/attachment_cards";
import { EmptyState } from "../empty_state/empty_state";
import { LinkChips } from "../link_chips/link_chips";
import { LoadError } from "../load_error/load_error";
import { Recipients } from "../recipients/recipients";
import { SenderAvatar } from "../sender_avatar/sender_avatar";
import { StarButton } from "../star_button/star_button";

/** Icons a phone has room for, beside those for going back and forth; and any other screen. */
const PHONE_ICONS = 4;
const ICONS = 10;

/**
 * The mail being read.
 *
 * Its body never becomes part of this page: it is a document of the server's in a frame without scripts and without an
 * origin. So the frame cannot tell how high it is; it takes the room there is and scrolls by itself.
 */
export class Reader extends Component {
    static template = "maildesk.Reader";
    static components = {
        CommandBar,
        AttachmentCards,
        EmptyState,
        LinkChips,
        LoadError,
        Recipients,
        SenderAvatar,
        StarButton,
    };
    static props = { onBack: { type: Function, optional: true } };

    setup() {
        this.store = useState(useService("maildesk").store);
        this.reader = this.store.reader;
        this.state = useState({ areDetailsOpen: false, loadedUrl: "" });
        let shownId = this.reader.id;
        onWillUpdateProps(() => {
            if (shownId !== this.reader.id) {
                shownId = this.reader.id;
                this.state.areDetailsOpen = false;
            }
        });
        this._useFocus();
    }

    /** The keyboard stays in the pane when the button it was on goes away. */
    _useFocus() {
        const root = useRef("root");
        let hadFocus = false;
        onWillPatch(() => {
            hadFocus = root.el.contains(document.activeElement);
        });
        onPatched(() => {
            if (hadFocus && !root.el.contains(document.activeElement)) {
                root.el.focus({ preventScroll: true });
            }
        });
    }

    get message() {
        return this.reader.message;
    }

    /** Flags as they are now, where the list follows them. */
    get flags() {
        return this.store.readingRow ?? this.message ?? {};
    }

    get from() {
        const { row } = this.reader;
        return this.message?.from ?? { name: row?.from_name || "", email: row?.from_email || "" };
    }

    get senderName() {
        return this.from.name || this.from.email || _t("Unknown sender");
    }

    get subject() {
        return (
            (this.message ?? this.reader.row)?.subject ||
            (this.message || this.reader.row ? _t("No subject") : "")
        );
    }

    get date() {
        return smartDate((this.message ?? this.reader.row)?.date);
    }

    get fullDate() {
        return fullDate((this.message ?? this.reader.row)?.date);
    }

    get recipients() {
        const own = [this.store.readingAccount?.email, user.login]
            .filter(Boolean)
            .map((email) => email.toLowerCase());
        return recipientSummary(this.message, new Set(own));
    }

    get hasBlockedImages() {
        return (
            this.message?.blocked_images > 0 &&
            this.message.image_policy !== "always" &&
            !this.reader.showImages &&
            this.reader.status === "ready"
        );
    }

    get trackerWords() {
        const count = this.message.blocked_trackers;
        return count === 1 ? _t("1 tracker was removed") : _t("%s trackers were removed", count);
    }

    get context() {
        const { reader, store, env, message } = this;
        const row = store.readingRow;
        return { rows: row ? [row] : [], message, reader, store, env };
    }

    get iconLimit() {
        return this.env.isSmall ? PHONE_ICONS : ICONS;
    }

    showImages() {
        this.reader.showImages = true;
    }

    toggleDetails() {
        this.state.areDetailsOpen = !this.state.areDetailsOpen;
    }

    onFrameLoad() {
        this.state.loadedUrl = this.reader.frameUrl;
    }
}
