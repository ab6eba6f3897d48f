import { expect, test } from "@odoo/hoot";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { LoadError } from "@maildesk/components/load_error/load_error";
import { browser } from "@web/core/browser/browser";
import { contains, getService, mountWithCleanup, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { defineMaildeskModels } from "../../maildesk_test_helpers";

defineMaildeskModels();

async function mount(onRetry = () => {}) {
    await mountWithCleanup(LoadError, {
        props: { title: "Not loaded", text: "The server's words.", onRetry },
    });
    return getService("maildesk").connection;
}

test("says why, and tries again once at a time", async () => {
    const answer = new Deferred();
    await mount(() => {
        expect.step("retry");
        return answer;
    });
    expect(".o_maildesk_empty_text").toHaveText("The server's words.");
    await contains(".btn:contains(Try again)").click();
    expect(".o_maildesk_retry").toHaveAttribute("disabled");
    expect.verifySteps(["retry"]);
    answer.resolve();
    await animationFrame();
    expect(".o_maildesk_retry").not.toHaveAttribute("disabled");
});

test("without a connection it says that it loads by itself", async () => {
    const connection = await mount();
    connection.status = "lost";
    await animationFrame();
    expect(".o_maildesk_empty_text").toHaveText(/no connection to Odoo.*by itself/);
    expect(".btn").toHaveText("Try again");
});

test("without a session it leads to the sign-in page, and back to this address", async () => {
    patchWithCleanup(browser.location, { reload: () => expect.step("reload") });
    const connection = await mount();
    connection.status = "signed_out";
    await animationFrame();
    expect(".o_maildesk_empty_text").toHaveText(/no longer signed in/);
    expect(".btn").toHaveCount(1);
    await contains(".btn:contains(Sign in)").click();
    expect.verifySteps(["reload"]);
});
