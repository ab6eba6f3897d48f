/**
 * @typedef {Object} Act something done to mails that the server has to be told
 * @property {string} key the server does it once, however often it comes under this key
 * @property {import("./act_rules").Act} action
 * @property {number[]} ids of placements
 * @property {number|null} folderId of a move
 * @property {[number, object][]} effects placement id and what becomes of its row
 * @property {boolean} isQuiet the person did not ask for it, so a refusal needs no words
 * @property {number} at when it was done, in milliseconds since 1970
 */

let count = 0;

/** @returns {string} unique among a person's; keys of one page sort in the order in which they were made */
function makeKey(at) {
    const number = String(count++).padStart(8, "0");
    const [random] = crypto.getRandomValues(new Uint32Array(1));
    return `${String(at).padStart(14, "0")}-${number}-${random.toString(36)}`;
}

/**
 * @param {import("./act_rules").Act} action
 * @param {Map<number, object>} effects
 * @param {{ folderId?: number|null, isQuiet?: boolean }} [options]
 * @returns {Act}
 */
export function makeAct(action, effects, { folderId = null, isQuiet = false } = {}) {
    const at = Date.now();
    return {
        key: makeKey(at),
        action,
        ids: [...effects.keys()],
        folderId,
        effects: [...effects],
        isQuiet,
        at,
    };
}

/**
 * What `/maildesk/act` is asked for.
 *
 * @param {number} userId who did it
 * @param {Act[]} acts
 */
export function actParams(userId, acts) {
    return {
        user_id: userId,
        acts: acts.map(({ key, action, ids, folderId }) => ({
            key,
            action,
            placement_ids: ids,
            folder_id: folderId,
        })),
    };
}
