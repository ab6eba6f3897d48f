import { Component } from "@odoo/owl";

/** What stands where nothing is: why, and what to do about it (the slot). */
export class EmptyState extends Component {
    static template = "maildesk.EmptyState";
    static props = {
        icon: String,
        title: { type: [String, Object] },
        text: { type: [String, Object], optional: true },
        slots: { type: Object, optional: true },
    };
}
