/**
 * @typedef {Object} Link an email's link to a record
 * @property {number} id
 * @property {string} model
 * @property {number} res_id
 * @property {string} kind what such a record is called
 * @property {string} name empty where the reader may not see the record
 */

/**
 * Change an email's links, and show what they are then, if it is still the one being read.
 *
 * @param {import("../maildesk_store").MaildeskStore} store
 * @param {object} message
 * @param {(api: object) => Promise<Link[]>} ask
 */
export async function changeLinks(store, message, ask) {
    const links = await ask(store.api);
    if (store.reader.message?.message_id === message.message_id) {
        store.reader.change({ links });
    }
}
