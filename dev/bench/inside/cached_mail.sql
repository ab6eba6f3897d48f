-- A large cache, the same every time; cached_mail.py runs it with the folders and their sizes. Chance comes from hashes.

CREATE FUNCTION pg_temp.chance(number bigint, seed bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT (hashint8extended(number, seed) & 2147483647) / 2147483648.0::float8';
-- 0 most often, size - 1 seldom, as Zipf found it for words
CREATE FUNCTION pg_temp.zipf(number bigint, seed bigint, size integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
    'SELECT floor(exp(pg_temp.chance(number, seed) * ln(size::float8)))::int - 1';
CREATE FUNCTION pg_temp.pick(number bigint, seed bigint, size integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
    'SELECT floor(pg_temp.chance(number, seed) * size)::int';

-- an everyday vocabulary of 30,000 words: real ones first, then compounds of these
CREATE TEMPORARY TABLE bench_word AS
SELECT number - 1 AS rank, CASE WHEN number <= known THEN words[number]
                                ELSE words[1 + number %% known] || words[1 + number / 7 %% known] END AS word
  FROM (SELECT %(words)s::text[] AS words, cardinality(%(words)s::text[]) AS known) real, generate_series(1, 30000) AS number;
CREATE TEMPORARY TABLE bench_phrase AS
SELECT phrase AS number, string_agg(word, ' ' ORDER BY place) AS text
  FROM generate_series(0, 49999) AS phrase, generate_series(1, 6) AS place, bench_word
 WHERE rank = pg_temp.zipf(phrase * 6 + place, 1, 30000)
 GROUP BY phrase;
CREATE TEMPORARY TABLE bench_person AS
SELECT number, initcap(first.word || ' ' || last.word) AS name, first.word || '.' || last.word || '@' || home.word || '.example' AS email
  FROM generate_series(0, 4999) AS number
  JOIN bench_word first ON first.rank = 100 + number * 7 %% 900
  JOIN bench_word last ON last.rank = 100 + number * 13 %% 1100
  JOIN bench_word home ON home.rank = 100 + number %% 900;
-- words put where they are hard to find: share of the mail of a folder (NULL: any), in which part of its time (0: newest)
CREATE TEMPORARY TABLE bench_plant (number, word, folder, readable, share, newest, oldest) AS VALUES
    (1, 'unicorn', NULL, NULL::bool, 0.00001::float8, 0::float8, 1::float8),
    (2, 'seldom', NULL, NULL, 0.002, 0, 1),
    (3, 'elsewhere', 'Archive', NULL, 0.8, 0, 1),
    (4, 'formerly', 'INBOX', NULL, 0.4, 0.5, 1),
    (5, 'foreign', NULL, false, 0.7, 0, 1);
CREATE TEMPORARY TABLE bench_mail AS
SELECT row_number() OVER (ORDER BY date, folder_id, place) AS id, *
  FROM (SELECT folder.id AS folder_id, folder.account_id, folder.name AS folder, place, place / size::float8 AS age,
               readable, unread, starred, attached, folder.id * 10000000::bigint + place AS seed,
               date_trunc('second', timestamp '2026-06-01' - interval '1 day' * 2900 * (place / size::float8)
                   - interval '1 hour' * pg_temp.chance(place, folder.id)) AS date
          FROM unnest(%(folders)s::int[], %(sizes)s::int[], %(readable)s::bool[], %(unread)s::float8[], %(starred)s::float8[],
                      %(attached)s::float8[]) AS sized (sized_id, size, readable, unread, starred, attached)
          JOIN maildesk_folder folder ON folder.id = sized_id,
               generate_series(0, size - 1) AS place) rows;
ANALYZE bench_word, bench_phrase, bench_person, bench_mail;

INSERT INTO maildesk_thread (id, account_id)
SELECT id, account_id FROM bench_mail WHERE place %% 3 = 0;
INSERT INTO maildesk_message (id, account_id, fingerprint, message_id, thread_id, from_name, from_email, to_addresses, subject,
                              date, preview, size, has_attachments)
SELECT mail.id, mail.account_id, folder_id || '-' || place, '<' || folder_id || '.' || place || '@bench.example>',
       CASE WHEN place %% 3 = 0 THEN mail.id END, person.name, person.email, account.email, subject.text || ' ' || place,
       mail.date, concat_ws(' ', one.text, two.text, three.text, planted.words), 2000 + seed %% 60000,
       pg_temp.chance(seed, 5) < attached
  FROM bench_mail mail
  JOIN maildesk_account account ON account.id = mail.account_id
  JOIN bench_person person ON person.number = pg_temp.zipf(seed, 6, 5000)
  JOIN bench_phrase subject ON subject.number = pg_temp.pick(seed, 7, 50000)
  JOIN bench_phrase one ON one.number = pg_temp.pick(seed, 8, 50000)
  JOIN bench_phrase two ON two.number = pg_temp.pick(seed, 9, 50000)
  JOIN bench_phrase three ON three.number = pg_temp.pick(seed, 10, 50000)
 CROSS JOIN LATERAL (
    SELECT string_agg(word, ' ') AS words FROM bench_plant plant
     WHERE (plant.folder IS NULL OR plant.folder = mail.folder) AND (plant.readable IS NULL OR plant.readable = mail.readable)
       AND age BETWEEN newest AND oldest AND (plant.number <> 3 OR place %% 20 > 0) AND pg_temp.chance(seed, 20 + plant.number) < share) planted
 ORDER BY mail.id;
-- every twentieth mail of an archive lies in the inbox as well
INSERT INTO maildesk_message_placement (id, message_id, folder_id, remote_id, is_read, is_starred, is_answered, is_draft, date)
SELECT id, id, folder_id, '1:' || place + 1, pg_temp.chance(seed, 11) >= unread, pg_temp.chance(seed, 12) < starred,
       pg_temp.chance(seed, 13) < 0.2, false, date
  FROM bench_mail ORDER BY id;
INSERT INTO maildesk_message_placement (id, message_id, folder_id, remote_id, is_read, is_starred, is_answered, is_draft, date)
SELECT 1000000000 + mail.id, mail.id, inbox.id, '2:' || place + 1, true, false, false, false, mail.date
  FROM bench_mail mail JOIN maildesk_folder inbox ON inbox.account_id = mail.account_id AND inbox.role = 'inbox'
 WHERE mail.folder = 'Archive' AND place %% 20 = 0;
-- bodies of the newest mail of the largest inbox, to be opened
INSERT INTO maildesk_message_body (message_id, html, text, blocked_images, blocked_trackers, expires_at)
SELECT message.id, '<div style="font-family: sans-serif"><h3>' || subject || '</h3><p>' || repeat(preview || '. ', 15) || '</p></div>',
       preview, 0, 0, '2100-01-01'
  FROM maildesk_message_placement placement JOIN maildesk_message message ON message.id = placement.message_id
 WHERE folder_id = (%(folders)s::int[])[1] ORDER BY placement.date DESC, placement.id DESC LIMIT 200;
SELECT setval(pg_get_serial_sequence(kind, 'id'), 2000000000)
  FROM unnest(ARRAY['maildesk_thread', 'maildesk_message', 'maildesk_message_placement']) AS kind;
UPDATE maildesk_folder folder SET total_count = total, unread_count = unread
  FROM (SELECT folder_id, count(*) AS total, count(*) FILTER (WHERE is_read IS NOT TRUE) AS unread
          FROM maildesk_message_placement GROUP BY folder_id) counted
 WHERE folder.id = folder_id;
