"""Pin what pyproject.toml asks for, with hashes and with its word of why: `make lock`.

Pins that still fit are kept; `make lock ARGS=--upgrade` takes the newest.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (
    ("requirements.txt", ()),
    ("requirements-dev.txt", ("--extra", "dev", "--constraint", "requirements.txt")),
)
COMPILE = [
    *("uv", "pip", "compile", "pyproject.toml", "--quiet"),
    *("--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make lock"),
]
REASON = re.compile(r'((?:^ +# .*\n)+)^ +"([a-z0-9-]+)', re.MULTILINE)
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==", re.MULTILINE)


def main(arguments: list[str]) -> None:
    """Write both files; stops at the first that cannot be resolved."""
    reasons = read_reasons((ROOT / "pyproject.toml").read_text())
    for name, options in LOCKS:
        command = [*COMPILE, *options, *arguments, "--output-file", name]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        lock = ROOT / name
        lock.write_text(explain(lock.read_text(), reasons))


def read_reasons(pyproject: str) -> dict[str, str]:
    """The comment above each dependency, by the dependency's name."""
    return {name: re.sub("^ +", "", why, flags=re.M) for why, name in REASON.findall(pyproject)}


def explain(lock: str, reasons: dict[str, str]) -> str:
    """Lay each reason above its pin."""
    return PIN.sub(lambda pin: reasons.get(pin[1], "") + pin[0], lock)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except FileNotFoundError:
        sys.exit("`make lock` needs uv on the PATH: python3 -m pip install uv")
    except subprocess.CalledProcessError as failure:
        sys.exit(failure.returncode)
