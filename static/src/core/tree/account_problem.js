import { _t } from "@web/core/l10n/translation";

const PROBLEMS = {
    error: {
        icon: "fa-exclamation-triangle text-danger",
        label: _t("Error"),
        words: _t("The last synchronisation failed."),
    },
    needs_sign_in: {
        icon: "fa-key text-warning",
        label: _t("Needs sign-in"),
        words: _t("The mail server no longer accepts the saved sign-in."),
    },
    disconnected: {
        icon: "fa-unlink text-muted",
        label: _t("Disconnected"),
        words: _t("No new mail is fetched until this mailbox is reconnected."),
    },
    removed: {
        icon: "fa-archive text-muted",
        label: _t("Removed"),
        words: _t("This mailbox is an archive: its mail can be read, and nothing new arrives."),
    },
};

/**
 * What is wrong with a mailbox.
 *
 * @param {object} account
 * @returns {{ icon: string, label: string, words: string }|undefined}
 */
export function accountProblem({ state, error_message: reason }) {
    const problem = PROBLEMS[state];
    if (problem) {
        const isLasting = ["disconnected", "removed"].includes(state);
        return {
            icon: problem.icon,
            label: problem.label.toString(),
            words: (!isLasting && reason) || problem.words.toString(),
        };
    }
}
