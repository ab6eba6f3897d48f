import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import { browser } from "@web/core/browser/browser";
import { Reader } from "@maildesk/components/reader/reader";
import { messageCommands } from "@maildesk/core/acts/message_commands";
import { contains, patchWithCleanup } from "@web/../tests/web_test_helpers";
import {
    admitSandboxedFrames,
    defineMaildeskModels,
    FakeServer,
    makeRow,
    makeRows,
    mountPane,
} from "../../maildesk_test_helpers";

describe.current.tags("desktop");
defineMaildeskModels();
admitSandboxedFrames();
beforeEach(() => mockDate("2026-03-11 12:00:00", 0));

async function mountReader(message = {}, row = {}) {
    const server = new FakeServer().listen();
    server.rows = [makeRow({ id: 9, date: "2026-03-11 11:00:00", ...row }), ...makeRows(3)];
    server.messages[9] = message;
    const store = await mountPane(Reader, {}, { folderId: 1, messageId: 9 });
    await animationFrame();
    return { store, server };
}

const attachment = (values) => ({
    id: 1,
    name: "offer.pdf",
    mimetype: "application/pdf",
    size: 48_000,
    url: "/maildesk/attachment/1",
    inline_url: "/maildesk/attachment/1?inline=1",
    ...values,
});

test("nothing selected", async () => {
    new FakeServer().listen();
    await mountPane(Reader);
    expect(".o_maildesk_empty_title").toHaveText("Nothing selected");
    expect("iframe").toHaveCount(0);
});

test("the body is in a frame that can do nothing", async () => {
    await mountReader();
    const frame = queryFirst(".o_maildesk_frame");
    // hoot takes addresses away from frames, lest a test loads something
    expect(frame.getAttribute("data-src")).toBe("/maildesk/body/1009");
    expect(frame.getAttribute("sandbox")).toBe("allow-popups allow-popups-to-escape-sandbox");
    expect(frame.getAttribute("referrerpolicy")).toBe("no-referrer");
    expect(frame.hasAttribute("srcdoc")).toBe(false);
    expect(frame.hasAttribute("allow")).toBe(false);
    expect("iframe").toHaveCount(1);
});

test("each mail has a frame of its own", async () => {
    const { store } = await mountReader();
    const before = queryFirst(".o_maildesk_frame");
    await store.open(3);
    await animationFrame();
    expect(queryFirst(".o_maildesk_frame")).not.toBe(before);
    expect(before.isConnected).toBe(false);
});

test("head of a mail", async () => {
    await mountReader({
        subject: "Pallets",
        from: { name: "Lena", email: "lena@nordwind.example" },
        cc: [
            { name: "Anna", email: "anna@x.org" },
            { name: "", email: "b@x.org" },
        ],
    });
    expect(".o_maildesk_subject").toHaveText("Pallets");
    expect(".o_maildesk_sender").toHaveText(/Lena\s*lena@nordwind.example/);
    expect(".o_maildesk_to").toHaveText("to me and 2 others");
    expect(".o_maildesk_mail_date").toHaveText("Wed, Mar 11, 2026, 11:00 AM");
    expect(".o_maildesk_recipients").toHaveCount(0);
    await contains(".o_maildesk_to").click();
    expect(queryAllTexts(".o_maildesk_recipients dt")).toEqual([
        "From",
        "To",
        "Cc",
        "Date",
        "Size",
    ]);
    expect(".o_maildesk_copy").toHaveCount(4);
});

test("an address can be copied", async () => {
    patchWithCleanup(browser.navigator.clipboard, { writeText: async (text) => expect.step(text) });
    await mountReader({ from: { name: "Lena", email: "lena@nordwind.example" } });
    await contains(".o_maildesk_to").click();
    await contains(".o_maildesk_copy:first").click();
    expect.verifySteps(["Lena <lena@nordwind.example>"]);
});

test("strangers' words are text", async () => {
    const evil = "<img src=x onerror=alert(1)>";
    await mountReader({
        subject: evil,
        from: { name: evil, email: "a@x.org" },
        to: [{ name: evil, email: evil }],
        attachments: [attachment({ name: evil, inline_url: false })],
    });
    await contains(".o_maildesk_to").click();
    expect(".o_maildesk_subject").toHaveText(evil);
    expect(".o_maildesk_card_name").toHaveText(evil);
    expect(".o_maildesk_reader img").toHaveCount(0);
});

test("remote images are asked for", async () => {
    await mountReader({ blocked_images: 3, blocked_trackers: 2 });
    expect(".o_maildesk_blocked_images").toHaveText(/^Remote images are blocked/);
    expect(".o_maildesk_notice_quiet").toHaveText("2 trackers were removed");
    await contains(".o_maildesk_blocked_images .btn").click();
    expect(".o_maildesk_blocked_images").toHaveCount(0);
    expect(queryFirst(".o_maildesk_frame").getAttribute("data-src")).toBe(
        "/maildesk/body/1009?images=1"
    );
});

test("the company may decide over remote images", async () => {
    await mountReader({ blocked_images: 3, image_policy: "never" });
    expect(".o_maildesk_blocked_images").toHaveText(/by your company's settings$/);
    expect(".o_maildesk_blocked_images .btn").toHaveCount(0);
});

test("remote images that are loaded anyway are not asked for", async () => {
    await mountReader({ blocked_images: 3, image_policy: "always" });
    expect(".o_maildesk_blocked_images").toHaveCount(0);
    expect(queryFirst(".o_maildesk_frame").getAttribute("data-src")).toBe("/maildesk/body/1009");
});

test("what is too large to be shown says so, and can be downloaded where that is not turned off", async () => {
    await mountReader({ is_truncated: true });
    expect(".o_maildesk_truncated").toHaveText(/too large to be shown in full/);
    expect(".o_maildesk_truncated a").toHaveAttribute("href", "/maildesk/source/1009");
});

test("what is too large to be shown is not offered where downloads are turned off", async () => {
    await mountReader({ is_truncated: true, source_url: "" });
    expect(".o_maildesk_truncated").toHaveCount(1);
    expect(".o_maildesk_truncated a").toHaveCount(0);
});

test("several attachments come as one file, where that is not turned off", async () => {
    const attachments = [attachment({ id: 1 }), attachment({ id: 2 })];
    await mountReader({ attachments, archive_url: "/maildesk/attachments/1009" });
    expect(".o_maildesk_download_all").toHaveText("Download all");
    expect(".o_maildesk_download_all").toHaveAttribute("href", "/maildesk/attachments/1009");
    expect(".o_maildesk_command_source").toHaveCount(1);
});

test("what is turned off is not offered", async () => {
    const attachments = [attachment({ id: 1 }), attachment({ id: 2 })];
    await mountReader({ attachments, archive_url: "", source_url: "" });
    expect(".o_maildesk_card").toHaveCount(2);
    expect(".o_maildesk_download_all").toHaveCount(0);
    expect(".o_maildesk_command_source").toHaveCount(0);
});

test("attachments are previewed where that is safe, else downloaded", async () => {
    await mountReader({
        attachments: [
            attachment({ id: 1 }),
            attachment({
                id: 2,
                name: "page.html",
                mimetype: "text/html",
                url: "/maildesk/attachment/2",
                inline_url: false,
            }),
        ],
    });
    expect(".o_maildesk_attachments_title").toHaveText("2 attachments · 96 kB");
    expect("button.o_maildesk_card_main").toHaveCount(1);
    expect("a.o_maildesk_card_main").toHaveAttribute("href", "/maildesk/attachment/2");
    expect("a.o_maildesk_card_main").toHaveAttribute("download", "page.html");
    expect(".o_maildesk_card .fa-download").toHaveCount(2);
});

test("a preview opens in Odoo's viewer", async () => {
    await mountReader({
        attachments: [
            attachment({
                name: "photo.png",
                mimetype: "image/png",
                inline_url: "data:image/png;base64,iVBORw0KGgo=",
            }),
        ],
    });
    await contains("button.o_maildesk_card_main").click();
    expect(".o-FileViewer").toHaveCount(1);
    expect(".o-FileViewer-header").toHaveText(/photo.png/);
});

test("a mail that cannot be fetched says why, and tries again", async () => {
    const { server } = await mountReader({
        error: "The mail server did not answer <b>in time</b>.",
    });
    expect(".o_maildesk_empty_text").toHaveText("The mail server did not answer <b>in time</b>.");
    expect("iframe").toHaveCount(0);
    expect(".o_maildesk_command_print").toHaveCount(0);
    server.messages[9] = {};
    await contains(".o_maildesk_retry").click();
    await animationFrame();
    expect("iframe").toHaveCount(1);
});

test("flags follow the list", async () => {
    const { store, server } = await mountReader();
    expect(".o_maildesk_subject .fa-star").toHaveCount(0);
    server.rows[0].is_starred = true;
    await store.refresh();
    await animationFrame();
    expect(".o_maildesk_subject .fa-star").toHaveCount(1);
});

test("previous and next", async () => {
    const { store } = await mountReader();
    expect(".o_maildesk_previous").not.toBeEnabled();
    await contains(".o_maildesk_next").click();
    expect(store.reader.id).toBe(3);
});

test("actions are data", async () => {
    const action = {
        label: "Snooze",
        icon: "fa-clock-o",
        isAvailable: ({ message }) => message?.subject === "Pallets",
        run: ({ message }) => expect.step(`snooze ${message.id}`),
    };
    patchWithCleanup(messageCommands, {
        getEntries: () => [
            ["snooze", action],
            ["source", messageCommands.get("source")],
        ],
    });
    await mountReader({ subject: "Pallets" });
    expect(".o_maildesk_command_source").toHaveAttribute("href", "/maildesk/source/1009");
    await contains(".o_maildesk_command_snooze").click();
    expect.verifySteps(["snooze 9"]);
});

test("printing opens the mail's own page", async () => {
    patchWithCleanup(browser, {
        open: (url, target, features) => expect.step([url, target, features]),
    });
    await mountReader();
    await contains(".o_maildesk_command_print").click();
    expect.verifySteps([
        [`${browser.location.origin}/maildesk/body/1009?print=1`, "_blank", "noopener,noreferrer"],
    ]);
});
