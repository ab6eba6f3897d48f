import { markRaw } from "@odoo/owl";
import { errorWords, isTransient } from "../errors";

/** The mail in the reading pane. Nothing of it is kept once it is closed: access may end at any moment. */
export class ReaderModel {
    /** @type {number|null} placement id */
    id = null;
    /** @type {object|null} what the list knew, shown until the rest is there */
    row = null;
    /** @type {object|null} */
    message = null;
    /** @type {"closed"|"loading"|"ready"|"error"} */
    status = "closed";
    error = "";
    /** Asking again may help. */
    isFailing = false;
    /** The person asked for this mail's remote images. */
    showImages = false;
    /** That it is read was told already: marked as unread while open, it stays unread. */
    isNoted = false;

    /** @param {(placementId: number) => Promise<object>} fetchMessage */
    constructor(fetchMessage) {
        this.fetchMessage = fetchMessage;
    }

    /**
     * @param {number} id
     * @param {object} [row]
     */
    expect(id, row = null) {
        Object.assign(this, {
            id,
            row: row && markRaw(row),
            message: null,
            status: "loading",
            error: "",
            isFailing: false,
            showImages: false,
            isNoted: false,
        });
    }

    /** Ask for the mail; asked again, what went wrong stays on screen until there is an answer. */
    async load() {
        const id = this.id;
        try {
            const message = await this.fetchMessage(id);
            if (id === this.id) {
                this.message = markRaw(message);
                this.error = message.error;
                this.isFailing = false;
                this.status = message.error ? "error" : "ready";
            }
        } catch (error) {
            if (id === this.id) {
                this.error = errorWords(error);
                this.isFailing = isTransient(error);
                this.status = "error";
            }
        }
    }

    close() {
        Object.assign(this, {
            id: null,
            row: null,
            message: null,
            status: "closed",
            error: "",
            isFailing: false,
            showImages: false,
            isNoted: false,
        });
    }

    /** @param {object} values what became of the mail, as of its row */
    change(values) {
        this.row = this.row && markRaw({ ...this.row, ...values });
        this.message = this.message && markRaw({ ...this.message, ...values });
    }

    /**
     * Address of the body's document, for the sandboxed frame only. A row has it where the body is cached: the frame then
     * loads while the rest of the mail is still asked for.
     */
    get frameUrl() {
        const url = (this.message ?? this.row)?.frame_url;
        return url && (this.showImages ? `${url}?images=1` : url);
    }
}
