#!/bin/bash
# debian_mirror.sh [SUITE]
# Prints apt source lines for Debian's `main`, on the mirror this machine's own apt uses: this machine's own suites
# with their security updates, or SUITE alone. Exit 1 with a sentence if apt knows no Debian mirror.
set -euo pipefail

suite=${1:-}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || { echo "$keyring is missing: apt-get install debian-archive-keyring" >&2; exit 1; }

# Third parties name their suites like Debian's; only the signed Origin tells them apart. It is known after `apt-get update`.
sources=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk -v keyring="$keyring" '$1 == "Debian" && $2 == "main" { print "deb [signed-by=" keyring "]", $3, $4, "main" }')
[ -n "$sources" ] || { echo "apt knows no Debian mirror yet: add one to its sources, then run apt-get update" >&2; exit 1; }

if [ -z "$suite" ]; then
    echo "$sources"
else
    awk -v suite="$suite" '$4 !~ /security/ { $4 = suite; print; exit }' <<<"$sources"
fi
