import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { defineMaildeskModels } from "../../maildesk_test_helpers";

class Line extends models.Model {
    _name = "line";
    allow_spam = fields.Boolean({ string: "Spam and quarantine" });
    allow_export = fields.Boolean({ string: "Export" });
    off_everywhere = fields.Json();
    _records = [
        { id: 1, allow_spam: true, allow_export: true, off_everywhere: { allow_export: true } },
        { id: 2, allow_spam: true, allow_export: true, off_everywhere: {} },
    ];
}

defineMaildeskModels();
defineModels([Line]);

const arch = `
    <list editable="bottom">
        <field name="allow_spam" widget="maildesk_action_toggle"/>
        <field name="allow_export" widget="maildesk_action_toggle"/>
    </list>`;

test("what is off in all mailboxes is marked, by person and action", async () => {
    await mountView({ resModel: "line", type: "list", arch });
    expect(".o_maildesk_off_everywhere").toHaveCount(1);
    expect("tr:nth-child(1) td[name=allow_export] .o_maildesk_off_everywhere").toHaveCount(1);
    expect("tr:nth-child(1) td[name=allow_export] .opacity-25").toHaveCount(1);
    expect("tr:nth-child(2) .opacity-25").toHaveCount(0);
});

test("it is switched all the same", async () => {
    onRpc("web_save", ({ args }) => expect.step(args));
    await mountView({ resModel: "line", type: "list", arch });
    await contains("tr:nth-child(1) td[name=allow_export] input").click();
    await animationFrame();
    expect.verifySteps([[[1], { allow_export: false }]]);
});
