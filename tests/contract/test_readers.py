"""The committed OpenAPI document, read by others: a linter and two makers of clients."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

HERE = Path(settings.BASE_DIR) / "tests/contract"
PACKAGES = HERE / "node_modules"
DOCUMENT = Path(settings.BASE_DIR) / "docs/openapi.yaml"
TOOLS = Path(sys.executable).parent
# Nothing of this machine is told to anybody, and no tool asks whether there is a newer one.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
IMPORT_ALL = """
import importlib, pkgutil, studiomode_client
for module in pkgutil.walk_packages(studiomode_client.__path__, "studiomode_client."):
    importlib.import_module(module.name)
from studiomode_client.api.boards import get_board
from studiomode_client.models import Board, LensName, Problem
print(len(list(LensName)), Board.__name__, Problem.__name__, get_board.sync.__name__)
"""


def run(command: list[str | Path], folder: Path = HERE) -> str:
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | QUIET | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def node(script: str, *arguments: str | Path, folder: Path = HERE) -> str:
    assert PACKAGES.is_dir(), f"{PACKAGES} is missing. Type: bash scripts/setup.sh dev"
    return run([TOOLS / "node", PACKAGES / script, *arguments], folder)


def test_a_linter_finds_neither_error_nor_warning() -> None:
    said = node("@redocly/cli/bin/cli.js", "lint", "--config", "redocly.yaml", DOCUMENT)
    assert "Your API description is valid" in said
    assert "warning" not in said.lower()


@pytest.fixture
def typescript(tmp_path: Path) -> Path:
    """A folder with the client and the types that it is made of."""
    for name in ("client.ts", "tsconfig.json"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    node("openapi-typescript/bin/cli.js", DOCUMENT, "--output", tmp_path / "generated/api.d.ts")
    return tmp_path


def test_a_client_in_typescript_compiles(typescript: Path) -> None:
    assert not node("typescript/bin/tsc", "--project", ".", folder=typescript)


def test_a_client_in_python_is_made_without_a_warning(tmp_path: Path) -> None:
    run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"),
            *("--path", DOCUMENT, "--config", HERE / "python-client.yaml", "--meta", "none"),
            *("--output-path", "studiomode_client"),
        ],
        tmp_path,
    )
    said = run([sys.executable, "-W", "error", "-c", IMPORT_ALL], tmp_path)
    assert said.split() == ["4", "Board", "Problem", "sync"]
