import { expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { HealthSystray } from "@maildesk/components/health_systray/health_systray";
import { FIRST_RETRY } from "@maildesk/core/connection/recovery";
import { GATHER } from "@maildesk/core/maildesk_service";
import { waitNotifications } from "@bus/../tests/bus_test_helpers";
import {
    contains,
    getService,
    makeServerError,
    MockServer,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { defineMaildeskModels } from "../../maildesk_test_helpers";

defineMaildeskModels();

async function mountBadge(answers) {
    onRpc("maildesk.account", "search_count", ({ args }) => {
        expect.step(JSON.stringify(args[0]));
        const answer = answers.shift();
        if (answer instanceof Error) {
            throw answer;
        }
        return answer;
    });
    await mountWithCleanup(HealthSystray);
    await animationFrame();
    await animationFrame();
}

/** The server says that the count may be another. */
async function tell(times = 1) {
    for (let time = 0; time < times; time++) {
        MockServer.env["bus.bus"]._sendone("broadcast", "maildesk/attention", {});
    }
    await waitNotifications(...Array(times).fill(["maildesk/attention", {}]));
    await advanceTime(GATHER);
    await animationFrame();
}

const QUESTION = '[["attention",">=",2],["company_id","in",[1]]]';

test("nothing is shown where all is well, and it is asked once", async () => {
    await mountBadge([0]);
    expect(".o_maildesk_health").toHaveCount(0);
    await advanceTime(600_000);
    expect.verifySteps([QUESTION]);
});

test("it follows what the server says, a burst at a time", async () => {
    await mountBadge([0, 3, 0]);
    getService("bus_service").addChannel("broadcast");
    await tell(4);
    expect(".o_maildesk_health .badge").toHaveText("3");
    expect.verifySteps([QUESTION, QUESTION]);
    await tell();
    expect(".o_maildesk_health").toHaveCount(0);
    expect.verifySteps([QUESTION]);
});

test("a question that fails changes nothing", async () => {
    await mountBadge([2, new Error("away")]);
    getService("bus_service").addChannel("broadcast");
    await tell();
    expect(".o_maildesk_health .badge").toHaveText("2");
    expect.verifySteps([QUESTION, QUESTION]);
});

test("a question without an answer is asked again", async () => {
    await mountBadge([makeServerError({ errorName: "builtins.KeyError" }), 2]);
    expect(".o_maildesk_health").toHaveCount(0);
    await advanceTime(2 * FIRST_RETRY);
    await animationFrame();
    expect(".o_maildesk_health .badge").toHaveText("2");
    expect.verifySteps([QUESTION, QUESTION]);
});

test("it leads to Health", async () => {
    mockService("action", {
        doAction(action, options) {
            expect.step(`${action} ${options.additionalContext.search_default_attention}`);
        },
    });
    await mountBadge([1]);
    await contains(".o_maildesk_health button").click();
    expect.verifySteps([QUESTION, "maildesk.maildesk_health_action 1"]);
});
