import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

/** Seconds that are not worth counting. */
const NOW = 10;

/** How long ago something was, or how soon it will be, in words; the exact moment is its tooltip. */
export class RelativeTimeField extends Component {
    static template = "maildesk.RelativeTimeField";
    static props = { ...standardFieldProps };

    get moment() {
        return this.props.record.data[this.props.name];
    }

    get words() {
        const isNow = Math.abs(this.moment.diffNow("seconds").seconds) < NOW;
        return isNow ? _t("just now") : this.moment.toRelative();
    }

    get title() {
        return this.moment.toLocaleString(DateTime.DATETIME_MED_WITH_WEEKDAY);
    }
}

registry.category("fields").add("maildesk_relative_time", {
    component: RelativeTimeField,
    displayName: _t("Relative time"),
    supportedTypes: ["datetime"],
});
