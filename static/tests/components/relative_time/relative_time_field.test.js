import { expect, test } from "@odoo/hoot";
import { mockDate } from "@odoo/hoot-mock";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";
import { defineMaildeskModels } from "../../maildesk_test_helpers";

class Visit extends models.Model {
    at = fields.Datetime();
    _records = [
        { id: 1, at: "2026-03-11 11:55:00" },
        { id: 2, at: "2026-03-11 12:15:30" },
        { id: 3, at: false },
        { id: 4, at: "2026-03-11 11:59:57" },
    ];
}

defineMaildeskModels();
defineModels([Visit]);

test("how long ago, how soon, or never", async () => {
    mockDate("2026-03-11 12:00:00", 0);
    await mountView({
        type: "list",
        resModel: "visit",
        arch: `<list><field name="at" widget="maildesk_relative_time"/></list>`,
    });
    expect(".o_data_cell:eq(0)").toHaveText("5 minutes ago");
    expect(".o_data_cell:eq(1)").toHaveText("in 15 minutes");
    expect(".o_data_cell:eq(2)").toHaveText("");
    expect(".o_data_cell:eq(3)").toHaveText("just now");
    expect(".o_data_cell:eq(0) time").toHaveAttribute("title", /Mar 11, 2026/);
});
