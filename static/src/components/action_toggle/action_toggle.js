import { registry } from "@web/core/registry";
import {
    listBooleanToggleField,
    ListBooleanToggleField,
} from "@web/views/fields/boolean_toggle/list_boolean_toggle_field";

/** A Mailbox Action of one person in one mailbox, which tells where it is off in all of them anyway. */
export class ActionToggle extends ListBooleanToggleField {
    static template = "maildesk.ActionToggle";

    get isOffEverywhere() {
        const { data } = this.props.record;
        return Boolean(data.off_everywhere?.[this.props.name]);
    }
}

registry.category("fields").add("maildesk_action_toggle", {
    ...listBooleanToggleField,
    component: ActionToggle,
    fieldDependencies: [{ name: "off_everywhere", type: "json" }],
});
