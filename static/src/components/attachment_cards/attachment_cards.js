import { Component } from "@odoo/owl";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { _t } from "@web/core/l10n/translation";
import { MailFile } from "../../core/reader/mail_file";
import { formatBytes } from "../../core/sizes";

/** The files a mail carries. */
export class AttachmentCards extends Component {
    static template = "maildesk.AttachmentCards";
    static props = {
        attachments: Array,
        /** address of all of them in one file; empty where that is not for this person, or needless */
        archiveUrl: { type: String, optional: true },
    };

    setup() {
        this.viewer = useFileViewer();
    }

    get files() {
        return this.props.attachments.map((attachment) => ({
            attachment,
            file: new MailFile(attachment),
        }));
    }

    get summary() {
        const count = this.props.attachments.length;
        const size = formatBytes(
            this.props.attachments.reduce((sum, { size: bytes }) => sum + bytes, 0)
        );
        const words = count === 1 ? _t("1 attachment") : _t("%s attachments", count);
        return size ? `${words} · ${size}` : words;
    }

    size(attachment) {
        return formatBytes(attachment.size);
    }

    downloadWords(attachment) {
        return _t("Download %s", attachment.name);
    }

    /** Odoo's file icons go by type, then by the name's ending. */
    extension(attachment) {
        return attachment.name.match(/\.([a-z0-9]{1,5})$/i)?.[1].toLowerCase();
    }

    view(index) {
        const files = this.files.map(({ file }) => file);
        this.viewer.open(files[index], files);
    }
}
