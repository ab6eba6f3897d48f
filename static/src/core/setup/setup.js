import { _t } from "@web/core/l10n/translation";

/** Stands for the id of a mailbox that is not there before it is signed in; see SETUP of controllers/oauth.py. */
export const SETUP = -1;

const USUAL_PORTS = {
    incoming: { ssl: 993, starttls: 143, none: 143 },
    outgoing: { ssl: 465, starttls: 587, none: 25 },
};

export const ENCRYPTIONS = [
    { value: "ssl", label: _t("SSL/TLS") },
    { value: "starttls", label: _t("STARTTLS") },
];
const NO_ENCRYPTION = { value: "none", label: _t("Not encrypted") };

/**
 * @typedef {{ host: string, port: number, encryption: string, username: string }} FoundServer
 * @typedef {{ host: string, encryption: string, username: string, password: string }} TypedServer
 */

/**
 * The choices for a server; clear text only where a company's own list says so.
 *
 * @param {string} current
 */
export function encryptions(current) {
    return current === "none" ? [...ENCRYPTIONS, NO_ENCRYPTION] : ENCRYPTIONS;
}

/** @param {string} email */
export function domainOf(email) {
    return email.trim().split("@").at(-1).toLowerCase();
}

/**
 * The fields of the advanced settings, filled with what was found.
 *
 * @param {"incoming"|"outgoing"} way
 * @param {FoundServer|false} found
 * @param {string} email
 * @returns {TypedServer}
 */
export function typedServer(way, found, email) {
    if (!found) {
        return { host: "", encryption: "ssl", username: email, password: "" };
    }
    const isUsual = found.port === USUAL_PORTS[way][found.encryption];
    return {
        host: isUsual ? found.host : `${found.host}:${found.port}`,
        encryption: found.encryption,
        username: found.username,
        password: "",
    };
}

/**
 * Where a password goes, for the person who is to type it.
 *
 * @param {FoundServer} server
 */
export function serverWords({ host, port, encryption }) {
    const { label } = encryptions(encryption).find(({ value }) => value === encryption);
    return _t("%(host)s, port %(port)s, %(encryption)s", { host, port, encryption: label });
}
