import { Component } from "@odoo/owl";

/** A folder in the list of those a mail can be moved to. */
export class FolderCommand extends Component {
    static template = "maildesk.FolderCommand";
    static props = {
        icon: String,
        // what the command palette hands to each of its lines
        slots: { type: Object, optional: true },
        name: { type: String, optional: true },
        searchValue: { type: String, optional: true },
        executeCommand: { type: Function, optional: true },
    };
}
