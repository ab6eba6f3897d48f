import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { ConnectionBar } from "@maildesk/components/connection_bar/connection_bar";
import { browser } from "@web/core/browser/browser";
import { contains, getService, mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { defineMaildeskModels } from "../../maildesk_test_helpers";

defineMaildeskModels();

async function mount() {
    await mountWithCleanup(ConnectionBar);
    return getService("maildesk");
}

test("is there only while Odoo cannot be asked", async () => {
    onRpc("/web/session/check", () => null);
    const { connection, store } = await mount();
    expect(".o_maildesk_connection").toHaveCount(0);
    connection.status = "lost";
    await animationFrame();
    expect(".o_maildesk_connection").toHaveText(/No connection to Odoo. What you see may be out of date./);
    store.acts.unsent = 1;
    await animationFrame();
    expect(".o_maildesk_connection").toHaveText(/1 change will be sent/);
    store.acts.unsent = 3;
    await animationFrame();
    expect(".o_maildesk_connection").toHaveText(/3 changes will be sent/);
    await contains(".btn:contains(Try now)").click();
    expect(".o_maildesk_connection").toHaveCount(0);
});

test("says that nobody is signed in any more, and leads to the sign-in page", async () => {
    patchWithCleanup(browser.location, { reload: () => expect.step("reload") });
    const { connection, store } = await mount();
    connection.status = "signed_out";
    store.acts.unsent = 1;
    await animationFrame();
    expect(".o_maildesk_connection").toHaveText(/no longer signed in. 1 change will be sent once you are./);
    await contains(".btn:contains(Sign in)").click();
    expect.verifySteps(["reload"]);
});
