// What the app's page tells the bench; runs before the page's own scripts. Times are milliseconds.

/** When the browser has painted what is in the document now. */
const painted = () =>
    new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0)));

/** Resolves when something becomes true, looked at whenever the document changes or a frame has loaded. */
const until = (isThere) =>
    new Promise((done) => {
        const look = () => {
            if (isThere()) {
                observer.disconnect();
                document.removeEventListener("load", look, true);
                done();
            }
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { childList: true, subtree: true, attributes: true });
        document.addEventListener("load", look, true);
        look();
    });

const rows = () => [...document.querySelectorAll(".o_maildesk_row")];

window.maildeskBench = {
    /** From the moment this page was asked for. */
    rowsPainted: until(() => rows().length > 5).then(painted),

    /** Click a row; answers when its cached mail stands there. */
    async open(index) {
        const before = document.querySelector(".o_maildesk_frame");
        const begun = performance.now();
        rows()[index].click();
        await until(() => {
            const frame = document.querySelector(".o_maildesk_frame");
            return frame && frame !== before && !document.querySelector(".o_maildesk_paper_loading");
        });
        return (await painted()) - begun;
    },

    /** Answers, as the clock on the wall says it, when a row with these words is painted. */
    async seen(words) {
        await until(() => rows().some((row) => row.textContent.includes(words)));
        return performance.timeOrigin + (await painted());
    },

    /** The same for a list that was empty. */
    async filled() {
        await until(() => rows().length > 5);
        return performance.timeOrigin + (await painted());
    },
};
