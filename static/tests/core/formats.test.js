import { describe, expect, test } from "@odoo/hoot";
import { mockDate } from "@odoo/hoot-mock";
import {
    addressName,
    avatarColor,
    AVATAR_COLORS,
    dateSection,
    fullAddress,
    headerNames,
    initials,
    recipientSummary,
    smartDate,
} from "@maildesk/core/formats";
import { formatBytes } from "@maildesk/core/sizes";
import { allowTranslations } from "@web/../tests/web_test_helpers";

describe.current.tags("headless");

// a Wednesday
const NOW = "2026-03-11 12:00:00";

test("a date is as short as it stays clear", () => {
    mockDate(NOW, 0);
    expect(smartDate("2026-03-11 08:05:00")).toBe("8:05 AM");
    expect(smartDate("2026-03-09 08:05:00")).toBe("Mon");
    expect(smartDate("2026-03-04 08:05:00")).toBe("Mar 4");
    expect(smartDate("2025-12-24 08:05:00")).toBe("12/24/2025");
    expect(smartDate("")).toBe("");
});

test("a date from a clock that is ahead is no weekday", () => {
    mockDate(NOW, 0);
    expect(smartDate("2026-03-14 08:05:00")).toBe("Mar 14");
});

test("mail is listed by stretches of time", () => {
    allowTranslations();
    mockDate(NOW, 0);
    const label = (date) => dateSection(date).label.toString();
    expect(label("2026-03-11 00:10:00")).toBe("Today");
    expect(label("2026-03-10 23:50:00")).toBe("Yesterday");
    expect(label("2026-03-09 10:00:00")).toBe("This week");
    expect(label("2026-03-04 10:00:00")).toBe("Last week");
    expect(label("2026-03-01 10:00:00")).toBe("Earlier this month");
    expect(label("2026-01-20 10:00:00")).toBe("January 2026");
    expect(label("2026-04-01 10:00:00")).toBe("Later");
    expect(label("")).toBe("No date");
});

test("initials of names in any script", () => {
    expect(initials("Lena Hoffmann")).toBe("LH");
    expect(initials("Anna Maria van Berg")).toBe("AB");
    expect(initials("stripe")).toBe("S");
    expect(initials("no-name@plain.example")).toBe("NN");
    expect(initials("佐藤 花子")).toBe("佐花");
    expect(initials("🎉 !!")).toBe("?");
    expect(initials("")).toBe("?");
});

test("an address keeps its colour", () => {
    expect(avatarColor("Anna@Example.org ")).toBe(avatarColor("anna@example.org"));
    for (const address of ["", "a", "b@c.de", "佐藤"]) {
        expect(avatarColor(address)).toBeWithin(0, AVATAR_COLORS - 1);
    }
});

test("names out of a header", () => {
    expect(headerNames("Anna <a@x.org>, b@y.org")).toEqual(["Anna", "b@y.org"]);
    expect(headerNames('"Doe, John" <j@x.org>, <c@z.org>')).toEqual(["Doe, John", "c@z.org"]);
    expect(headerNames('"The \\"Boss\\"" <boss@x.org>')).toEqual(['The "Boss"']);
    expect(headerNames("")).toEqual([]);
    expect(headerNames('"never closed <x@y')).toEqual(["never closed", "x@y"]);
});

test("addresses", () => {
    expect(addressName({ name: "", email: "a@x.org" })).toBe("a@x.org");
    expect(fullAddress({ name: "Anna", email: "a@x.org" })).toBe("Anna <a@x.org>");
    expect(fullAddress({ name: "a@x.org", email: "a@x.org" })).toBe("a@x.org");
});

test("who a mail went to, in one line", () => {
    allowTranslations();
    const me = { name: "Support", email: "Support@example.com" };
    const others = ["b", "c", "d"].map((name) => ({ name, email: `${name}@x.org` }));
    const own = new Set(["support@example.com"]);
    const summary = (to, cc = []) => recipientSummary({ to, cc, bcc: [] }, own).toString();
    expect(summary([me])).toBe("to me");
    expect(summary([others[0]])).toBe("to b");
    expect(summary([others[0], me])).toBe("to me and 1 other");
    expect(summary([me], others)).toBe("to me and 3 others");
    expect(summary([])).toBe("to undisclosed recipients");
});

test("sizes", () => {
    expect(formatBytes(0)).toBe("");
    expect(formatBytes(1)).toBe("1 byte");
    expect(formatBytes(48_000)).toBe("48 kB");
    expect(formatBytes(2_400_000)).toBe("2.4 MB");
});
