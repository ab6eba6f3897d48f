import { Component } from "@odoo/owl";
import { avatarColor, initials } from "../../core/formats";

/** Initials on a colour that stays the same for an address. */
export class SenderAvatar extends Component {
    static template = "maildesk.SenderAvatar";
    static props = { name: String, email: String, small: { type: Boolean, optional: true } };

    get color() {
        return avatarColor(this.props.email || this.props.name);
    }

    get initials() {
        return initials(this.props.name || this.props.email);
    }
}
