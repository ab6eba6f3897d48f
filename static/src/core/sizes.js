import { user } from "@web/core/user";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

/**
 * A size in words of the reader's language; nothing where it is not known.
 *
 * @param {number} bytes
 */
export function formatBytes(bytes) {
    if (!(bytes > 0)) {
        return "";
    }
    const power = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
    return new Intl.NumberFormat(user.lang, {
        style: "unit",
        unit: UNITS[power],
        unitDisplay: power ? "short" : "long",
        maximumFractionDigits: power > 1 ? 1 : 0,
    }).format(bytes / 1000 ** power);
}
