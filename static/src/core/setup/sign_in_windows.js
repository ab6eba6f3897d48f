import { browser } from "@web/core/browser/browser";
import { isMobileOS } from "@web/core/browser/feature_detection";

/** Where `static/pages/sign_in_result.js` tells that a sign-in is over; ids only. */
const CHANNEL = "maildesk_sign_in";
/** As long as a sign-in is good for; see SIGN_IN_MINUTES of const.py. */
const PATIENCE = 10 * 60 * 1000;
const LOOK_EVERY = 500;
const FEATURES = "popup,width=560,height=720";

/**
 * Sign-ins at a provider, each in a window of its own.
 *
 * A provider that cuts the tie between the windows (Cross-Origin-Opener-Policy) makes an open one look closed; then it is the
 * one in front. So a window counts as closed once this one is in front again, and its sign-in is still waited for.
 */
export class SignInWindows {
    /**
     * @param {object} handlers what is to happen; each gets the mailbox's id
     * @param {(accountId: number) => void} handlers.onDone it is signed in
     * @param {(accountId: number) => void} handlers.onLeft the window was closed before
     */
    constructor(handlers) {
        this.handlers = handlers;
        /** What ends the waiting, by mailbox. */
        this.waiting = new Map();
    }

    /**
     * Sign a mailbox in: in a window of its own, or in this tab where none may be opened, or where windows are tabs anyway.
     *
     * @param {number} accountId
     * @param {string} url where the provider's sign-in begins
     */
    open(accountId, url) {
        const signInWindow = isMobileOS() ? null : browser.open(url, CHANNEL, FEATURES);
        if (signInWindow) {
            this._wait(accountId, signInWindow);
        } else {
            browser.location.assign(url);
        }
    }

    _wait(accountId, signInWindow) {
        this.waiting.get(accountId)?.();
        const channel = new BroadcastChannel(CHANNEL);
        const timers = {};
        const end = () => {
            browser.clearInterval(timers.look);
            browser.clearTimeout(timers.last);
            channel.close();
            this.waiting.delete(accountId);
        };
        timers.last = browser.setTimeout(end, PATIENCE);
        timers.look = browser.setInterval(() => {
            if (signInWindow.closed && document.hasFocus()) {
                browser.clearInterval(timers.look);
                this.handlers.onLeft(accountId);
            }
        }, LOOK_EVERY);
        channel.addEventListener("message", ({ data }) => {
            if (data.type !== "over" || data.accountId !== accountId) {
                return;
            }
            channel.postMessage({ type: "heard", accountId });
            end();
            if (data.isDone) {
                this.handlers.onDone(accountId);
            }
        });
        this.waiting.set(accountId, end);
    }
}
