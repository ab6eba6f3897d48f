import { onWillUnmount, useEffect } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";

/** Milliseconds a finger rests until it means more than a tap. */
export const LONG_PRESS = 400;

/**
 * A finger that rests on a row.
 *
 * @param {{ el: HTMLElement|null }} ref what holds the rows
 * @param {string} selector of a row
 * @param {(element: HTMLElement) => any} onLongPress
 * @returns {{ isOver: () => boolean }} tells, once, whether the click that comes is only the finger's going away
 */
export function useLongPress(ref, selector, onLongPress) {
    let timer;
    let wasLong = false;
    const cancel = () => browser.clearTimeout(timer);
    const begin = (ev) => {
        cancel();
        wasLong = false;
        const element = ev.target.closest(selector);
        if (element && ev.touches.length === 1) {
            timer = browser.setTimeout(() => {
                wasLong = true;
                onLongPress(element);
            }, LONG_PRESS);
        }
    };
    useEffect(
        (el) => {
            const options = { passive: true };
            const ends = ["touchmove", "touchend", "touchcancel"];
            el.addEventListener("touchstart", begin, options);
            ends.forEach((type) => el.addEventListener(type, cancel, options));
            return () => {
                el.removeEventListener("touchstart", begin, options);
                ends.forEach((type) => el.removeEventListener(type, cancel, options));
            };
        },
        () => [ref.el]
    );
    onWillUnmount(cancel);
    return {
        isOver() {
            const was = wasLong;
            wasLong = false;
            return was;
        },
    };
}
