import { describe, expect, test } from "@odoo/hoot";
import { MailFile } from "@maildesk/core/reader/mail_file";

describe.current.tags("headless");

const make = (mimetype, inline = true) =>
    new MailFile({
        name: "f",
        mimetype,
        url: "/maildesk/attachment/1",
        inline_url: inline && "/maildesk/attachment/1?inline=1",
    });

test("only what the server offers for viewing is viewable", () => {
    expect(make("image/png", false).isViewable).toBe(false);
    expect(make("image/png", false).isImage).toBe(false);
    expect(make("image/png").isImage).toBe(true);
    expect(make("image/png").defaultSource).toBe("/maildesk/attachment/1?inline=1");
    expect(make("text/plain").isText).toBe(true);
});

test("what may act is never taken for a picture or a text", () => {
    for (const mimetype of [
        "image/svg+xml",
        "text/html",
        "application/xhtml+xml",
        "text/javascript",
    ]) {
        const file = make(mimetype);
        expect([file.isImage, file.isText, file.isPdf, file.isVideo]).toEqual([
            false,
            false,
            false,
            false,
        ]);
    }
});

test("a PDF is shown by Odoo's own viewer", () => {
    expect(make("application/pdf").defaultSource).toBe(
        "/web/static/lib/pdfjs/web/viewer.html?file=%2Fmaildesk%2Fattachment%2F1%3Finline%3D1#pagemode=none"
    );
});
