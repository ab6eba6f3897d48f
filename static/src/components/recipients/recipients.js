import { Component } from "@odoo/owl";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { _t } from "@web/core/l10n/translation";
import { fullAddress, fullDate } from "../../core/formats";
import { formatBytes } from "../../core/sizes";

/** Everybody a mail names, each address to be copied. */
export class Recipients extends Component {
    static template = "maildesk.Recipients";
    static components = { CopyButton };
    static props = { message: Object };

    get lines() {
        const { from, reply_to: replyTo, to, cc, bcc } = this.props.message;
        // an answer that goes somewhere else than to the sender is worth a line
        const elsewhere = replyTo.filter((address) => address.email !== from.email);
        return [
            { label: _t("From"), addresses: from.email || from.name ? [from] : [] },
            { label: _t("Reply to"), addresses: elsewhere },
            { label: _t("To"), addresses: to },
            { label: _t("Cc"), addresses: cc },
            { label: _t("Bcc"), addresses: bcc },
        ].filter((line) => line.addresses.length);
    }

    get date() {
        return fullDate(this.props.message.date);
    }

    get size() {
        return formatBytes(this.props.message.size);
    }

    full(address) {
        return fullAddress(address);
    }
}
