"""Keeps passwords and tokens out of the log, whoever wrote them into a message."""

import logging
import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "[…]"
_MIN_SECRET = 3

_NAMES = (r"pass(?:word|wd|phrase)?|pwd|secret|(?:client|share|api|maildesk)[_-]?(?:secret|password|key)|[a-z_]{0,30}token"
          r"|code_verifier|assertion|authorization|x-api-key|cookie|set-cookie|session_id|sid|credentials?")
_RULES = (
    # key=value, "key": "value", Key: value to the end of a quoted or bare word.
    (re.compile(rf"""(?ix)(?<![a-z0-9])((?:{_NAMES})["']?\s*[=:]\s*)"(?:[^"\\]|\\.)*["]?"""), rf'\1"{MASK}"'),
    (re.compile(rf"""(?ix)(?<![a-z0-9])((?:{_NAMES})["']?\s*[=:]\s*)b?'(?:[^'\\]|\\.)*[']?"""), rf"\1'{MASK}'"),
    (re.compile(r"(?i)\b((?:authorization|proxy-authorization|cookie|set-cookie)\s*:\s*)[^\r\n]+"), rf"\1{MASK}"),
    (re.compile(rf"(?i)(?<![a-z0-9])((?:{_NAMES})\s*=\s*)[^\s\"'&\x01]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)(?<![a-z0-9])((?:[a-z_]{0,30}(?:password|passwd|secret|token))\s*:\s*)[^\s\"'&]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(code=)[\w%./~-]{16,}"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b((?:Bearer|Basic)\s+)(?!auth|token)[\w.~+/=-]{6,}"), rf"\1{MASK}"),
    # RFC 3501 §6.2, RFC 4954 §4: initial responses and passwords on the command line.
    (re.compile(r"\b(AUTH(?:ENTICATE)? +[A-Z0-9-]+ +)(?!(?:LOGIN|PLAIN|XOAUTH2|OAUTHBEARER|NTLM|GSSAPI|CRAM|DIGEST|SCRAM)\b)"
                r"[A-Za-z0-9+/=]{4,}"), rf"\1{MASK}"),
    (re.compile(r"""(?x)\b(LOGIN\ +(?!fail|disabled|denied|error|is\b|not\b)(?:"(?:[^"\\]|\\.)*"|[^\s"]+)\ +)
                (?:"(?:[^"\\]|\\.)*"|\{\d+\+?\}(?:(?:\r?\n|\\r\\n)[^\r\n]*)?|[^\s"]+)"""), rf"\1{MASK}"),
    (re.compile(r"\b(PASS +)\S+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://[^\s/:@]{0,300}:)[^\s/@]{1,1000}@"), rf"\1{MASK}@"),
    # Tokens that give themselves away: base64 of "user=" (XOAUTH2), JSON web tokens, Google's.
    (re.compile(r"\bdXNlcj[A-Za-z0-9+/]{8,}={0,2}"), MASK),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)*"), MASK),
    (re.compile(r"\b(?:ya29\.|GOCSPX-)[\w.-]{6,}|(?<!\S)1//0[\w-]{20,}"), MASK),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Give back ``text`` with everything that looks like a password or token blotted out.

    :param secrets: values known to be secret; found also in base64, in SASL PLAIN and percent-encoded.
    """
    text = str(text)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        if len(secret) >= _MIN_SECRET:
            for form in _forms(secret):
                text = text.replace(form, MASK)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


class RedactingFilter(logging.Filter):
    """Redacts every record that passes: message, arguments and traceback.

    :param secrets: values known to be secret.
    """

    def __init__(self, secrets: Iterable[str] = ()):
        super().__init__()
        self.secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        # Arguments that do not fit the format raise all sorts of errors; a log line must not break its caller.
        except Exception:
            message = str(record.msg)
        record.msg, record.args = redact(message, self.secrets), ()
        if record.exc_info and record.exc_info[0]:
            # Formatters use the text that is already there.
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info), self.secrets)
        if record.stack_info:
            record.stack_info = redact(record.stack_info, self.secrets)
        return True


def get_logger(name: str) -> logging.Logger:
    """The logger of that name, redacting. To be used wherever a provider's words are logged."""
    logger = logging.getLogger(name)
    if not any(isinstance(each, RedactingFilter) for each in logger.filters):
        logger.addFilter(RedactingFilter())
    return logger


def _forms(secret):
    """Ways in which a secret is written down. Base64 depends on what stands before it, hence three alignments."""
    raw = secret.encode("utf-8", "surrogatepass")
    # The last one is how IMAP and SMTP quote.
    forms = {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1], re.sub(r'(["\\])', r"\\\1", secret)}
    if len(raw) >= 6:
        for shift in range(3):
            encoded = b64encode(b"\0" * shift + raw).decode().rstrip("=")
            # The first characters share bits with what stands before, the last with what follows.
            forms.add(encoded[(0, 2, 3)[shift]:len(encoded) if (shift + len(raw)) % 3 == 0 else -1])
    return sorted(forms, key=len, reverse=True)
