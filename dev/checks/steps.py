"""The steps of `make test`."""

import re
import shutil
import socket
import subprocess
from dataclasses import dataclass

from dev.checks import release as release_check
from dev.ground import postgres
from dev.ground.base import CACHE, CHECKOUT, GroundError, checkout_key, locked, run, say, stamp, stamped
from dev.ground.odoo import HERE, prepare
from dev.ground.python_env import python
from dev.ground.system import SERVERS, TEST_TOOLS, install
from dev.world.run import source_signature

#: Odoo with `mail`, made once and copied: what every test database starts from.
TEMPLATE = "maildesk_template_mail"
BARE = "maildesk_template_base"
DATABASE = f"maildesk_test_{checkout_key()}"
#: Lines of Odoo's log that are failures although no test says so.
TROUBLE = re.compile(r"^\S+ \S+ \d+ (ERROR|CRITICAL) \S+ (?!odoo\.tests\.|odoo\.addons\.\S+\.tests\.)")


@dataclass
class Tally:
    """How many checks went well and how many did not."""

    passed: int = 0
    failed: int = 0

    def __add__(self, other):
        return Tally(self.passed + other.passed, self.failed + other.failed)


def _check(command, **options):
    """One command that counts as one check; its output is shown only where it fails."""
    done = subprocess.run([str(part) for part in command], cwd=CHECKOUT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False, **options)
    if done.returncode:
        print(done.stdout, flush=True)
    return Tally(int(not done.returncode), int(bool(done.returncode)))


def lint():
    """ruff, pylint-odoo, ESLint."""
    tools = python().parent
    tally = _check([tools / "ruff", "check", "."])
    listed = run(["git", "ls-files", "-co", "--exclude-standard", "*.py"], what="git ls-files", cwd=CHECKOUT).split()
    # what Odoo loads as models; providers and tools know nothing of it
    addon = [name for name in listed if name.startswith(("__", "models/", "controllers/", "cli/")) and (CHECKOUT / name).exists()]
    tally += _check([tools / "pylint", "--rcfile=pyproject.toml", "--jobs=2", *addon])
    return tally + _check([_eslint(), "--config", "eslint.config.mjs", "static"])


def _eslint():
    """ESLint in the cache: node modules never lie in the clone."""
    install(TEST_TOOLS)
    source = (CHECKOUT / "package.json").read_text()
    folder = CACHE / "node"
    if not stamped(folder, source):
        with locked("node"):
            if not stamped(folder, source):
                say("installing ESLint (once)")
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(CHECKOUT / "package.json", folder)
                run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"],
                    what="npm install (is there a network?)", cwd=folder)
                stamp(folder, source)
    return folder / "node_modules/.bin/eslint"


def _suite(module, pattern, *words):
    """A suite that prints `NAME: N passed, N failed` as its last line.

    :param words: further arguments of its command line.
    """
    install({"dovecot-imapd": SERVERS["dovecot-imapd"]})
    done = subprocess.run([str(python()), "-m", module, *words], cwd=CHECKOUT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False)
    counts = re.findall(rf"(?m)^{pattern}: (\d+) passed, (\d+) failed", done.stdout)
    tally = Tally(*map(int, counts[-1])) if counts else Tally(0, 1)
    if done.returncode and not tally.failed:
        tally.failed = 1
    if tally.failed:
        print(done.stdout, flush=True)
    return tally


def unit():
    """Providers and tools, without Odoo."""
    install({"chromium": SERVERS["chromium"]})
    return _suite("dev.unit_tests", "unit")


def live():
    """What only real commits show: several workers, a dead server, saving during a pass."""
    with_maildesk()
    return _suite("dev.live", "live")


def torture():
    """A short slice of `make torture`: lines cut, answers spoilt, workers killed, PostgreSQL restarted, a full disk, Graph."""
    with_maildesk()
    return _suite("dev.torture", "torture", "all", "--short")


def template(name, modules):
    """A database with some modules installed, made once for this Odoo."""
    command, environment = prepare()
    with locked(name):
        if not postgres.exists(name):
            say(f"making the database {name} (once)")
            postgres.drop(f"{name}_new")
            run([*command, "-d", f"{name}_new", "-i", modules, "--stop-after-init", "--no-http", "--max-cron-threads=0"],
                what=f"installing {modules}", env=environment)
            # only a finished one gets the name
            postgres.psql(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return command, environment


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def with_maildesk():
    """Have the test database there with MailDesk installed as it is now: as the step `odoo` left it, or made anew."""
    signature = source_signature()
    if postgres.exists(DATABASE) and postgres.note(DATABASE) == signature:
        return
    command, environment = template(TEMPLATE, "mail")
    say("installing MailDesk")
    postgres.copy(TEMPLATE, DATABASE)
    run([*command, "-d", DATABASE, "-i", "maildesk", "--stop-after-init", "--no-http", "--max-cron-threads=0"],
        what="installing maildesk", env=environment)
    postgres.set_note(DATABASE, signature)


def odoo():
    """Odoo's own harness: models against real servers, access matrix, hoot, tours."""
    install({name: SERVERS[name] for name in ("dovecot-imapd", "chromium")})
    command, environment = template(TEMPLATE, "mail")
    signature = source_signature()
    postgres.copy(TEMPLATE, DATABASE)
    log = HERE / "test.log"
    with log.open("w") as handle:
        done = subprocess.run(
            [*command, "-d", DATABASE, "-i", "maildesk", "--test-tags", "/maildesk", "--stop-after-init",
             f"--http-port={_free_port()}", "--max-cron-threads=0", "--without-demo"],
            cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, stdout=handle, stderr=subprocess.STDOUT, check=False,
        )
    postgres.set_note(DATABASE, signature)
    return _read_log(log, done.returncode)


def _read_log(log, returncode):
    text = log.read_text(errors="replace")
    results = re.findall(r"odoo\.tests\.result: (\d+) failed, (\d+) error\(s\) of (\d+) tests", text)
    hoot = sum(int(count) for count in re.findall(r"\[HOOT\] Passed (\d+) tests", text))
    failed = sum(int(failures) + int(errors) for failures, errors, _of in results)
    passed = sum(int(of) for _failures, _errors, of in results) - failed + hoot
    trouble = [line for line in text.splitlines() if TROUBLE.match(line)]
    if not results or (returncode and not failed) or (trouble and not failed):
        failed += 1
    if failed:
        shown = [line for line in text.splitlines() if re.search(r" (ERROR|CRITICAL|WARNING) ", line)] if results else text.splitlines()
        print("\n".join(shown[-200:]), f"\nthe whole log: {log}", sep="\n", flush=True)
    return Tally(passed, failed)


def install_cycle():
    """Installs where only `base` is, upgrades onto itself, uninstalls and leaves nothing behind."""
    command, environment = template(BARE, "base")
    name = f"{DATABASE}_cycle"
    postgres.copy(BARE, name)
    tally = Tally()
    quiet = ["-d", name, "--stop-after-init", "--no-http", "--max-cron-threads=0", "--log-level=warn"]
    for action in ("-i", "-u"):
        output = run([*command, *quiet, action, "maildesk"], what=f"odoo {action} maildesk", env=environment)
        troubles = [line for line in output.splitlines() if re.search(r" (WARNING|ERROR|CRITICAL) ", line)]
        print("\n".join(troubles), end="\n" if troubles else "")
        tally += Tally(int(not troubles), int(bool(troubles)))
    script = (
        'env["ir.attachment"].create({"name": "x", "raw": b"x", "res_model": "maildesk.attachment", "res_id": 1})\n'
        'env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "127.0.0.1")\nenv.cr.commit()\n'
        'env["ir.module.module"].search([("name", "=", "maildesk")]).button_immediate_uninstall()\n'
    )
    done = subprocess.run([*command, "shell", "-d", name, "--no-http", "--log-level=warn"], input=script, text=True, check=False,
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise GroundError(f"uninstalling failed:\n{done.stdout[-3000:]}")
    left = postgres.psql(
        "SELECT 'table ' || relname FROM pg_class WHERE relname LIKE 'maildesk%' "
        "UNION ALL SELECT 'data ' || name FROM ir_model_data WHERE module = 'maildesk' "
        "UNION ALL SELECT 'model ' || model FROM ir_model WHERE model LIKE 'maildesk.%' "
        "UNION ALL SELECT 'attachment ' || id FROM ir_attachment WHERE res_model LIKE 'maildesk.%' "
        "UNION ALL SELECT 'parameter ' || key FROM ir_config_parameter WHERE key LIKE 'maildesk.%'", name).strip()
    if left:
        print(f"left behind after uninstalling:\n{left}", flush=True)
    postgres.drop(name)
    return tally + Tally(int(not left), int(bool(left)))


def release():
    """The wheel has what the addon needs, and nothing of what only its developers need."""
    faults = list(release_check.faults())
    print("\n".join(faults), end="\n" if faults else "")
    return Tally(int(not faults), int(bool(faults)))


STEPS = {"lint": lint, "release": release, "unit": unit, "odoo": odoo, "install_cycle": install_cycle, "live": live, "torture": torture}
