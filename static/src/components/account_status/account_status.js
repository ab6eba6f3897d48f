import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { accountProblem } from "../../core/tree/account_problem";
import { smartDate } from "../../core/formats";
import { OperationsDialog } from "../operations_dialog/operations_dialog";

/** Below a mailbox's name: whatever is not as it should be, in words. */
export class AccountStatus extends Component {
    static template = "maildesk.AccountStatus";
    static props = { account: Object };

    setup() {
        this.dialog = useService("dialog");
    }

    get problem() {
        return accountProblem(this.props.account);
    }

    get nextTry() {
        const { next_try_at: nextTryAt } = this.props.account;
        return nextTryAt ? _t("Next try: %s", smartDate(nextTryAt)) : "";
    }

    /** While the first synchronisation fetches what was there before. */
    get progressWords() {
        const { loaded, remaining, percent } = this.props.account;
        return _t("Loading mail… %(percent)s % (%(loaded)s of %(total)s)", {
            percent,
            loaded: formatInteger(loaded),
            total: formatInteger(loaded + remaining),
        });
    }

    get delayedWords() {
        const { delayed } = this.props.account;
        return delayed === 1
            ? _t("1 change waits for the mail server")
            : _t("%s changes wait for the mail server", formatInteger(delayed));
    }

    get failedWords() {
        const { failed } = this.props.account;
        return failed === 1
            ? _t("1 change could not be made on the mail server")
            : _t("%s changes could not be made on the mail server", formatInteger(failed));
    }

    showFailed() {
        this.dialog.add(OperationsDialog, { account: this.props.account });
    }
}
