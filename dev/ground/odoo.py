"""The Odoo command line in the prepared environment."""

import os
from pathlib import Path

from . import postgres
from .base import CHECKOUT, STATE, checkout_key
from .odoo_home import addons_paths, odoo_home
from .python_env import python

HERE = STATE / "checkouts" / checkout_key()


def prepare():
    """Have Odoo, its Python, its configuration and its database server ready.

    :returns: ``(command, environment)``: the start of an Odoo command line and the variables it needs.
    :raises GroundError: what is missing, in words.
    """
    home, program = odoo_home(), python()
    postgres.start()
    links = HERE / "addons"
    links.mkdir(parents=True, exist_ok=True)
    link = links / "maildesk"
    if not link.is_symlink() or Path(os.readlink(link)) != CHECKOUT:
        link.unlink(missing_ok=True)
        link.symlink_to(CHECKOUT)
    configuration = HERE / "odoo.conf"
    addons = ",".join(str(path) for path in [*addons_paths(home), links])
    content = (
        "[options]\n"
        f"addons_path = {addons}\n"
        f"data_dir = {HERE / 'data'}\n"
        f"db_host = {postgres.FOLDER}\ndb_port = {postgres.PORT}\ndb_user = {postgres.USER}\n"
        "list_db = True\nadmin_passwd = admin\n"
        "http_interface = 127.0.0.1\n"
    )
    if not configuration.exists() or configuration.read_text() != content:
        configuration.write_text(content)
    environment = {
        **postgres.environment(),
        "ODOO_RC": str(configuration),
        "PYTHONPATH": str(home),
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
        "PYTHONWARNINGS": "ignore::DeprecationWarning,ignore::UserWarning",
    }
    return [str(program), "-m", "odoo"], environment
