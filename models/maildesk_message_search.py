from odoo import api, fields, models
from odoo.tools import SQL

#: Characters of a mail that are searched; a list of thousands of recipients ends there.
SEARCHED_LENGTH = 20_000
#: Words of a search that count.
SEARCHED_WORDS = 12
#: The index is not asked for words so many times as frequent as the rarest, which are all that come less often than RARE.
FREQUENT, RARE = 4, 0.0005
#: Folders whose marks the index is asked for; of more, it is quicker to look at the rows of the words.
MARKS = 4

_TABLE = """
CREATE TABLE IF NOT EXISTS maildesk_message_search (
    id integer PRIMARY KEY, folder_id integer NOT NULL, date timestamp, has_attachments boolean, words tsvector);
CREATE INDEX IF NOT EXISTS maildesk_message_search_words_idx ON maildesk_message_search USING gin (words);
CREATE INDEX IF NOT EXISTS maildesk_message_search_attachments_idx
    ON maildesk_message_search (folder_id, date DESC, id DESC) WHERE has_attachments;
"""
# the same for what is searched and for what searches in it. Punctuation parts words: the domain of an address and the number
# within a reference are found by themselves
_WORDS = """
CREATE OR REPLACE FUNCTION maildesk_search_words(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$SELECT to_tsvector('simple', regexp_replace(left($1, %(length)s), '[[:punct:]]+', ' ', 'g'))$$;
"""
# OFFSET 0 makes it look mail by mail: the plan is kept for a session, and what suits a page of thousands would read the
# whole table for a single mail. Positions of words (which strip drops) would make the rows half as large again
_INDEX = """
CREATE OR REPLACE FUNCTION maildesk_search_index(placement_ids integer[]) RETURNS void LANGUAGE sql AS
$$INSERT INTO maildesk_message_search (id, folder_id, date, has_attachments, words)
  SELECT place.id, place.folder_id, place.date, mail.has_attachments, array_to_tsvector(ARRAY['#' || place.folder_id]) ||
         strip(maildesk_search_words(concat_ws(' ', subject, from_name, from_email, preview, to_addresses, cc_addresses)))
    FROM unnest(placement_ids) AS wanted (id)
   CROSS JOIN LATERAL (SELECT * FROM maildesk_message_placement placement WHERE placement.id = wanted.id OFFSET 0) place
   CROSS JOIN LATERAL (SELECT * FROM maildesk_message message WHERE message.id = place.message_id OFFSET 0) mail
      ON CONFLICT (id) DO UPDATE SET folder_id = excluded.folder_id, date = excluded.date,
         has_attachments = excluded.has_attachments, words = excluded.words$$;
"""
_FOLLOW = """
CREATE OR REPLACE FUNCTION maildesk_search_follow() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    IF TG_TABLE_NAME = 'maildesk_message' THEN
        PERFORM maildesk_search_index(ARRAY(SELECT id FROM maildesk_message_placement WHERE message_id = NEW.id));
    ELSIF TG_OP = 'INSERT' THEN
        PERFORM maildesk_search_index(ARRAY(SELECT id FROM added));
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM maildesk_search_index(ARRAY[NEW.id]);
    ELSE
        DELETE FROM maildesk_message_search WHERE id = ANY(ARRAY(SELECT id FROM gone));
    END IF;
    RETURN NULL;
END$$;
DROP TRIGGER IF EXISTS maildesk_search_added ON maildesk_message_placement;
CREATE TRIGGER maildesk_search_added AFTER INSERT ON maildesk_message_placement
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION maildesk_search_follow();
DROP TRIGGER IF EXISTS maildesk_search_gone ON maildesk_message_placement;
CREATE TRIGGER maildesk_search_gone AFTER DELETE ON maildesk_message_placement
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION maildesk_search_follow();
DROP TRIGGER IF EXISTS maildesk_search_moved ON maildesk_message_placement;
CREATE TRIGGER maildesk_search_moved AFTER UPDATE OF folder_id, message_id, date ON maildesk_message_placement
    FOR EACH ROW EXECUTE FUNCTION maildesk_search_follow();
DROP TRIGGER IF EXISTS maildesk_search_rewritten ON maildesk_message;
CREATE TRIGGER maildesk_search_rewritten
    AFTER UPDATE OF subject, from_name, from_email, preview, to_addresses, cc_addresses, has_attachments ON maildesk_message
    FOR EACH ROW EXECUTE FUNCTION maildesk_search_follow();
"""


class MaildeskMessageSearch(models.Model):
    """What lists find mails by that is not a placement's own: the words of the mail, and whether it has attachments.

    A row for every placement, with its id. PostgreSQL keeps them itself, whoever writes a mail or a placement; marking mails
    touches no row here, so that it costs nothing in the full-text index. A row knows its folder and its date, and the words
    hold a mark of the folder (``#17``): however much mail holds a word elsewhere, the index alone tells what is here.
    """

    _name = "maildesk.message.search"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Words of an Email"
    _auto = False
    _log_access = False
    _order = "date desc, id desc"

    folder_id = fields.Many2one("maildesk.folder", readonly=True)
    date = fields.Datetime("Received", readonly=True)
    has_attachments = fields.Boolean(readonly=True)

    def init(self):
        """Make the table and the triggers that fill it; the ORM has neither full-text columns nor triggers."""
        is_new = not self.env.execute_query(SQL("SELECT 1 FROM pg_class WHERE relname = 'maildesk_message_search'"))
        self.env.cr.execute(SQL(_TABLE))
        self.env.cr.execute(SQL(_WORDS, length=SEARCHED_LENGTH))
        self.env.cr.execute(SQL(_INDEX))
        self.env.cr.execute(SQL(_FOLLOW))
        if is_new:
            # mail that was here before, and the column it was searched by then
            self.env.cr.execute(SQL("SELECT maildesk_search_index(array_agg(id)) FROM maildesk_message_placement"))
            self.env.cr.execute(SQL("ALTER TABLE maildesk_message DROP COLUMN IF EXISTS search_vector"))

    @api.model
    def _queries(self, search, folder_ids):
        """What a person typed as full-text queries: every word has to begin a word of the mail.

        The index gathers every mail that holds a word's beginning before it compares: asking it for a frequent word beside a
        rare one costs more than to look at the rare one's mails.

        :param str search: as typed.
        :param folder_ids: where the mail has to lie; a few folders are asked for by their marks.
        :returns: ``(query, asked)`` as texts of ``tsquery``: the whole, and what of it the index is asked for; empty where
            nothing can be found.
        """
        words = self._words(search)[:SEARCHED_WORDS]
        if not words or not folder_ids:
            return "", ""
        shares = self._shares(words) if len(words) > 1 else dict.fromkeys(words, 0)
        limit = FREQUENT * max(min(shares.values()), RARE)
        asked = [f"{self._quoted(word)}:*" for word in words if shares[word] <= limit]
        if len(folder_ids) <= MARKS:
            asked.append(f"({' | '.join(self._quoted(f'#{folder_id}') for folder_id in folder_ids)})")
        return " & ".join(f"{self._quoted(word)}:*" for word in words), " & ".join(asked)

    @api.model
    def _words(self, text):
        """The words of a text, taken apart just as those of the mails."""
        [[words]] = self.env.execute_query(SQL("SELECT tsvector_to_array(maildesk_search_words(%s))", text.replace("\0", " ")))
        return words

    @staticmethod
    def _quoted(word):
        """A word as it stands in a ``tsquery``."""
        escaped = word.replace("\\", "\\\\").replace("'", "''")
        return f"'{escaped}'"

    @api.model
    def _shares(self, words):
        """Word → how often words that begin with it occur in a mail, by PostgreSQL's statistics; 0 for those it does not know."""
        # the statistics of a column are no model
        return dict(self.env.execute_query(SQL(
            """WITH known AS MATERIALIZED (
                   SELECT unnest(most_common_elems::text::text[]) AS word, unnest(most_common_elem_freqs) AS share FROM pg_stats
                    WHERE schemaname = current_schema AND tablename = 'maildesk_message_search' AND attname = 'words')
             SELECT asked.word, coalesce((SELECT sum(share) FROM known WHERE starts_with(known.word, asked.word)), 0)
               FROM unnest(%s) AS asked(word)""", words,
        )))
