#!/usr/bin/env bash
# Prepare .venv and what pip cannot bring. `setup.sh` is enough to run, `setup.sh dev` also to test.
# May be run any number of times: it looks first and does only what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wanted=${1:-run}
python=.venv/bin/python

# Debian package | what it is for | how to see that it is there
system_needs() {
    cat <<'NEEDS'
libcairo2|PNG cards|has_cairo
fonts-inter|Latin text on cards|has_font Inter
fonts-noto-core|Arabic and Hebrew on cards|has_font NotoSansHebrew
fonts-noto-cjk|Chinese, Japanese and Korean on cards|has_font NotoSansCJK
fonts-noto-color-emoji|emoji on cards|has_font NotoColorEmoji
NEEDS
    [ "$wanted" = dev ] || return 0
    cat <<'NEEDS'
chromium|the browser tests|has_command chromium
libatomic1|the browser tests|has_browser_driver
faketime|clocks that are wrong|has_command faketime
NEEDS
}

has_command() { command -v "$1" >/dev/null; }
has_cairo() { "$python" -c 'import cairocffi' 2>/dev/null; }
has_browser_driver() { "$python" -m playwright --version >/dev/null 2>&1; }
has_font() {
    local places=(/usr/share/fonts /usr/local/share/fonts ~/.local/share/fonts ~/.fonts /Library/Fonts ~/Library/Fonts)
    [ -n "$(find -L "${places[@]}" -name "$1*" -print -quit 2>/dev/null)" ]
}

say() { printf '%s\n' "$*"; }
give_up() {
    printf '%s\n' "$*" >&2
    exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local candidate
    for candidate in python3.13 python3.12 python3.11 python3 python; do
        if is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    give_up "StudioMode needs Python 3.11 or newer, and none was found on the PATH."
}

may_install() {
    has_command apt-get && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"
}

# Succeeds when the packages are in; otherwise says what to type.
install_packages() {
    if may_install; then
        say "Installing with apt-get: $*"
        # An index that cannot be refreshed may still be good enough.
        apt_get update || true
        apt_get install -y --no-install-recommends "$@" && return
    fi
    say "To add what is missing, type (or your system's like): sudo apt-get install --no-install-recommends $*"
    return 1
}

make_environment() {
    if is_new_enough "$python"; then return; fi
    local base
    base=$(find_python)
    if ! "$base" -c 'import ensurepip' 2>/dev/null; then
        # Debian keeps a part of Python's own venv in a package of its own.
        install_packages "$("$base" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" || exit 1
    fi
    say "Creating .venv with $("$base" --version)."
    "$base" -m venv --clear .venv
}

install_requirements() {
    local stamp=.venv/installed-requirements-$wanted.txt file=requirements.txt
    if [ "$wanted" = dev ]; then file=requirements-dev.txt; fi
    if cmp -s "$file" "$stamp"; then return; fi
    say "Installing the packages of $file; the first time takes a minute or two."
    "$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip
    "$python" -m pip install --disable-pip-version-check --no-input --progress-bar off --use-pep517 \
        --require-hashes -r "$file" | sed '/^Requirement already satisfied/d'
    cp "$file" "$stamp"
    # The packages for testing include those for running.
    cp requirements.txt .venv/installed-requirements-run.txt
}

install_system_needs() {
    local package purpose check missing=()
    while IFS='|' read -r package purpose check; do
        if $check; then continue; fi
        say "Missing: $package, for $purpose."
        missing+=("$package")
    done < <(system_needs)
    if [ ${#missing[@]} = 0 ]; then return; fi
    install_packages "${missing[@]}" || say "Going on without."
}

# What reads the contract of the API in the tests; Node.js is among the packages for testing.
install_npm_packages() {
    [ "$wanted" = dev ] || return 0
    local folder=tests/contract stamp=.venv/installed-npm-packages.json
    if [ -d "$folder/node_modules" ] && cmp -s "$folder/package-lock.json" "$stamp"; then return; fi
    say "Installing the packages of $folder."
    PATH="$PWD/.venv/bin:$PATH" npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund \
        --loglevel error && cp "$folder/package-lock.json" "$stamp" || say "Going on without."
}

make_environment
install_requirements
install_system_needs
install_npm_packages
