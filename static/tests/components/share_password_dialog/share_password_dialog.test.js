import { expect, test } from "@odoo/hoot";
import { waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    getService,
    mountWithCleanup,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { defineMaildeskModels } from "../../maildesk_test_helpers";

defineMaildeskModels();

const PASSWORD = "k7mp-x3vd-9tqa-h2wn";

async function show(note = "") {
    await mountWithCleanup(MainComponentsContainer);
    getService("action").doAction(
        {
            type: "ir.actions.client",
            tag: "maildesk.share_password",
            params: { email: "support@example.com", password: PASSWORD, note },
        },
        { onClose: () => expect.step("form is read anew") }
    );
    await waitFor(".o_maildesk_share_password_dialog");
}

test("shown once, to be copied", async () => {
    patchWithCleanup(browser.navigator.clipboard, {
        writeText: async (text) => expect.step(text),
    });
    await show();
    expect(".o_maildesk_share_password").toHaveText(PASSWORD);
    expect(".modal-body").toHaveText(/is not shown again/);
    expect(".o_maildesk_share_note").toHaveCount(0);
    await contains(".modal .o_clipboard_button, .modal .btn:contains(Copy)").click();
    expect.verifySteps([PASSWORD]);
    await contains(".modal .btn:contains(Done)").click();
    await animationFrame();
    expect.verifySteps(["form is read anew"]);
    expect(".modal").toHaveCount(0);
    // nothing of it stays in the browser
    expect(JSON.stringify({ ...browser.localStorage, ...browser.sessionStorage })).not.toInclude(
        PASSWORD
    );
});

test("what else stands in the way is said", async () => {
    await show("Nobody can join until Allow Personal Connection is switched on.");
    expect(".o_maildesk_share_note").toHaveText(/Allow Personal Connection/);
});
