import { isLost, isSignedOut } from "../errors";

/** Whether Odoo answers this page, as its last question showed. */
export class Connection {
    /** @type {"ok"|"lost"|"signed_out"} */
    status = "ok";

    /** @param {Error} [error] what became of a question; a refusal is an answer */
    note(error) {
        if (isLost(error)) {
            this.status = "lost";
        } else {
            this.status = isSignedOut(error) ? "signed_out" : "ok";
        }
    }
}
