import { beforeEach, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryAllValues } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { SetupDialog, STILL_LOOKING } from "@maildesk/components/setup_dialog/setup_dialog";
import {
    contains,
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { defineMaildeskModels } from "../../maildesk_test_helpers";

defineMaildeskModels();

const EMAIL = "anna@firma.example";
const server = (host, port, encryption = "ssl") => ({ host, port, encryption, username: EMAIL });
const FOUND = {
    email: EMAIL,
    kind: "imap",
    name: "Firma Mail",
    incoming: server("imap.firma.example", 993),
    outgoing: server("smtp.firma.example", 2525, "starttls"),
    advice: "",
    problem: "",
};
const NOTHING = {
    ...FOUND,
    kind: "none",
    name: "",
    incoming: false,
    outgoing: false,
    problem: "No mail servers were found for firma.example.",
};
const GOOGLE = {
    ...FOUND,
    kind: "google",
    name: "Google",
    outgoing: server("smtp.gmail.com", 465),
    advice: "Google wants an app password here.",
};
const WRONG = "imap.firma.example does not accept user name and password.";

let answers, isTold;
beforeEach(() => {
    isTold = true;
    answers = { detect: FOUND, connect: { account_id: 7 } };
    const answer = async (name, args) => {
        const given = await answers[name];
        if (typeof given === "string") {
            throw makeServerError({ message: given });
        }
        if (isTold) {
            expect.step([name, ...args]);
        }
        return given;
    };
    onRpc("maildesk.account", "setup_detect", ({ args }) => answer("detect", args));
    onRpc("maildesk.account", "setup_connect", ({ args }) => answer("connect", args));
});

async function openDialog(props = {}) {
    await mountWithCleanup(MainComponentsContainer);
    getService("dialog").add(SetupDialog, {
        onConnected: (id) => expect.step(`connected ${id}`),
        ...props,
    });
    await animationFrame();
}

async function settle() {
    await animationFrame();
    await animationFrame();
}

async function next(email = EMAIL) {
    await contains("[name=maildesk_setup_email]").edit(email, { confirm: false });
    await press("Enter");
    await settle();
    expect.verifySteps([["detect", email.trim(), false]]);
}

test("words and fields", async () => {
    await openDialog();
    expect(".modal-title").toHaveText("Set up email account");
    expect(queryAllTexts(".o_maildesk_setup_dialog label")).toEqual(["E-mail account"]);
    expect(".o_maildesk_setup_submit").toHaveText("Next");
    expect("[name=maildesk_setup_email]").toBeFocused();
    expect("[name=maildesk_setup_email]").toHaveAttribute("autocomplete", "email");
});

test("found: only the password is asked, by keyboard alone", async () => {
    await openDialog();
    await next(` ${EMAIL} `);
    expect(queryAllTexts(".o_maildesk_setup_found dd")).toEqual([
        "Firma Mail",
        "imap.firma.example, port 993, SSL/TLS",
        "smtp.firma.example, port 2525, STARTTLS",
    ]);
    expect("[name=maildesk_password]").toBeFocused();
    expect(".o_maildesk_setup_submit").toHaveText("Connect");
    await contains("[name=maildesk_password]").edit(" secret ", { confirm: false });
    await press("Enter");
    await settle();
    const typed = (host, encryption) => ({ host, encryption, username: EMAIL, password: " secret " });
    expect.verifySteps([
        [
            "connect",
            {
                email: EMAIL,
                personal: false,
                kind: "imap",
                incoming: typed("imap.firma.example", "ssl"),
                outgoing: typed("smtp.firma.example:2525", "starttls"),
            },
        ],
        "connected 7",
    ]);
    expect(".o_dialog").toHaveCount(0);
    expect(".o_notification").toHaveText(/anna@firma.example is connected/);
});

test("a wrong password is corrected, and nothing else typed again", async () => {
    await openDialog();
    await next();
    answers.connect = WRONG;
    await contains("[name=maildesk_password]").edit("wrong", { confirm: false });
    await press("Enter");
    await settle();
    expect(".o_maildesk_setup_error").toHaveText(WRONG);
    expect("[name=maildesk_password]").toHaveValue("wrong");
    expect("[name=maildesk_password]").toBeFocused();
    answers.connect = { account_id: 7 };
    isTold = false;
    await contains("[name=maildesk_password]").edit("secret", { confirm: false });
    await press("Enter");
    await settle();
    expect(".o_dialog").toHaveCount(0);
    expect.verifySteps(["connected 7"]);
});

// a phone's keyboard comes up when a field is touched, not by itself
test.tags("desktop");
test("nothing found: the advanced settings, one sign-in for both until it is changed", async () => {
    answers.detect = NOTHING;
    await openDialog();
    await next();
    expect(".o_maildesk_setup_problem").toHaveText(NOTHING.problem);
    expect(".o_maildesk_setup_submit").toHaveText("Save");
    expect(queryAllTexts(".o_maildesk_setup_dialog label")).toEqual([
        "Incoming e-mail server",
        "User name",
        "Password",
        "SSL",
        "Outgoing e-mail server",
        "User name",
        "Password",
        "SSL",
    ]);
    expect(".o_maildesk_setup_dialog form").toHaveText(/POP3 is not supported/);
    expect("[name=incoming_host]").toBeFocused();
    await contains("[name=incoming_host]").edit("mail.firma.example:143", { confirm: false });
    await contains("[name=incoming_encryption]").select("starttls");
    await contains("[name=incoming_password]").edit("one", { confirm: false });
    await settle();
    expect("[name=outgoing_password]").toHaveValue("one");
    await contains("[name=outgoing_password]").edit("two", { confirm: false });
    await contains("[name=incoming_password]").edit("three", { confirm: false });
    await settle();
    expect("[name=outgoing_password]").toHaveValue("two");
    // every field is required
    await contains(".o_maildesk_setup_submit").click();
    expect.verifySteps([]);
    await contains("[name=outgoing_host]").edit("mail.firma.example", { confirm: false });
    await contains(".o_maildesk_setup_submit").click();
    await settle();
    const typed = { username: EMAIL };
    expect.verifySteps([
        [
            "connect",
            {
                email: EMAIL,
                personal: false,
                kind: "imap",
                incoming: { ...typed, host: "mail.firma.example:143", encryption: "starttls", password: "three" },
                outgoing: { ...typed, host: "mail.firma.example", encryption: "ssl", password: "two" },
            },
        ],
        "connected 7",
    ]);
});

test("after a failure the advanced settings hold what was found and typed", async () => {
    await openDialog();
    await next();
    answers.connect = WRONG;
    await contains("[name=maildesk_password]").edit("secret", { confirm: false });
    await press("Enter");
    await settle();
    await contains(".o_maildesk_setup_advanced").click();
    expect(queryAllValues(".o_maildesk_server_fields input")).toEqual([
        "imap.firma.example",
        EMAIL,
        "secret",
        "smtp.firma.example:2525",
        EMAIL,
        "secret",
    ]);
    expect(".o_maildesk_setup_error").toHaveCount(0);
    await contains(".o_maildesk_setup_back").click();
    expect("[name=maildesk_setup_email]").toHaveValue(EMAIL);
});

test("Google: its sign-in, in a window of its own", async () => {
    answers.detect = GOOGLE;
    await openDialog({ isPersonal: true });
    patchWithCleanup(getService("maildesk_sign_in"), {
        open: (id, url) => expect.step([id, url]),
    });
    await contains("[name=maildesk_setup_email]").edit(EMAIL, { confirm: false });
    await press("Enter");
    await settle();
    expect.verifySteps([["detect", EMAIL, true]]);
    answers.connect = { account_id: false, url: "https://accounts.example" };
    expect(".o_maildesk_setup_sign_in").toHaveText("Sign in with Google");
    await contains(".o_maildesk_setup_sign_in").click();
    await settle();
    expect.verifySteps([
        ["connect", { email: EMAIL, personal: true, kind: "google" }],
        [-1, "https://accounts.example"],
    ]);
    expect(".o_dialog").toHaveCount(0);
});

test("Google without the company's credentials: an app password", async () => {
    answers.detect = { ...GOOGLE, problem: "OAuth not configured: …" };
    await openDialog();
    await next();
    expect(".o_maildesk_setup_problem").toHaveText("OAuth not configured: …");
    expect(".o_maildesk_setup_sign_in").toHaveCount(0);
    await contains(".o_maildesk_setup_app_password").click();
    expect(".o_maildesk_setup_advice").toHaveText(/app password/);
    expect("[name=maildesk_password]").toBeFocused();
});

test("what is going on is said, and nothing is asked twice", async () => {
    const thinking = new Deferred();
    answers.detect = thinking;
    await openDialog();
    await contains("[name=maildesk_setup_email]").edit(EMAIL, { confirm: false });
    await press("Enter");
    await animationFrame();
    expect(".o_maildesk_setup_progress").toHaveAttribute("aria-live", "polite");
    expect(".o_maildesk_setup_progress").toHaveText("Looking for the mail servers of firma.example…");
    await advanceTime(STILL_LOOKING);
    expect(".o_maildesk_setup_progress").toHaveText(/^Still looking: firma.example/);
    await press("Enter");
    thinking.resolve(FOUND);
    await settle();
    expect.verifySteps([["detect", EMAIL, false]]);
    expect(".o_maildesk_setup_progress").toHaveText("");
});

// on a phone a dialog is closed by its arrow
test.tags("desktop");
test("closing waits for a sign-in under way, so that its outcome is seen", async () => {
    const thinking = new Deferred();
    await openDialog();
    await next();
    answers.connect = thinking;
    await contains("[name=maildesk_password]").edit("secret", { confirm: false });
    await press("Enter");
    await animationFrame();
    await contains(".btn-close").click();
    expect(".o_dialog").toHaveCount(1);
    thinking.resolve(WRONG);
    await settle();
    expect(".o_dialog").toHaveCount(0);
    expect.verifySteps([]);
});
