import { expect, test } from "@odoo/hoot";
import { press, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { ConnectMailboxDialog } from "@maildesk/components/connect_mailbox_dialog/connect_mailbox_dialog";
import {
    contains,
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { defineMaildeskModels } from "../../maildesk_test_helpers";

defineMaildeskModels();

const answers = {
    "nobody@x.org": "No shared mailbox found with this email.",
    "mine@x.org": "You already have access to this mailbox.",
    "wrong@x.org": "Incorrect password.",
    "often@x.org": "Too many attempts. Please try again in 12 minutes.",
};

async function openDialog(refusal = "") {
    onRpc("maildesk.account", "connect_refusal", () => refusal);
    onRpc("maildesk.account", "connect_mailbox", ({ args: [email, password] }) => {
        expect.step([email, password]);
        if (email in answers) {
            throw makeServerError({ message: answers[email] });
        }
        return 7;
    });
    await mountWithCleanup(MainComponentsContainer);
    getService("dialog").add(ConnectMailboxDialog, {
        onConnected: (id) => expect.step(`connected ${id}`),
    });
    await animationFrame();
}

async function fill(email, password = "secret") {
    await contains("[name=maildesk_email]").edit(email, { confirm: false });
    await contains("[name=maildesk_share_password]").edit(password, { confirm: false });
}

test("words and fields", async () => {
    await openDialog();
    expect(".modal-title").toHaveText("Connect to Mailbox");
    expect(queryAllTexts(".o_maildesk_connect_dialog label")).toEqual([
        "Email Address",
        "Password",
    ]);
    expect(".o_maildesk_connect_submit").toHaveText("Connect");
    expect("[name=maildesk_share_password]").toHaveAttribute("type", "password");
    expect("[name=maildesk_share_password]").toHaveAttribute("autocomplete", "new-password");
    expect("[name=maildesk_email]").toHaveAttribute("autocomplete", "off");
    expect("[name=maildesk_email]").toBeFocused();
});

test("each refusal is shown in the dialog, in the server's words", async () => {
    await openDialog();
    for (const [email, words] of Object.entries(answers)) {
        await fill(email);
        await contains(".o_maildesk_connect_submit").click();
        await animationFrame();
        expect(".o_maildesk_connect_error").toHaveText(words);
        expect(".o_maildesk_connect_submit").toBeEnabled();
        expect.verifySteps([[email, "secret"]]);
    }
    expect(".o_dialog").toHaveCount(1);
});

test("where it is turned off, it says so and asks for nothing", async () => {
    await openDialog("Your administrator has turned off Self-connect for you.");
    expect(".o_maildesk_connect_refusal").toHaveText(
        "Your administrator has turned off Self-connect for you."
    );
    expect(".o_maildesk_connect_dialog input").toHaveCount(0);
    expect(".o_maildesk_connect_submit").toHaveCount(0);
    await contains(".o_maildesk_connect_dialog button:contains(Close)").click();
    expect(".o_dialog").toHaveCount(0);
});

test("success closes, tells, and hands the mailbox on", async () => {
    await openDialog();
    await fill("  support@x.org ", " spaces count ");
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect.verifySteps([["support@x.org", " spaces count "], "connected 7"]);
    expect(".o_dialog").toHaveCount(0);
    expect(".o_notification").toHaveText(/support@x.org is now among your mailboxes/);
});

test("while the server thinks, nothing is asked twice", async () => {
    await openDialog();
    const thinking = new Deferred();
    onRpc("maildesk.account", "connect_mailbox", () => thinking);
    await fill("support@x.org");
    await press("Enter");
    await animationFrame();
    expect(".o_maildesk_connect_submit").not.toBeEnabled();
    expect("[name=maildesk_email]").not.toBeEnabled();
    thinking.resolve(7);
    await animationFrame();
    await animationFrame();
    expect(".o_dialog").toHaveCount(0);
    expect.verifySteps(["connected 7"]);
});

test("empty fields ask nothing", async () => {
    await openDialog();
    await contains(".o_maildesk_connect_submit").click();
    expect(".o_dialog").toHaveCount(1);
    expect.verifySteps([]);
});
