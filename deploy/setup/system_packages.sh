#!/bin/bash
# system_packages.sh
# Adds the few Debian packages the hotline needs and this machine lacks. No service is started, nothing is upgraded.
# Needs root or sudo only if something is missing.
set -euo pipefail

missing=()
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
[[ "$(/sbin/ldconfig -p)" == *libespeak-ng.so.1* ]] || missing+=(espeak-ng)
[ -e /usr/share/zoneinfo/Asia/Shanghai ] || missing+=(tzdata)
[ -r /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring)

# The mirror, which the next steps ask for, is forgotten where an image was shipped without apt's lists.
if [ "${#missing[@]}" -eq 0 ] && "$(dirname "$0")"/debian_mirror.sh >/dev/null 2>&1; then exit 0; fi

command -v apt-get >/dev/null || { echo "apt-get is missing: set-up knows Debian 12 and later only" >&2; exit 1; }
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    install=${missing[*]:+" && apt-get install --no-install-recommends ${missing[*]}"}
    command -v sudo >/dev/null || { echo "neither root nor sudo: have root run  apt-get update$install" >&2; exit 1; }
    as_root=(sudo)
fi

"${as_root[@]}" apt-get -qq update
[ "${#missing[@]}" -gt 0 ] || exit 0

echo "packages: adding ${missing[*]}"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -y --no-install-recommends --no-upgrade -o Dpkg::Use-Pty=0 install "${missing[@]}" >/dev/null
