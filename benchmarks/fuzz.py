"""Ask the running server whatever schemathesis can think of, and hold its answers to the schema.

    python benchmarks/fuzz.py --requests 20000
    python tests/postgres.py python benchmarks/fuzz.py --requests 20000

gunicorn serves the demo data from the database of DATABASE_URL, which must be empty (a SQLite file
of its own without one). Data that fits the schema and data that does not, alone and in sequences;
it ends at the first answer that breaks the contract. The table is printed, and takes its section's
place in docs/SECURITY.md.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from django.conf import settings
from setup import FOLDER, HERE, call_command, connection, put_section, served

DOCUMENT = HERE.parent / "docs" / "SECURITY.md"
CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "unsupported_method",
    "use_after_free", "negative_data_rejection", "missing_required_header",
]  # fmt: skip


def fuzz(port: int, seed: int, examples: int) -> None:
    """One campaign. Raises SystemExit with what schemathesis told when an answer is not allowed."""
    command = [
        sys.executable, "-m", "schemathesis.cli", "run",
        f"http://127.0.0.1:{port}/api/v1/schema/", "--url", f"http://127.0.0.1:{port}",
        "--checks", ",".join(CHECKS), "--mode", "all", "--max-examples", str(examples),
        "--seed", str(seed), "--workers", "1", "--max-failures", "1", "--no-color",
    ]  # fmt: skip
    hooks = {"SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(HERE)}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command, env=os.environ | hooks, cwd=folder, capture_output=True, text=True
        )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def statuses(log: Path) -> Counter[str]:
    """What the server answered, by its own log."""
    return Counter(re.findall(r'" (\d{3}) ', log.read_text()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=2_000, help="at least so many")
    parser.add_argument("--examples", type=int, default=100, help="an operation and campaign")
    parser.add_argument("--seed", type=int, default=20260506)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    settings.DEBUG = True  # which demo data asks for
    call_command("seed_demo")
    log = Path(FOLDER.name) / "access.log"
    log.touch()
    production = as_in_production(log)
    collect_static(production)
    with served("studiomode.wsgi", threads=4, **production) as port:
        seed = options.seed
        while statuses(log).total() < options.requests:
            fuzz(port, seed, options.examples)
            print(f"{statuses(log).total():,} of {options.requests:,}", file=sys.stderr)
            seed += 1
    write(statuses(log))


def as_in_production(log: Path) -> dict[str, str]:
    return {
        "DEBUG": "off",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SITE_URL": "http://127.0.0.1",
        "EMAIL_URL": "dummymail://",
        # Long addresses are for StudioMode to judge.
        "GUNICORN_CMD_ARGS": f"--access-logfile={log} --limit-request-line=0",
    }


def collect_static(production: dict[str, str]) -> None:
    """Its pages, such as the one that says 404, name the files by their contents."""
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(command, cwd=HERE.parent, env=os.environ | production, check=True)


def write(found: Counter[str]) -> None:
    broken = sum(count for status, count in found.items() if status >= "500")
    by_status = ", ".join(f"{count:,} × {status}" for status, count in sorted(found.items()))
    rows = [
        "Data that fits the schema and data that does not, alone and in sequences, asked by "
        "schemathesis as an artist of the demo data (`python benchmarks/fuzz.py --requests "
        "20000`).",
        "",
        "| what | count |",
        "|---|---|",
        f"| requests | {found.total():,} |",
        f"| answers by status | {by_status} |",
        f"| answered 5xx | {broken} |",
        "| answers that do not fit the schema | 0 |",  # or it would have ended before
    ]
    print("\n".join(rows))
    put_section(DOCUMENT, f"Whatever can be asked: {connection.vendor}", rows)


if __name__ == "__main__":
    main()
