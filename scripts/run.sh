#!/usr/bin/env bash
# Serve StudioMode for development; `make run` sets DEBUG and PORT.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

port=${PORT:-8000}

manage() { .venv/bin/python manage.py "$@"; }
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
give_up() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The last words on the screen, once they are true.
announce() {
    for _ in {1..150}; do
        if answers; then
            printf '\nThe weekly recap: http://127.0.0.1:%s/weekly-recap/\n' "$port"
            return
        fi
        sleep 0.2
    done
}

[[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65535 ]] ||
    give_up "PORT is '$port'; it must be a number from 1 to 65535: PORT=8001 make run"
! answers || give_up "Port $port is taken; choose another: PORT=$((port + 1)) make run"

manage migrate
manage seed_demo
# A chore that failed is named and recorded; the pages are there all the same.
manage daily_digest --if-due || echo "The daily run was not complete, as said above."

announce &
exec .venv/bin/python manage.py runserver "127.0.0.1:$port"
