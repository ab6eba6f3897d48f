import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { fullDate, headerNames, smartDate } from "../../core/formats";
import { offeredCommands } from "../../core/acts/message_commands";
import { SenderAvatar } from "../sender_avatar/sender_avatar";
import { StarButton } from "../star_button/star_button";

/** One mail in the list. Every word of it is a stranger's, and plain text. */
export class MessageRow extends Component {
    static template = "maildesk.MessageRow";
    static components = { SenderAvatar, StarButton };
    static props = {
        row: Object,
        isSelected: Boolean,
        isTicked: Boolean,
        isOutgoing: Boolean,
        isFresh: Boolean,
        origin: { type: String, optional: true },
        onOpen: Function,
        onTick: Function,
    };

    setup() {
        // not observed: a row is drawn again when it changes itself
        this.store = useService("maildesk").store;
    }

    get names() {
        return headerNames(this.props.row.to);
    }

    get who() {
        if (!this.props.isOutgoing) {
            return this.props.row.from_name || this.props.row.from_email || _t("Unknown sender");
        }
        const names = this.names.slice(0, 3).join(", ");
        return names ? _t("To: %s", names) : _t("No recipients");
    }

    /** The face of a sent mail is whom it went to. */
    get face() {
        const { row, isOutgoing } = this.props;
        return isOutgoing
            ? { name: this.names[0] || "", email: "" }
            : { name: row.from_name, email: row.from_email };
    }

    get subject() {
        return this.props.row.subject || _t("No subject");
    }

    get date() {
        return smartDate(this.props.row.date);
    }

    get fullDate() {
        return fullDate(this.props.row.date);
    }

    // -------------------------------------------------------------------------
    // What can be done with it
    // -------------------------------------------------------------------------

    get context() {
        const { store, env } = this;
        return { rows: [this.props.row], message: null, reader: store.reader, store, env };
    }

    get commands() {
        return offeredCommands("row", this.context);
    }
}
