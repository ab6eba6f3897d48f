"""Dovecot that lets people in with access tokens only, which it has the provider's fake confirm."""

from ...dev.servers.dovecot import Dovecot

_CONFIG = """
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {settings}
}}
"""
_SETTINGS = """
introspection_mode = post
introspection_url = {url}/introspect
active_attribute = active
active_value = true
username_attribute = email
tls_ca_cert_file = {authority}
"""


def oauth_dovecot(root, fake, **options):
    """A server, not yet started, over TLS with a certificate of the fake's authority.

    :param Path root: a directory others may pass through.
    :param fake: a provider with ``/introspect``.
    """
    settings = root / "oauth2.conf"
    settings.write_text(_SETTINGS.format(url=fake.url, authority=fake.home / "ca.pem"))
    cert, key = fake.authority.files("dovecot", "127.0.0.1", "localhost")
    return Dovecot(root / "dovecot", cert=cert, key=key, extra_config=_CONFIG.format(settings=settings), **options)
