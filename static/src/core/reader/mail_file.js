const RASTER = ["image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"];

/**
 * An attachment as Odoo's file viewer wants it. Only what the server offers for viewing is viewable, whatever type the
 * mail claims.
 */
export class MailFile {
    /** @param {{ name: string, mimetype: string, url: string, inline_url: string|false }} attachment */
    constructor(attachment) {
        this.name = attachment.name;
        this.mimetype = attachment.mimetype;
        this.downloadUrl = attachment.url;
        this.inlineUrl = attachment.inline_url || "";
        this.isVideo = false;
        this.isUrlYoutube = false;
    }

    get isImage() {
        return this.isViewable && RASTER.includes(this.mimetype);
    }

    get isPdf() {
        return this.isViewable && this.mimetype === "application/pdf";
    }

    get isText() {
        return this.isViewable && this.mimetype === "text/plain";
    }

    get isViewable() {
        return Boolean(this.inlineUrl);
    }

    get defaultSource() {
        return this.isPdf
            ? `/web/static/lib/pdfjs/web/viewer.html?file=${encodeURIComponent(this.inlineUrl)}#pagemode=none`
            : this.inlineUrl;
    }
}
