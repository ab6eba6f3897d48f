import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { session } from "@web/session";

/** Days in which an act that could not be sent is sent; the server remembers keys for longer (KEY_DAYS). */
export const SEND_DAYS = 7;
const DAY = 24 * 60 * 60 * 1000;

/**
 * Acts the server has not answered yet, kept in the browser: a page may be gone before they are sent.
 *
 * They are the person's: whoever signs in after them in the same browser neither sees nor sends them. They hold ids, no words of
 * a mail. Pages that are open at the same time share them; an act sent by two pages is done once, by its key.
 */
export class ActStorage {
    constructor() {
        this._prefix = `maildesk.unsent.${session.db}.${user.userId}.`;
    }

    /** @param {import("./act").Act} act */
    save(act) {
        try {
            browser.localStorage.setItem(this._prefix + act.key, JSON.stringify(act));
        } catch {
            // no room, or none allowed: it is sent all the same, unless the page is gone first
        }
    }

    /** @param {string} key */
    remove(key) {
        browser.localStorage.removeItem(this._prefix + key);
    }

    /**
     * Acts that are left from pages before. Those too old to be sent are forgotten.
     *
     * @returns {{ acts: import("./act").Act[], expired: import("./act").Act[] }} in the order in which they were done
     */
    take() {
        const keys = Object.keys(browser.localStorage).filter((name) => name.startsWith(this._prefix));
        const found = keys.sort().map((name) => this._read(name));
        const isExpired = ({ at }) => at < Date.now() - SEND_DAYS * DAY;
        const left = found.filter(Boolean);
        const expired = left.filter(isExpired);
        expired.forEach(({ key }) => this.remove(key));
        return { acts: left.filter((act) => !isExpired(act)), expired };
    }

    _read(name) {
        try {
            return JSON.parse(browser.localStorage.getItem(name));
        } catch {
            browser.localStorage.removeItem(name);
            return null;
        }
    }
}
