"""Files of mail kept in Odoo's file store, as they came and although its disk may be full.

No model: it runs in the caller's transaction.
"""

import hashlib
import logging
from pathlib import Path

from ..tools.filenames import OPAQUE

_logger = logging.getLogger(__name__)


def store_file(env, values):
    """Keep octets as an ``ir.attachment``.

    They are a stranger's, and Odoo serves a file in place, under its own address, by the type it is stored with: it is stored
    without one. What the sender calls it is ``maildesk.attachment.mimetype``.

    :param env: environment that may create it.
    :param dict values: of the record, ``raw`` being the octets.
    :return: the record; what it holds is octet by octet what was given, images are not made smaller.
    :raises OSError: there is no room, or the store cannot be written; nothing of it is kept.
    """
    attachments = env["ir.attachment"].with_context(image_no_postprocess=True)
    _discard_piece(Path(attachments._full_path(_name(values["raw"]))))
    with env.cr.savepoint():
        stored = attachments.create({**values, "mimetype": OPAQUE})
        # of octets without a type, Odoo guesses one when the record is made, and takes the words out of what it takes for text
        stored.write({"mimetype": OPAQUE, "index_content": False})
        return stored


def _name(octets):
    """A file's name in Odoo's store, which is its checksum."""
    checksum = hashlib.sha1(octets).hexdigest()
    return f"{checksum[:2]}/{checksum}"


def _discard_piece(path):
    """Remove what a full disk let Odoo write of a file: its name says what it should hold, and Odoo would refuse to go on."""
    if not path.is_file():
        return
    if hashlib.sha1(path.read_bytes()).hexdigest() != path.name:
        _logger.warning("%s holds a piece of a file only: it is removed", path)
        path.unlink(missing_ok=True)
