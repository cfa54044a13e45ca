#!/bin/sh
# Creates the virtual environment named by $1 with the first Python 3.11 or newer that can.
# $PYTHON, when set, is tried first. An environment that already works is kept.
set -eu

venv=$1
recent='import sys; sys.exit(sys.version_info < (3, 11))'

# An environment made by uv has no pip yet.
if "$venv/bin/python" -c "$recent" 2>/dev/null; then
    for attempt in as-it-is with-pip; do
        "$venv/bin/python" -m pip --version >/dev/null 2>&1 && exit 0
        "$venv/bin/python" -m ensurepip >/dev/null 2>&1 || break
    done
fi

found=
for attempt in first second; do
    for python in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        [ -n "$python" ] && "$python" -c "$recent" 2>/dev/null || continue
        found=$python
        rm -rf "$venv"
        if "$python" -m venv "$venv" >/dev/null 2>&1; then
            echo "setup: $venv uses $("$venv/bin/python" --version)"
            exit 0
        fi
    done
    # Debian ships Python without the part that creates environments.
    if [ "$attempt" = first ] && [ -n "$found" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "setup: installing Debian's python3-venv"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq </dev/null
        apt-get install -y -qq python3-venv </dev/null
    else
        break
    fi
done

rm -rf "$venv"
if [ -n "$found" ]; then
    echo "setup: $found cannot create environments; install its venv module (Debian: python3-venv)." >&2
else
    echo "setup: no Python 3.11 or newer was found; install one, or name it: make setup PYTHON=/path/to/python3." >&2
fi
exit 1
