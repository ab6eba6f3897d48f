import { useExternalListener } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/**
 * The name of the key that was pressed, as it is told to people: `E`, `Shift+I`, `#`, `Delete`. With Ctrl, Alt or Meta it is the
 * browser's or Odoo's, and has no name here.
 *
 * @param {KeyboardEvent} ev
 * @returns {string}
 */
export function keyName(ev) {
    if (ev.isComposing || ev.ctrlKey || ev.metaKey || (ev.altKey && !ev.key?.match(/^[^\w\s]$/))) {
        return "";
    }
    // on a keyboard without Latin letters, the place of the key counts
    const physical = ev.code?.match(/^Key([A-Z])$/)?.[1];
    const letter = /^[a-z]$/i.test(ev.key) ? ev.key.toUpperCase() : physical;
    if (letter) {
        return ev.shiftKey ? `Shift+${letter}` : letter;
    }
    return ev.key;
}

/**
 * Keys that work wherever the person is in the app, but for where they type and while a dialog is open. Odoo's hotkeys know
 * letters only.
 *
 * @param {(key: string, ev: KeyboardEvent) => boolean} onKey returns whether the key was for us
 */
export function useShortcuts(onKey) {
    const ui = useService("ui");
    useExternalListener(window, "keydown", (ev) => {
        const isTyping = ev.target.closest?.(
            "input:not([type=checkbox]), textarea, select, [contenteditable=true]"
        );
        const key = keyName(ev);
        if (key && !isTyping && !ev.repeat && ui.activeElement === document && onKey(key, ev)) {
            ev.preventDefault();
        }
    });
}
