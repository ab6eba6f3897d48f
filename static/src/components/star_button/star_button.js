import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { isFitFor } from "../../core/acts/act_rules";

/** A mail's star: shown, set and removed in one place. */
export class StarButton extends Component {
    static template = "maildesk.StarButton";
    static props = {
        row: Object,
        /** the keyboard reaches a row as a whole, not what is in it */
        isInRow: { type: Boolean, optional: true },
    };

    setup() {
        // not observed: whoever shows the row hands it in anew when it changes
        this.store = useService("maildesk").store;
    }

    get isStarred() {
        return this.props.row.is_starred;
    }

    get hint() {
        return this.isStarred ? _t("Remove the star (S)") : _t("Star (S)");
    }

    toggle() {
        const { row } = this.props;
        const act = this.isStarred ? "unstar" : "star";
        if (isFitFor(act, row, this.store.placeOf(row))) {
            this.store.acts.perform(act, [row]);
        }
    }
}
