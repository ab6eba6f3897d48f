"""Mail providers that are told by the names of their servers, where signing in to them has its peculiarities."""

#: Providers whose servers take no ordinary password: ending of the server's name → provider, and where a password for mail
#: programs is made.
APP_PASSWORDS = {
    "gmail.com": ("Google", "https://myaccount.google.com/apppasswords"),
    "googlemail.com": ("Google", "https://myaccount.google.com/apppasswords"),
    "mail.me.com": ("Apple (iCloud)", "https://account.apple.com"),
    "icloud.com": ("Apple (iCloud)", "https://account.apple.com"),
    "mail.yahoo.com": ("Yahoo", "https://login.yahoo.com/account/security"),
    "aol.com": ("AOL", "https://login.aol.com/account/security"),
    "fastmail.com": ("Fastmail", "https://app.fastmail.com/settings/security/apps"),
    "yandex.com": ("Yandex", "https://id.yandex.com/security/app-passwords"),
    "yandex.ru": ("Yandex", "https://id.yandex.ru/security/app-passwords"),
    "mail.ru": ("Mail.ru", "https://account.mail.ru/user/2-step-auth/passwords"),
}
#: Providers where mail programs have to be allowed first, in the settings of the mailbox on the provider's web site.
SWITCHED_OFF_FIRST = ("gmx.net", "gmx.com", "gmx.de", "web.de", "mail.com", "zoho.com", "zoho.eu", "yandex.com", "yandex.ru")
#: Microsoft's servers for everybody; an Exchange server of one's own has another name.
MICROSOFT = ("office365.com", "outlook.com", "office365.us", "hotmail.com", "live.com")


def app_password(host: str) -> tuple[str, str] | None:
    """Name of the provider and where it gives out passwords for mail programs; None where an ordinary one does."""
    return next((told for ending, told in APP_PASSWORDS.items() if _is_of(host, (ending,))), None)


def is_switched_off_first(host: str) -> bool:
    """Whether mail programs are locked out there until somebody allows them."""
    return _is_of(host, SWITCHED_OFF_FIRST)


def is_microsoft(host: str) -> bool:
    """Whether it is one of the servers of Microsoft 365 and Outlook.com."""
    return _is_of(host, MICROSOFT)


def _is_of(host: str, endings: tuple[str, ...]) -> bool:
    name = host.strip().rstrip(".").lower()
    return any(name == ending or name.endswith(f".{ending}") for ending in endings)
