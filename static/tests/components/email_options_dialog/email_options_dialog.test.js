import { beforeEach, expect, test } from "@odoo/hoot";
import { press, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { EmailOptionsDialog } from "@maildesk/components/email_options_dialog/email_options_dialog";
import {
    contains,
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { defineMaildeskModels, FakeServer } from "../../maildesk_test_helpers";

defineMaildeskModels();

const EMAIL = "me@example.com";
let options, refusal;
beforeEach(() => {
    new FakeServer().listen();
    refusal = "";
    options = {
        may_set_up: true,
        email: EMAIL,
        account: { id: 3, name: EMAIL, email: EMAIL, state: "connected", error_message: "", provider: "" },
    };
    onRpc("maildesk.account", "setup_options", () => JSON.parse(JSON.stringify(options)));
    onRpc("maildesk.account", "setup_disconnect", () => {
        expect.step("disconnect");
        options.account.state = "disconnected";
        return true;
    });
    onRpc("maildesk.account", "setup_reconnect", ({ args }) => {
        expect.step(["reconnect", ...args]);
        if (refusal) {
            throw makeServerError({ message: refusal });
        }
        options.account.state = "connected";
        return { account_id: 3 };
    });
});

async function openDialog() {
    await mountWithCleanup(MainComponentsContainer);
    getService("dialog").add(EmailOptionsDialog, {
        onSetUp: (email) => expect.step(`set up ${email}`),
    });
    await animationFrame();
    await animationFrame();
}

const buttons = () => queryAllTexts(".o_maildesk_email_options main .btn:not(.nav-link)");
const confirm = () => contains(".o_dialog:not(.o_inactive_modal) .modal-footer .btn-primary").click();

test("the tab shows the mailbox and what may be done", async () => {
    await openDialog();
    expect(".modal-title").toHaveText("Email options");
    expect(".nav-link.active").toHaveText("E-mail account");
    expect(".o_maildesk_personal_email").toHaveText(EMAIL);
    expect(".o_maildesk_personal_state").toHaveText("Connected");
    expect(buttons()).toEqual(["Disconnect", "Edit/remove"]);
});

test("Disconnect asks first; Reconnect asks the password, again where it is wrong", async () => {
    await openDialog();
    await contains(".o_maildesk_disconnect").click();
    expect.verifySteps([]);
    await confirm();
    await animationFrame();
    expect.verifySteps(["disconnect"]);
    expect(".o_maildesk_personal_state").toHaveText("Disconnected");
    expect(buttons()).toEqual(["Reconnect", "Edit/remove"]);
    await contains(".o_maildesk_reconnect").click();
    expect("[name=maildesk_reconnect_password]").toBeFocused();
    refusal = "Wrong password.";
    await contains("[name=maildesk_reconnect_password]").edit("wrong", { confirm: false });
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect(".o_maildesk_personal_error").toHaveText("Wrong password.");
    refusal = "";
    await contains("[name=maildesk_reconnect_password]").edit("secret", { confirm: false });
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect.verifySteps([
        ["reconnect", "wrong"],
        ["reconnect", "secret"],
    ]);
    expect(".o_maildesk_personal_state").toHaveText("Connected");
    expect("[name=maildesk_reconnect_password]").toHaveCount(0);
});

test("Edit/remove disconnects after a question, and opens the set-up dialog", async () => {
    await openDialog();
    await contains(".o_maildesk_edit_remove").click();
    await contains(".o_dialog:not(.o_inactive_modal) .modal-footer .btn-secondary").click();
    expect.verifySteps([]);
    await contains(".o_maildesk_edit_remove").click();
    await confirm();
    await animationFrame();
    await animationFrame();
    expect.verifySteps(["disconnect", `set up ${EMAIL}`]);
    expect(".o_dialog").toHaveCount(0);
});

test("without a mailbox of one's own", async () => {
    options.account = false;
    await openDialog();
    await contains(".o_maildesk_set_up").click();
    expect.verifySteps([`set up ${EMAIL}`]);
});

test("where the company does not allow it", async () => {
    Object.assign(options, { account: false, may_set_up: false });
    await openDialog();
    expect(".o_maildesk_set_up").toHaveCount(0);
    expect(".o_maildesk_email_options").toHaveText(/A Mailbox Admin can do it for you/);
});
