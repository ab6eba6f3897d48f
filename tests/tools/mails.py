"""Mails for the tests of reading them, and what a server tells of their structure."""

import base64
import struct
import sysconfig
import zlib
from pathlib import Path

from asn1crypto import cms
from maildesk.tools.mime.parts import read_disposition

CASES = Path(__file__).parent.parent / "cases" / "mail"
#: CPython's own, where they are installed (on Debian by libpython3-testsuite).
ODD_MAILS = sorted(Path(sysconfig.get_path("stdlib"), "test", "test_email", "data").glob("*.txt"))
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def all_mails():
    """Name → octets, lines ended as on the wire."""
    return {path.name: b"\r\n".join(path.read_bytes().splitlines()) + b"\r\n" if path.suffix == ".txt" else path.read_bytes()
            for path in [*sorted(CASES.glob("*.eml")), *ODD_MAILS]}


def part(mimetype, content=b"", *fields, encoding=""):
    """Octets of a part, or of a mail.

    :param fields: further header fields, whole.
    """
    content = content.encode() if isinstance(content, str) else content
    if encoding == "base64":
        content = base64.encodebytes(content).replace(b"\n", b"\r\n")
    head = [f"Content-Type: {mimetype}", *fields, *([f"Content-Transfer-Encoding: {encoding}"] if encoding else [])]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


def multipart(subtype, *parts, fields=(), parameters=""):
    """Octets of a multipart; its boundary stands in none of its parts."""
    boundary = b"b%08x" % zlib.crc32(b"".join(parts))
    body = b"".join(b"--" + boundary + b"\r\n" + content + b"\r\n" for content in parts) + b"--" + boundary + b"--\r\n"
    return part(f'multipart/{subtype}; boundary={boundary.decode()}{parameters}', body, *fields)


def signed(mail):
    """A CMS object around a mail, without any signature."""
    content = {"version": "v1", "digest_algorithms": [], "signer_infos": [],
               "encap_content_info": {"content_type": "data", "content": mail}}
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(content)}).dump()


def enveloped():
    """A CMS object that only a key opens; who has it is left out."""
    content = {"version": "v0", "recipient_infos": [], "encrypted_content_info": {
        "content_type": "data", "content_encryption_algorithm": {"algorithm": "aes128_cbc", "parameters": b"0" * 16},
        "encrypted_content": b"secret"}}
    return cms.ContentInfo({"content_type": "enveloped_data", "content": cms.EnvelopedData(content)}).dump()


def attribute(level, name, data):
    """One attribute of a TNEF stream (MS-OXTNEF §2.1.3.1)."""
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*pairs):
    """A list of MAPI properties: tag and binary or Unicode value."""
    octets = struct.pack("<I", len(pairs))
    for tag, value in pairs:
        data = value if isinstance(value, bytes) else value.encode("utf-16-le") + b"\0\0"
        octets += struct.pack("<HHII", 0x102 if isinstance(value, bytes) else 0x1F, tag, 1, len(data))
        octets += data + b"\0" * (-len(data) % 4)
    return octets


def tnef(*files, body=()):
    """A winmail.dat.

    :param files: name and content.
    :param body: tag and value of message properties: 0x1000 is plain text, 0x1013 HTML.
    """
    octets = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x9007, struct.pack("<II", 1252, 0))
    octets += attribute(1, 0x9003, properties(*body)) if body else b""
    for name, content in files:
        octets += attribute(2, 0x9002, b"\0" * 14) + attribute(2, 0x800F, content)
        octets += attribute(2, 0x9005, properties((0x3707, name)))
    return octets


def bodystructure(node):
    """What a server tells of a tree (RFC 3501 §7.4.2)."""
    if node.is_multipart:
        parts = b"".join(bodystructure(child) for child in node.children)
        return b"(" + parts + b" %s %s NIL NIL NIL)" % (_string(node.mimetype.partition("/")[2]), _parameters(node.parameters))
    main, _slash, sub = node.mimetype.partition("/")
    extra = b""
    if node.mimetype == "message/rfc822" and node.children:
        envelope = b"(NIL %s NIL NIL NIL NIL NIL NIL NIL NIL)" % _string(node.children[0].first("subject"))
        extra = b" %s %s 1" % (envelope, bodystructure(node.children[0]))
    elif main == "text":
        extra = b" 1"
    disposition = node.first("content-disposition")
    if disposition:
        word = disposition.partition(b";")[0].strip()
        told = b"(%s %s)" % (_string(word), _parameters(read_disposition(disposition)[1]))
    return b"(%s %s %s %s NIL %s %d%s NIL %s NIL %s)" % (
        _string(main), _string(sub), _parameters(node.parameters), _string(node.first("content-id")), _string(node.encoding or "7bit"),
        node.end - node.start, extra, told if disposition else b"NIL", _string(node.first("content-location")))


def _parameters(found):
    pairs = b" ".join(_string(text) for pair in found.items() for text in pair)
    return b"(" + pairs + b")" if pairs else b"NIL"


def _string(value):
    octets = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"' if octets else b"NIL"
