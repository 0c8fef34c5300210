#!/bin/sh
# Check the unit file as systemd reads it, and its exposure (20 = 2.0 of 10). The unit names the installed
# binary; the check runs on a copy that points at this checkout's.
set -eu
cd "$(dirname "$0")/.."
if ! command -v systemd-analyze >/dev/null; then
    echo "verify-units: systemd-analyze is not installed: apt-get install systemd" >&2
    exit 1
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
sed "s|/opt/dcim/bin/dcim|$PWD/.venv/bin/dcim|" systemd/dcim.service >"$copy/dcim.service"
systemd-analyze verify "$copy/dcim.service"
systemd-analyze security --offline=true --threshold=20 --no-pager "$copy/dcim.service" | tail -n 1
# The example of everything on one machine. What is not installed here is stood in for: verify wants the program.
for unit in systemd/observability/*; do
    name=$(basename "$unit")
    program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
    if [ -n "$program" ] && [ ! -x "$program" ]; then
        sed "s|^ExecStart=$program|ExecStart=/bin/true|" "$unit" >"$copy/$name"
    else
        cp "$unit" "$copy/$name"
    fi
done
for unit in "$copy"/dcim-*.service; do
    systemd-analyze verify "$unit"
    systemd-analyze security --offline=true --threshold=25 --no-pager "$unit" | tail -n 1
done
systemd-analyze verify "$copy/dcim-observability.target"
mkdir -p "$copy/etc" "$copy/var/lib"
systemd-sysusers --root="$copy" "$PWD/systemd/dcim.sysusers.conf" >/dev/null
systemd-tmpfiles --root="$copy" --create "$PWD/systemd/dcim.tmpfiles.conf"
test -d "$copy/etc/dcim/secrets" && test -d "$copy/var/lib/dcim"
echo "units: verified"
