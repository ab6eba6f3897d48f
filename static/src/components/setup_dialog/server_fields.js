import { Component, useState } from "@odoo/owl";
import { useAutofocus } from "@web/core/utils/hooks";
import { encryptions } from "../../core/setup/setup";

/** One server of the advanced settings. */
export class ServerFields extends Component {
    static template = "maildesk.ServerFields";
    static props = {
        /** `incoming` or `outgoing` */
        way: String,
        /** the fields' values, changed in place */
        server: Object,
        label: { type: [String, Object] },
        placeholder: String,
        idPrefix: String,
        isReadonly: Boolean,
        isFirst: { type: Boolean, optional: true },
        describedBy: { type: String, optional: true },
    };

    setup() {
        this.server = useState(this.props.server);
        if (this.props.isFirst) {
            useAutofocus({ refName: "host" });
        }
    }

    get encryptions() {
        return encryptions(this.server.encryption);
    }
}
