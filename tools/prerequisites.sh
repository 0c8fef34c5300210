#!/bin/sh
# Say what is missing on this machine and which command installs it; silent when nothing is.
python=${PYTHON:-python3}

if ! command -v "$python" >/dev/null 2>&1; then
    echo "dcim needs Python 3.11 or newer, and there is no '$python' here. Install it with:" >&2
    echo "    sudo apt-get install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "dcim needs Python 3.11 or newer; '$python' is $("$python" -V 2>&1). If a newer one is installed, name it:" >&2
    echo "    make PYTHON=python3.12 ..." >&2
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    echo "Python's venv module is missing. Install it with:" >&2
    echo "    sudo apt-get install python3-venv" >&2
    exit 1
fi
