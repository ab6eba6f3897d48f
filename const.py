"""Words and numbers several files share."""

#: The group of the Mailbox Admins.
ADMIN = "maildesk.group_maildesk_admin"

#: Provider by the server's type.
SERVER_TYPES = [
    ("imap", "IMAP Server"),
    ("gmail", "Gmail OAuth Authentication"),
    ("outlook", "Outlook OAuth Authentication"),
]
OUTGOING_TYPES = [("smtp", "SMTP Server"), *SERVER_TYPES[1:]]
#: Who signs people in, by the server's type.
OAUTH_PROVIDERS = {"gmail": "google", "outlook": "microsoft"}
PROVIDER_NAMES = {"google": "Google", "microsoft": "Microsoft"}
#: The help page of a provider, as its address ends.
HELP_PAGES = {"google": "gmail", "microsoft": "outlook"}
#: Where Gmail is reached, by the kind of server; a system parameter may lead elsewhere, a server's form may not.
GOOGLE_HOSTS = {"imap": ("imap.gmail.com", 993), "smtp": ("smtp.gmail.com", 465)}
#: What the form of an Outlook server shows.
GRAPH_HOST = "graph.microsoft.com"
#: Minutes a sign-in may take.
SIGN_IN_MINUTES = 10
ENCRYPTIONS = [("ssl", "SSL/TLS"), ("starttls", "STARTTLS"), ("none", "None")]

#: The usual port by protocol and encryption (RFC 8314, RFC 3501, RFC 6409).
IMAP_PORTS = {"ssl": 993, "starttls": 143, "none": 143}
SMTP_PORTS = {"ssl": 465, "starttls": 587, "none": 25}
POP_PORTS = (110, 995)

FOLDER_ROLES = [
    ("inbox", "Inbox"),
    ("drafts", "Drafts"),
    ("sent", "Sent"),
    ("archive", "Archive"),
    ("junk", "Junk"),
    ("trash", "Trash"),
    ("all", "All Mail"),
    ("flagged", "Starred"),
    ("important", "Important"),
]

#: Flags a person can set, as ``providers.values.FLAGS`` and the fields of a placement are called.
FLAG_FIELDS = {"is_read": "Read", "is_starred": "Starred", "is_answered": "Answered"}

#: How fingerprints begin where folders are labels (Gmail): what gets another one stays in the archive all the same.
LABELLED = "x-gm-msgid:"

#: How long finished changes stay listed.
OPERATION_DAYS = 2

#: Seconds any single wait for a mail server may take: while a person watches a button, and in the background.
BUTTON_TIMEOUT = 10.0
SYNC_TIMEOUT = 30.0
#: Seconds a conversation may take in all, whatever the server does: while a person watches a button; and in the background
#: between two renewals of the lease, so that it has ended before another worker may begin.
BUTTON_SECONDS = 30.0
SYNC_SECONDS = 60.0
#: Octets a second at which a large mail has to come or go at least; its size adds to the seconds above.
SLOWEST_RATE = 50_000
#: The same for a connection test, and seconds such a test may take in all, whatever the server does.
TEST_TIMEOUT, TEST_SECONDS = 7.0, 13.0

#: Messages a page carries: small first, so that a first screen is there at once.
FIRST_PAGE = 100
PAGE = 2000

#: Minutes until the next try after 1, 2, 3, … failures in a row; the last one stays.
BACK_OFF = (1, 2, 5, 15, 60)

#: Seconds a pause may last that a server asks for; it is then asked again whether it still wants one.
MAX_PAUSE = 24 * 3600
#: Hours without a good sync run after which a mailbox is in trouble, although its server only asks for pauses.
LONGEST_PAUSE_HOURS = 24

#: The same for a mail that is to be sent; and hours after which it is given up.
SEND_BACK_OFF = (1, 2, 5, 15, 60)
SEND_GIVE_UP_HOURS = 24
#: Minutes after a mail was handed over without an answer at which the sent mail is looked for; then a person is asked.
WITNESS_MINUTES = (0, 1, 5, 15)
#: Seconds a connection that sends may wait for one answer, and the whole conversation before the final dot may take.
SEND_TIMEOUT, SEND_SECONDS = 60.0, 900.0
#: Connections a worker sends through at once.
SEND_CONNECTIONS = 8

#: Failures in a row, and hours since the first of them, from which on an error is taken to last.
LASTING_FAILURES = 3
LASTING_HOURS = 1

#: Days without use after which a provider ends a sign-in, by its own word.
IDLE_DAYS = {"google": 180, "microsoft": 90}
#: Days before a sign-in ends from which on an administrator is told.
SIGN_IN_WARNING_DAYS = 7

#: The watcher's advisory lock among all of the database (two 32-bit numbers).
WATCHER_LOCK = (int.from_bytes(b"mail", "big"), int.from_bytes(b"idle", "big"))

#: Seconds a worker owns an account without renewing; longer than any single network wait.
LEASE_SECONDS = 90

#: Characters a share password has at least.
SHARE_MIN_LENGTH = 8

#: Join attempts with a wrong share password, per person and per address, within so many minutes.
JOIN_TRIES = 5
JOIN_MINUTES = 15

#: Folders made on the server where a person needs one the mailbox does not have, by role.
CREATED_FOLDERS = {"archive": "Archive", "junk": "Junk", "trash": "Trash", "sent": "Sent", "drafts": "Drafts"}
