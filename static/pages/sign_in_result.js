/**
 * The page that says how a sign-in went, where it stands in a window that MailDesk has opened: MailDesk is told, and the
 * window closes. `core/sign_in_windows.js` is the other end. Without this script the page leads back by a link.
 *
 * A provider may have cut the tie to the opener (Cross-Origin-Opener-Policy), so that only a channel of the same origin
 * reaches it. Whether anybody there waits for this sign-in shows by their answer.
 */
const CHANNEL = "maildesk_sign_in";
/** Milliseconds a good end is left to be read where it leads back by itself. */
const READING_TIME = 2000;

const page = document.querySelector("main").dataset;
const accountId = Number(page.accountId) || null;
const isDone = Boolean(page.isDone);
const channel = new BroadcastChannel(CHANNEL);

// no part of Odoo's bundles is here, hence the window's own clock
const leave = isDone && window.setTimeout(() => window.location.replace(page.back), READING_TIME);

function show(where) {
    for (const element of document.querySelectorAll("[data-where]")) {
        element.classList.toggle("d-none", element.dataset.where !== where);
    }
}

channel.addEventListener("message", ({ data }) => {
    if (data.type !== "heard" || data.accountId !== accountId) {
        return;
    }
    window.clearTimeout(leave);
    show("window");
    // what went wrong has to be read first
    if (isDone) {
        window.close();
    }
});
document.querySelector("[data-where=window]").addEventListener("click", () => window.close());

if (accountId) {
    channel.postMessage({ type: "over", accountId, isDone });
}
