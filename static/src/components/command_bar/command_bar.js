import { Component } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { offeredCommands } from "../../core/acts/message_commands";

/** What can be done with mails, as icons; what has no room is in a menu. */
export class CommandBar extends Component {
    static template = "maildesk.CommandBar";
    static components = { Dropdown, DropdownItem };
    static props = {
        place: String,
        context: Object,
        /** how many icons there is room for */
        limit: { type: Number, optional: true },
    };
    static defaultProps = { limit: Infinity };

    setup() {
        this.menu = useDropdownState();
    }

    get commands() {
        const all = offeredCommands(this.props.place, this.props.context);
        const { limit } = this.props;
        // a menu for a single command would take its room
        const count = all.length === limit + 1 ? limit + 1 : limit;
        return { icons: all.slice(0, count), more: all.slice(count) };
    }

    run(command) {
        return command.run(this.props.context);
    }
}
