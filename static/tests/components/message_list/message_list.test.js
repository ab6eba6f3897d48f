import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAll, queryAllTexts, queryFirst, scroll } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { ListHeader, SEARCH_DELAY } from "@maildesk/components/list_header/list_header";
import { MessageList } from "@maildesk/components/message_list/message_list";
import { OPEN_DELAY } from "@maildesk/components/message_list/message_scroller";
import { ROW_HEIGHT } from "@maildesk/core/list/list_layout";
import { contains } from "@web/../tests/web_test_helpers";
import {
    defineMaildeskModels,
    FakeServer,
    makeAccount,
    makeFolder,
    makeRow,
    makeRows,
    mountPane,
} from "../../maildesk_test_helpers";

describe.current.tags("desktop");
defineMaildeskModels();
beforeEach(() => mockDate("2026-03-11 12:00:00", 0));

class Middle extends Component {
    static template = xml`<section class="o_maildesk_middle d-flex flex-column h-100 w-100"><ListHeader/><MessageList/></section>`;
    static components = { ListHeader, MessageList };
    static props = {};
}

async function mountList(server, place) {
    server.listen();
    const store = await mountPane(Middle, {}, place);
    await animationFrame();
    return store;
}

function filled(count = 3) {
    const server = new FakeServer();
    server.rows = makeRows(count);
    return server;
}

const subjects = () => queryAllTexts(".o_maildesk_row_subject");

test("a row tells who, what and when", async () => {
    const server = filled(0);
    server.rows = [
        makeRow({
            id: 1,
            from_name: "Lena",
            subject: "Pallets",
            preview: "Two are missing",
            is_read: false,
            is_starred: true,
            is_answered: true,
            has_attachments: true,
        }),
        makeRow({ id: 2, from_name: "", from_email: "", subject: "", date: "2026-03-10 08:00:00" }),
    ];
    await mountList(server);
    expect(queryAllTexts(".o_maildesk_section")).toEqual(["Today", "Yesterday"]);
    expect(queryAllTexts(".o_maildesk_row_who")).toEqual(["Lena", "Unknown sender"]);
    expect(subjects()).toEqual(["Pallets", "No subject"]);
    expect(queryAllTexts(".o_maildesk_row_date")).toEqual(["10:00 AM", "Tue"]);
    expect(".o_maildesk_row_unread").toHaveCount(1);
    expect("[data-id='1'] .o_maildesk_dot").toHaveCount(1);
    expect("[data-id='1'] .fa-star").toHaveCount(1);
    expect("[data-id='1'] .fa-reply").toHaveCount(1);
    expect("[data-id='1'] .fa-paperclip").toHaveCount(1);
    expect("[data-id='2'] .o_maildesk_row_line .fa").toHaveCount(1);
    expect("[data-id='2'] .fa-star-o").toHaveCount(1);
});

test("strangers' words are text, in any direction", async () => {
    const server = filled(0);
    const evil = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    server.rows = [makeRow({ id: 1, from_name: evil, subject: evil, preview: evil })];
    await mountList(server);
    expect(".o_maildesk_row_who").toHaveText(evil);
    expect(".o_maildesk_row_subject").toHaveText(evil);
    expect(".o_maildesk_row_preview").toHaveText(evil);
    expect(".o_maildesk_list script, .o_maildesk_list img").toHaveCount(0);
    expect(".o_maildesk_row_subject").toHaveAttribute("dir", "auto");
});

test("sent mail is listed by whom it went to", async () => {
    const server = filled(0);
    server.rows = [makeRow({ id: 1, folder_id: 2, to: '"Doe, John" <j@x.org>, anna@x.org' })];
    await mountList(server, { folderId: 2 });
    expect(".o_maildesk_row_who").toHaveText("To: Doe, John, anna@x.org");
});

test("in all mailboxes, a row tells which one", async () => {
    const server = filled(2);
    const store = await mountList(server, { folderId: null });
    expect(".o_maildesk_row_origin").toHaveCount(0);
    server.accounts.push(
        makeAccount({ id: 2, name: "Info", folders: [makeFolder({ id: 20, role: "inbox" })] })
    );
    server.rows.push(makeRow({ id: 90, account_id: 2, folder_id: 20 }));
    await store.refresh();
    await animationFrame();
    expect(queryAllTexts(".o_maildesk_row_origin")).toEqual(["Info", "Support", "Support"]);
    server.rows[0].folder_id = 3;
    await store.refresh();
    await animationFrame();
    expect(queryAllTexts(".o_maildesk_row_origin")[1]).toBe("Support · Projects");
});

test("however long the list, the page stays small", async () => {
    const store = await mountList(filled(3000));
    for (let index = 0; index < 12; index++) {
        await store.list.loadMore();
    }
    await animationFrame();
    expect(store.list.rows.length).toBeGreaterThan(1000);
    expect(queryAll(".o_maildesk_row").length).toBeLessThan(80);
    await scroll(".o_maildesk_scroller", { y: 800 * ROW_HEIGHT });
    await animationFrame();
    await animationFrame();
    expect(queryAll(".o_maildesk_row").length).toBeLessThan(80);
    expect(store.list.view.first).toBeGreaterThan(700);
});

test("scrolling to the end fetches more", async () => {
    const store = await mountList(filled(120));
    // the first page is short of what a tall window wants
    await scroll(".o_maildesk_scroller", { y: 49 * ROW_HEIGHT });
    await animationFrame();
    await animationFrame();
    await animationFrame();
    expect(store.list.rows.length).toBe(120);
});

test("new mail comes in at the top; further down, nothing jumps", async () => {
    const server = filled(50);
    const store = await mountList(server);
    server.rows.unshift(makeRow({ id: 100, date: "2026-03-11 11:00:00", subject: "Fresh" }));
    await store.refresh();
    await animationFrame();
    expect(subjects()[0]).toBe("Fresh");
    expect("[data-id='100']").toHaveClass("o_maildesk_row_fresh");
    await scroll(".o_maildesk_scroller", { y: 1000 });
    await animationFrame();
    await advanceTime(3000);
    const { top } = store.list.view;
    server.rows.unshift(makeRow({ id: 101, date: "2026-03-11 11:01:00" }));
    await store.refresh();
    await animationFrame();
    expect(queryFirst(".o_maildesk_scroller").scrollTop).toBe(top + ROW_HEIGHT);
    expect(".o_maildesk_unseen").toHaveText("1 new message");
});

test("a click opens, and the row stays marked through a refresh", async () => {
    const store = await mountList(filled());
    await contains("[data-id='2']").click();
    expect(store.reader.id).toBe(2);
    await store.refresh();
    await animationFrame();
    expect(".o_maildesk_row_selected").toHaveAttribute("data-id", "2");
    expect(".o_maildesk_scroller").toHaveAttribute("aria-activedescendant", "maildesk_row_2");
});

test("j and k walk, and open where they rest", async () => {
    const store = await mountList(filled(5));
    await press("j");
    await press("j");
    await press("j");
    await press("k");
    await animationFrame();
    expect(".o_maildesk_row_selected").toHaveAttribute("data-id", "4");
    expect(store.reader.id).toBe(null);
    await advanceTime(OPEN_DELAY);
    expect(store.reader.id).toBe(4);
});

test("arrows and enter work in the list", async () => {
    const store = await mountList(filled(5));
    queryFirst(".o_maildesk_scroller").focus();
    await press("ArrowDown");
    await press("ArrowDown");
    await press("Enter");
    expect(store.reader.id).toBe(4);
});

test("quick filters", async () => {
    const server = filled(3);
    server.rows[1].is_read = false;
    await mountList(server);
    await contains("[data-filter=unread]").click();
    expect(subjects()).toEqual(["Subject 2"]);
    expect("[data-filter=unread]").toHaveAttribute("aria-pressed", "true");
    await contains("[data-filter=starred]").click();
    expect(".o_maildesk_empty_title").toHaveText("Nothing here");
    await contains(".o_maildesk_empty .btn").click();
    expect(subjects().length).toBe(3);
    expect(server.calls.map((call) => call.quick_filter)).toEqual(["", "unread", "starred", ""]);
});

test("searching waits for a pause, and what is not found says so", async () => {
    const server = filled(3);
    const store = await mountList(server);
    await contains(".o_maildesk_search input").edit("subject 2", { confirm: false });
    expect(store.list.search).toBe("");
    await advanceTime(SEARCH_DELAY);
    await animationFrame();
    expect(subjects()).toEqual(["Subject 2"]);
    await contains(".o_maildesk_search input").edit("<i>zzz</i>", { confirm: false });
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect(".o_maildesk_empty_title").toHaveText("Nothing found");
    expect(".o_maildesk_empty_text").toHaveText(
        "No mail here has words that begin like “<i>zzz</i>”."
    );
    await press("Escape");
    await animationFrame();
    await animationFrame();
    expect(subjects().length).toBe(3);
    expect(".o_maildesk_search input").toHaveValue("");
});

test("an empty folder, and one that is still on its way", async () => {
    const server = filled(0);
    const store = await mountList(server);
    expect(".o_maildesk_empty_title").toHaveText("Nothing in this folder");
    server.accounts[0].folders[2].remaining = 10;
    await store.refresh();
    await store.showFolder(3);
    await animationFrame();
    expect(".o_maildesk_empty_title").toHaveText("Mail is on its way");
});

test("fetching now", async () => {
    const server = filled(1);
    await mountList(server);
    server.rows.unshift(makeRow({ id: 9, subject: "Just fetched", date: "2026-03-11 11:00:00" }));
    await contains(".o_maildesk_refresh").click();
    await animationFrame();
    expect(subjects()[0]).toBe("Just fetched");
});
