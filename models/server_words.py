"""What is said about a server that does not do as it should: what happened, and in a second paragraph what to do about it.

Keys are the reasons of ``providers.errors``. Placeholders: ``host``, ``port``, ``user``; ``protocol`` that was to be spoken, with
its usual ports ``ssl`` and ``starttls``; ``provider`` and ``address`` where app passwords are made.
"""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: No conversation came about.
UNREACHABLE = {
    "name": _lt(
        "The name %(host)s was not found.\n\n"
        "Check how the server is spelled; its provider's help pages name it."),
    "resolver": _lt(
        "No name server told in time where %(host)s is.\n\n"
        "Try again in a minute. If it stays so, the name servers of the machine Odoo runs on need its administrator."),
    "refused": _lt(
        "%(host)s refuses connections on port %(port)s.\n\n"
        "Check the port and the connection security: %(protocol)s usually has port %(ssl)s with SSL/TLS and port %(starttls)s "
        "with STARTTLS."),
    "timeout": _lt(
        "%(host)s did not answer on port %(port)s in time.\n\n"
        "Check the server's name and the port: %(protocol)s usually has port %(ssl)s with SSL/TLS and port %(starttls)s with "
        "STARTTLS. If both are right, a firewall may be in between: ask whoever runs the network Odoo is in whether it lets this "
        "port out."),
    "slow": _lt(
        "%(host)s answers on port %(port)s, but so slowly that MailDesk stopped waiting.\n\n"
        "Try again in a few minutes. If it stays so, ask the server's administrator, and check that this is the port of a mail "
        "server."),
    "rejected": _lt(
        "%(host)s turns this machine away before anybody can sign in.\n\n"
        "The address Odoo connects from may be on a block list. Ask the provider to let it in, and which port is meant for "
        "people who send."),
    "busy": _lt(
        "%(host)s says that it cannot take the sign-in just now.\n\n"
        "Try again in a few minutes. If it stays so, look for a mail of the provider about a blocked sign-in: some hold back in "
        "this way what looks suspicious to them."),
    "unavailable": _lt(
        "%(host)s says that it cannot serve this mailbox just now.\n\n"
        "Try again in a few minutes. If it stays so, tell the server's administrator."),
    "no_mailbox": _lt(
        "%(host)s accepts the sign-in of %(user)s, and opens no mailbox.\n\n"
        "Ask the administrator of the mail service whether the mailbox has a licence, whether %(protocol)s is allowed for it, "
        "and, where it is a shared one, whether %(user)s has the permission to open it. A change there may take an hour."),
    "closed": _lt(
        "%(host)s closed the connection.\n\n"
        "Try again in a few minutes. If it stays so, check that port and connection security belong together."),
    "blocked": _lt(
        "%(host)s leads to another address than a moment ago, and not to an allowed one.\n\n"
        "Try again."),
    "starttls": _lt(
        "%(host)s does not offer STARTTLS on port %(port)s.\n\n"
        "Choose SSL/TLS and its usual port %(ssl)s. MailDesk never goes on unencrypted where encryption was asked for."),
    "tls_old": _lt(
        "%(host)s speaks no kind of SSL/TLS that is safe today.\n\n"
        "Ask its administrator to switch on TLS 1.2 or newer. Until then nobody should send a password there."),
    "tls": _lt(
        "%(host)s expects SSL/TLS from the first byte on port %(port)s.\n\n"
        "Set the connection security to SSL/TLS, or keep it and take port %(starttls)s for STARTTLS."),
    "plain": _lt(
        "%(host)s does not speak SSL/TLS from the first byte on port %(port)s.\n\n"
        "Set the connection security to STARTTLS, or keep SSL/TLS and take its usual port %(ssl)s."),
    "imap": _lt(
        "What answers at %(host)s on port %(port)s is a server for incoming mail (IMAP).\n\n"
        "An outgoing server is asked for here. Enter the provider's SMTP server, usually port %(ssl)s with SSL/TLS."),
    "smtp": _lt(
        "What answers at %(host)s on port %(port)s is a server for outgoing mail (SMTP).\n\n"
        "An incoming server is asked for here. Enter the provider's IMAP server, usually port %(ssl)s with SSL/TLS."),
    "pop3": _lt(
        "What answers at %(host)s on port %(port)s is a POP3 server.\n\n"
        "POP3 is not supported. Ask the provider for its %(protocol)s server, usually port %(ssl)s with SSL/TLS."),
    "http": _lt(
        "What answers at %(host)s on port %(port)s is a web server, not a mail server.\n\n"
        "Check the server's name and the port: %(protocol)s usually has port %(ssl)s with SSL/TLS."),
    "protocol": _lt(
        "What answers at %(host)s on port %(port)s is not a mail server, or does not speak as expected.\n\n"
        "Check the server's name, and that port and connection security belong together: port %(ssl)s with SSL/TLS, port "
        "%(starttls)s with STARTTLS."),
    "network": _lt(
        "%(host)s could not be reached.\n\n"
        "Check the network and the server's name."),
}

CERTIFICATE = {
    "expired": _lt(
        "The certificate of %(host)s has expired.\n\n"
        "Tell the server's administrator to renew it. If other programs accept it, the clock of the machine Odoo runs on is "
        "wrong."),
    "early": _lt(
        "The certificate of %(host)s is not valid yet.\n\n"
        "Check the clock of the machine Odoo runs on. If it is right, tell the server's administrator."),
    "name": _lt(
        "The certificate of %(host)s was made for another name.\n\n"
        "Enter the server by the name its provider documents and the certificate carries."),
    "untrusted": _lt(
        "The certificate of %(host)s is signed by nobody this machine trusts: by itself, or by an unknown authority.\n\n"
        "Have the mail server's administrator install a certificate of a public authority, or have the company's own authority "
        "added to the trusted ones of the machine Odoo runs on (environment variable SSL_CERT_FILE)."),
    "other": _lt(
        "The certificate of %(host)s cannot be accepted.\n\n"
        "Tell the mail server's administrator."),
}

#: User name and password, or what the server makes of them.
SIGN_IN = {
    "password": _lt(
        "%(host)s does not accept user name and password of %(user)s.\n\n"
        "Enter them again; the user name is usually the whole email address. Where the provider blocks sign-ins, look for its "
        "mail about a blocked sign-in; many want an app password from mail programs. For Gmail with a password, use an app "
        "password."),
    "allow_first": _lt(
        "%(host)s does not accept user name and password of %(user)s.\n\n"
        "Enter them again; the user name is usually the whole email address. This provider also wants mail programs to be "
        "allowed first, in the settings of the mailbox on its web site, and an app password where a second factor is on."),
    "app_password": _lt(
        "%(host)s wants an app password from %(user)s.\n\n"
        "The usual password is not taken from mail programs. Make an app password in the security settings of the account at the "
        "provider, and enter it here."),
    "known_app_password": _lt(
        "%(host)s does not accept user name and password of %(user)s.\n\n"
        "%(provider)s lets mail programs in with an app password only. Make one at %(address)s, and enter it here instead of the "
        "usual password."),
    "no_passwords": _lt(
        "%(host)s refused the password of %(user)s. Microsoft 365 and Outlook.com no longer let mail programs sign in with one."
        "\n\n"
        "Set the Server Type of both servers to Outlook OAuth Authentication, and press Connect Microsoft Graph (OAuth) on the "
        "mailbox. On an Exchange server of your own, check user name and password, and that the mailbox allows %(protocol)s."),
    "browser": _lt(
        "%(host)s has blocked this sign-in until %(user)s signs in with a web browser.\n\n"
        "Look for the provider's mail about a blocked sign-in, sign in on its web site, confirm that it was you, and test again. "
        "For Gmail with a password, use an app password."),
    "switched_off": _lt(
        "%(host)s does not let mail programs into the mailbox of %(user)s.\n\n"
        "Sign in on the provider's web site, and allow %(protocol)s in the settings of the mailbox."),
    "expired": _lt(
        "%(host)s says that the password of %(user)s has expired.\n\n"
        "Set a new one at the provider, and enter it here."),
    "not_allowed": _lt(
        "%(host)s knows %(user)s, but does not open this mailbox to them.\n\n"
        "Ask the server's administrator for the right, or enter the mailbox's own user name and password."),
    "encryption": _lt(
        "%(host)s lets nobody sign in over an unencrypted connection.\n\n"
        "Set the connection security to SSL/TLS (port %(ssl)s) or STARTTLS (port %(starttls)s)."),
    "no_sign_in": _lt(
        "%(host)s offers no sign-in on port %(port)s.\n\n"
        "Take the port meant for people: %(ssl)s with SSL/TLS, or %(starttls)s with STARTTLS. A relay that asks nobody to sign "
        "in wants the user name to be empty."),
    "method": _lt(
        "%(host)s offers no way to sign in with a password that MailDesk knows.\n\n"
        "Ask the server's administrator to allow the methods PLAIN or LOGIN over an encrypted connection."),
}

#: Refusals of something else than a sign-in: of the mailbox, or of what a person waits for.
REFUSED = {
    "gone": _lt("This is no longer where it was on %(host)s: another mail program moved or deleted it."),
    "busy": _lt(
        "%(host)s cannot open this just now: another program may have locked it.\n\n"
        "Try again in a few minutes. If it stays so, tell the server's administrator."),
    "damaged": _lt(
        "%(host)s cannot open this because of a fault of its own.\n\n"
        "Try again in a few minutes. If it stays so, tell the server's administrator: the folder may be damaged there."),
    "forbidden": _lt(
        "%(host)s does not let %(user)s open this.\n\n"
        "Ask the server's administrator, or whoever shares the folder, for the right."),
    "refused": _lt(
        "%(host)s refused this.\n\n"
        "Try again in a few minutes. If it stays so, tell the server's administrator."),
    "pause": _lt(
        "%(host)s asks for a pause: there are too many connections or sign-ins, or it is busy.\n\n"
        "Try again in a few minutes. If it stays so, close other mail programs that use this mailbox."),
    "other": _lt(
        "%(host)s answered in a way that was not understood.\n\n"
        "Try again, or tell its administrator."),
}

#: Why one folder cannot be read. The others are: what is done about it is to try again with every sync run.
FOLDER = {
    "gone": _lt(
        "%(host)s lists this folder, and says that it is not there.\n\n"
        "If it stays so, tell the server's administrator."),
    "busy": _lt(
        "%(host)s cannot open this folder just now: another program may have locked it.\n\n"
        "MailDesk tries again by itself. If it stays so, tell the server's administrator."),
    "damaged": _lt(
        "%(host)s cannot open this folder because of a fault of its own: the folder may be damaged there.\n\n"
        "Tell the server's administrator. MailDesk tries again by itself, and reads the other folders as usual."),
    "forbidden": _lt(
        "%(host)s does not let %(user)s read this folder.\n\n"
        "Ask the server's administrator, or whoever shares it, for the right, or switch off its synchronisation here."),
    "throttled": _lt(
        "%(host)s asks for a pause before it opens this folder.\n\n"
        "MailDesk tries again by itself."),
    "lost": _lt(
        "%(host)s ended the connection, or stopped answering, while this folder was read.\n\n"
        "MailDesk tries again by itself, after the other folders. If it stays so, tell the server's administrator."),
    "not_understood": _lt(
        "%(host)s answered in a way that was not understood while this folder was read.\n\n"
        "MailDesk tries again by itself. If it stays so, tell the server's administrator."),
    "refused": _lt(
        "%(host)s refuses to open this folder.\n\n"
        "MailDesk tries again by itself. If it stays so, tell the server's administrator."),
}

#: Why a change a person made was not taken.
CHANGE = {
    "gone": _lt("A folder this needs is no longer on %(host)s."),
    "forbidden": _lt("%(host)s does not allow this in that folder."),
    "full": _lt(
        "The mailbox is full on %(host)s. Delete mail there for good, or ask the server's administrator for more room."),
    "too_large": _lt("%(host)s does not take a mail as large as this one, which has %(size)s."),
    "too_large_by_limit": _lt("%(host)s takes mails of up to %(limit)s, this one has %(size)s."),
    "limit": _lt("%(host)s has a limit that does not allow this."),
    "busy": _lt("%(host)s cannot do it just now: another program may have locked the folder."),
    "damaged": _lt("%(host)s could not do it because of a fault of its own: the folder may be damaged there."),
    "throttled": _lt("%(host)s asks for a pause."),
    "lost": _lt("%(host)s ended the connection, or stopped answering, while this was done."),
    "refused": _lt("%(host)s refused it."),
}


def in_bytes(octets):
    """A size as it is written for people."""
    return f"{octets / 10**6:.1f} MB" if octets >= 10**6 else f"{-(-octets // 1000)} KB"


def say(env, term, **known):
    """A term of these tables in the reader's language.

    :param known: the placeholders it has, and any others.
    """
    text = env._(term)
    return text % known
