"""An SMTP server over TLS that lets people in with access tokens only, as Google's "XOAUTH2 mechanism" page has it."""

import re
import socket
from base64 import b64decode

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

_INITIAL = re.compile(r"user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01")


class TokenSmtp(Controller):
    """:attr:`signed_in` lists who came in.

    :param fake: the provider that gave out the tokens.
    """

    def __init__(self, fake):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.fake, self.signed_in = fake, []
        context = fake.authority.server("smtp", "127.0.0.1", "localhost")
        super().__init__(
            self, hostname="127.0.0.1", port=port, ssl_context=context, auth_require_tls=False, auth_required=True,
            auth_exclude_mechanism=["LOGIN", "PLAIN"])

    async def auth_XOAUTH2(self, server, args):
        """Said to the library by its name."""
        match = _INITIAL.fullmatch(b64decode(args[1]).decode())
        if match and self.fake.who(match[2]) == match[1]:
            self.signed_in.append(match[1])
            return AuthResult(success=True, auth_data=match[1])
        # the reason first; the client says that it has read it
        await server.challenge_auth('{"status":"400","schemes":"Bearer"}', encode_to_b64=True)
        return AuthResult(success=False, handled=False)
