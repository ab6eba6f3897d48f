import { describe, expect, test } from "@odoo/hoot";
import { keyName } from "@maildesk/core/acts/shortcuts";

describe.current.tags("headless");

test("keys are named as people are told", () => {
    expect(keyName({ key: "e" })).toBe("E");
    expect(keyName({ key: "I", shiftKey: true })).toBe("Shift+I");
    // caps lock is not shift
    expect(keyName({ key: "I" })).toBe("I");
    expect(keyName({ key: "#", shiftKey: true })).toBe("#");
    expect(keyName({ key: "Delete" })).toBe("Delete");
    expect(keyName({ key: "у", code: "KeyE" })).toBe("E");
});

test("with Ctrl, Alt or Meta it is somebody else's", () => {
    expect(keyName({ key: "e", ctrlKey: true })).toBe("");
    expect(keyName({ key: "e", metaKey: true })).toBe("");
    expect(keyName({ key: "e", altKey: true })).toBe("");
    // some keyboards have the sign there
    expect(keyName({ key: "#", altKey: true })).toBe("#");
});

test("what is being composed is no key yet", () => {
    expect(keyName({ key: "e", isComposing: true })).toBe("");
});
