"""A private PostgreSQL cluster on a Unix socket: no TCP port, nothing of the system's own cluster is touched."""

import os
import shutil
import subprocess
from pathlib import Path

from .base import STATE, GroundError, as_unprivileged, locked, run, say, unprivileged
from .system import SERVERS, install

FOLDER = STATE / "postgres"
DATA = FOLDER / "data"
BROKEN = FOLDER / "data.broken"
#: Only names the socket file: the cluster listens on no network address.
PORT = 5432
#: Odoo refuses the database user `postgres`.
USER = "odoo"
#: A developer's cluster may lose its last second when the machine loses power, and gains much speed for it.
SETTINGS = {
    "listen_addresses": "''", "fsync": "off", "full_page_writes": "off", "max_connections": "200",
    "shared_buffers": "512MB", "work_mem": "32MB", "maintenance_work_mem": "256MB", "max_wal_size": "4GB",
    "checkpoint_timeout": "30min", "autovacuum_naptime": "20s", "jit": "off", "logging_collector": "off",
}


def _program(name):
    install({"postgresql": SERVERS["postgresql"]})
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise GroundError("PostgreSQL's server programs are missing: apt-get install postgresql")
    return versions[-1]


def _is_up():
    ready = [_program("pg_isready"), "-q", "-h", FOLDER, "-p", str(PORT)]
    return subprocess.run(ready, check=False).returncode == 0


def _make():
    say("making a private PostgreSQL cluster (once)")
    FOLDER.mkdir(parents=True, exist_ok=True)
    if len(str(FOLDER)) > 80:
        raise GroundError(f"{FOLDER} is too long for a Unix socket: set XDG_STATE_HOME to a shorter path.")
    owner = unprivileged()
    if owner:
        shutil.chown(FOLDER, owner, "nogroup")
    shutil.rmtree(DATA, ignore_errors=True)
    initdb = [_program("initdb"), "-D", DATA, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    run(as_unprivileged(map(str, initdb)), what="initdb", cwd="/")


def start():
    """Have the cluster answer when this returns.

    :raises GroundError: it could not be made or started; carries the end of its log.
    """
    if (DATA / "PG_VERSION").exists() and _is_up():
        return
    with locked("postgres"):
        if _is_up():
            return
        if not (DATA / "PG_VERSION").exists():
            _make()
        elif not _launch():
            # without fsync a crash of the machine may break it; what lies in it can be made again
            say(f"the private PostgreSQL cluster does not start any more: making a new one, the old one is {BROKEN}")
            shutil.rmtree(BROKEN, ignore_errors=True)
            DATA.rename(BROKEN)
            _make()
        if not _is_up() and not _launch():
            log = FOLDER / "log"
            tail = "\n  ".join(log.read_text(errors="replace").splitlines()[-5:]) if log.exists() else "no log"
            raise GroundError(f"PostgreSQL did not start:\n  {tail}")


def _launch():
    """Try to start the server; answers whether it answers."""
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    command = [_program("pg_ctl"), "-D", DATA, "-s", "-w", "-t", "60", "-l", FOLDER / "log",
               "-o", f"-k {FOLDER} -p {PORT} {options}", "start"]
    # detached from the terminal, or Ctrl+C there would stop the server of every other clone
    subprocess.run(as_unprivileged(map(str, command)), cwd="/", start_new_session=True, check=False,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return _is_up()


def stop(mode="fast"):
    """Stop the cluster, cutting off whoever is connected.

    :param str mode: ``fast``, or ``immediate``: as if it had crashed.
    """
    if (DATA / "PG_VERSION").exists() and _is_up():
        run(as_unprivileged(map(str, [_program("pg_ctl"), "-D", DATA, "-m", mode, "-w", "stop"])), what="pg_ctl stop", cwd="/")


def environment():
    """libpq's variables, for the client programs."""
    return {**os.environ, "PGHOST": str(FOLDER), "PGPORT": str(PORT), "PGUSER": USER}


def psql(statement, database="postgres"):
    """Run one SQL statement; answers its rows, unaligned, without headings."""
    return run([_program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement],
               what="psql", env=environment())


def drop(database):
    """Drop a database if it is there."""
    psql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def exists(database):
    """Whether a database of that name is there."""
    return bool(psql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'").strip())


def note(database):
    """What :func:`set_note` wrote last about a database, or the empty string."""
    return psql(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{database}'").strip()


def set_note(database, text):
    """Write a line about a database that is lost with it."""
    psql(f"""COMMENT ON DATABASE "{database}" IS '{text}'""")


def dump(database, path):
    """Write a database into a file, from which :func:`restore` makes it again, in another cluster too."""
    run([_program("pg_dump"), "-Fc", "-Z0", "-f", path, database], what="pg_dump", env=environment())


def restore(path, database):
    """Make a database from a file of :func:`dump`."""
    drop(database)
    psql(f'CREATE DATABASE "{database}" TEMPLATE template0')
    run([_program("pg_restore"), "--no-owner", "--exit-on-error", "-j2", "-d", database, path], what="pg_restore", env=environment())


def copy(source, target):
    """Make ``target`` a copy of ``source``."""
    drop(target)
    psql(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
