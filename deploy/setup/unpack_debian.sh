#!/bin/bash
# unpack_debian.sh FOLDER SKIP PACKAGE...     (apt source lines on standard input)
# Downloads the packages and all that they depend on, and unpacks them under FOLDER. Signatures and checksums are apt's.
# Nothing is registered with dpkg, no maintainer script runs, the machine's own packages do not count and do not change.
# SKIP: an extended regular expression; packages whose whole name it matches are left out, whoever depends on them.
# Prints the name and version of each package unpacked.
set -euo pipefail

folder=$1 skip=$2
shift 2
command -v dpkg-deb >/dev/null || { echo "dpkg-deb is missing: this is no Debian machine" >&2; exit 1; }

apt=$(mktemp -d "$folder".apt.XXXXXX)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt"/lists/partial "$apt"/archives/partial "$apt"/none "$apt"/debs
: >"$apt"/status
cat >"$apt"/sources.list

# An empty dpkg status makes apt resolve the whole closure. The machine's apt.conf.d still counts (proxies, certificates).
private_apt() {
    apt-get -qq -y \
        -o Dir::Etc::sourcelist="$apt"/sources.list -o Dir::Etc::sourceparts="$apt"/none \
        -o Dir::Etc::preferences="$apt"/none/preferences -o Dir::Etc::preferencesparts="$apt"/none \
        -o Dir::State="$apt" -o Dir::State::lists="$apt"/lists -o Dir::State::status="$apt"/status \
        -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt"/archives \
        -o APT::Default-Release= -o APT::Install-Recommends=false -o APT::Sandbox::User=root \
        -o APT::Update::Error-Mode=any -o Acquire::Languages=none -o Acquire::Retries=3 \
        "$@"
}

private_apt update >&2 || { echo "no package list could be fetched (network, mirror, or clock: $(date -u +%F))" >&2; exit 1; }
private_apt --simulate install "$@" >"$apt"/plan || { echo "this mirror cannot provide: $*" >&2; exit 1; }
awk '$1 == "Inst" { print $2 }' "$apt"/plan | grep -vxE "$skip" >"$apt"/packages

# `download` checks the checksums and leaves the files in the current folder.
(cd "$apt"/debs && private_apt download $(cat "$apt"/packages)) >&2 ||
    { echo "packages could not be downloaded (network, mirror, or disk: $(df -h --output=avail "$apt" | tail -1) free)" >&2; exit 1; }
for deb in "$apt"/debs/*.deb; do
    dpkg-deb -x "$deb" "$folder"
    dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb"
done
