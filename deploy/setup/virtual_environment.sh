#!/bin/bash
# virtual_environment.sh FOLDER [EXTRA]
# FOLDER becomes a virtual environment with the hotline (editable) and everything it needs, in the versions of
# constraints.txt; with EXTRA, that extra of setup.cfg is added to it. PYTHON names another interpreter (3.11 or later).
# A second run does nothing until setup.cfg, constraints.txt or the interpreter change.
set -euo pipefail

project=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(realpath -m "$1")
extra=${2:-}
python=${PYTHON:-python3}

command -v "$python" >/dev/null || { echo "$python is missing" >&2; exit 1; }
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { echo "$python is $version, 3.11 or later is needed: name one with  make setup PYTHON=python3.11" >&2; exit 1; }

mkdir -p "$(dirname "$folder")"
exec 9>"$folder".lock
flock 9
inputs=$(cat "$project"/setup.cfg "$project"/pyproject.toml "$project"/constraints.txt | sha256sum | cut -d' ' -f1)
stamp="$version $project $inputs"
installed=$folder/.installed${extra:+-$extra}
if [ "$(cat "$installed" 2>/dev/null)" = "$stamp" ] && "$folder"/bin/python -c '' 2>/dev/null; then
    exit 0
fi

echo "python: installing ${extra:+$extra }into $folder"
if ! "$folder"/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf "$folder"
    "$python" -m venv "$folder"
fi
rm -f "$installed"
# pip and setuptools are pinned like everything else, so packages are built with those instead of whatever is newest.
pip=("$folder"/bin/python -m pip --disable-pip-version-check --quiet install --constraint "$project"/constraints.txt)
"${pip[@]}" pip setuptools
# setuptools warns of every editable installation; ours is meant.
PYTHONWARNINGS=ignore "${pip[@]}" --no-build-isolation --editable "$project[${extra:-dev,bench}]"
"$folder"/bin/python -m pip --disable-pip-version-check --quiet check
echo "$stamp" >"$installed"
