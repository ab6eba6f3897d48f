import { _t } from "@web/core/l10n/translation";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { hashCode } from "@web/core/utils/strings";

const { DateTime } = luxon;

/** How many colours `avatar.scss` knows. */
export const AVATAR_COLORS = 10;

// -----------------------------------------------------------------------------
// Dates: the server's are "YYYY-MM-DD HH:MM:SS" in UTC
// -----------------------------------------------------------------------------

/**
 * A date as short as it stays clear: today's time, this week's weekday, this year's day, else the whole date.
 *
 * @param {string} value
 * @param {luxon.DateTime} [now]
 */
export function smartDate(value, now = DateTime.now()) {
    if (!value) {
        return "";
    }
    const date = deserializeDateTime(value);
    const days = now.startOf("day").diff(date.startOf("day"), "days").days;
    if (days === 0) {
        return date.toLocaleString(DateTime.TIME_SIMPLE);
    }
    if (days > 0 && days < 7) {
        return date.toLocaleString({ weekday: "short" });
    }
    if (date.hasSame(now, "year")) {
        return date.toLocaleString({ day: "numeric", month: "short" });
    }
    return date.toLocaleString(DateTime.DATE_SHORT);
}

/** @param {string} value */
export function fullDate(value) {
    return value
        ? deserializeDateTime(value).toLocaleString(DateTime.DATETIME_MED_WITH_WEEKDAY)
        : "";
}

/**
 * The stretch of time a row is listed under.
 *
 * @param {string} value
 * @param {luxon.DateTime} [now]
 * @returns {{ key: string, label: string }}
 */
export function dateSection(value, now = DateTime.now()) {
    const date = value ? deserializeDateTime(value) : null;
    if (!date) {
        return { key: "none", label: _t("No date") };
    }
    const days = now.startOf("day").diff(date.startOf("day"), "days").days;
    if (days < 0) {
        return { key: "later", label: _t("Later") };
    }
    if (days === 0) {
        return { key: "today", label: _t("Today") };
    }
    if (days === 1) {
        return { key: "yesterday", label: _t("Yesterday") };
    }
    if (date.hasSame(now, "week")) {
        return { key: "week", label: _t("This week") };
    }
    if (date.hasSame(now.minus({ weeks: 1 }), "week")) {
        return { key: "last_week", label: _t("Last week") };
    }
    if (date.hasSame(now, "month")) {
        return { key: "month", label: _t("Earlier this month") };
    }
    return {
        key: date.toFormat("yyyy-MM"),
        label: date.toLocaleString({ month: "long", year: "numeric" }),
    };
}

// -----------------------------------------------------------------------------
// People: names and addresses are a stranger's words, and only ever shown as plain text
// -----------------------------------------------------------------------------

/**
 * One or two letters for somebody without a picture.
 *
 * @param {string} name
 */
export function initials(name) {
    const letters = (name || "")
        .split(/@/)[0]
        .split(/[\s._,-]+/u)
        .map((word) => word.match(/[\p{L}\p{N}]/u)?.[0])
        .filter(Boolean);
    const picked = letters.length > 1 ? [letters[0], letters.at(-1)] : letters;
    return picked.join("").toLocaleUpperCase() || "?";
}

/** The same person has the same colour everywhere. */
export function avatarColor(address) {
    return parseInt(hashCode((address || "").trim().toLowerCase()), 16) % AVATAR_COLORS;
}

/** @param {{ name: string, email: string }} address */
export function addressName(address) {
    return address.name || address.email;
}

/** @param {{ name: string, email: string }} address */
export function fullAddress(address) {
    return address.name && address.name !== address.email
        ? `${address.name} <${address.email}>`
        : address.email;
}

/**
 * The names in a header such as `Anna <a@x.org>, "Doe, John" <j@x.org>`.
 *
 * @param {string} header
 * @returns {string[]}
 */
export function headerNames(header) {
    const parts = (header || "").match(/(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,"<])+/g) || [];
    return parts
        .map((part) => {
            const address = part.match(/<([^>]*)>/)?.[1] ?? "";
            const name = part.replace(/<[^>]*>/g, "").trim();
            return (
                name
                    .replace(/^"(.*)"$/s, "$1")
                    .replace(/\\(.)/gs, "$1")
                    .trim() || address.trim()
            );
        })
        .filter(Boolean);
}

/**
 * Who a mail went to, in one line.
 *
 * @param {{ to: object[], cc: object[], bcc: object[] }} message
 * @param {Set<string>} own lower-case addresses that are the reader's
 */
export function recipientSummary(message, own) {
    const everybody = [...message.to, ...message.cc, ...message.bcc];
    if (!everybody.length) {
        return _t("to undisclosed recipients");
    }
    const isOwn = (address) => own.has(address.email.toLowerCase());
    const first = everybody.find(isOwn) || everybody[0];
    const name = isOwn(first) ? _t("me") : addressName(first);
    const others = everybody.length - 1;
    if (!others) {
        return _t("to %(name)s", { name });
    }
    if (others === 1) {
        return _t("to %(name)s and 1 other", { name });
    }
    return _t("to %(name)s and %(count)s others", { name, count: others });
}
