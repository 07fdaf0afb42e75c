#!/bin/bash
# private_servers.sh FOLDER
# PostgreSQL and Redis of this machine's own Debian suite for the tests, unpacked: no service, no user, no cluster.
# Afterwards FOLDER/bin holds initdb, pg_ctl, postgres, psql, pg_dump, pg_restore, redis-server and redis-cli, to be run
# from there (postgres as anybody but root). A second run does nothing. A failed run leaves what was there before.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=$(realpath -m "$1")
recipe="servers 2" # raise it to have every folder unpacked anew

mkdir -p "$(dirname "$folder")"
exec 9>"$folder".lock
flock 9
if [ "$(head -n1 "$folder"/.installed 2>/dev/null)" = "$recipe" ] && "$folder"/bin/postgres --version >/dev/null 2>&1; then
    exit 0
fi
if [ -e "$folder" ] && [ ! -e "$folder"/.installed ]; then
    echo "$folder is not from this script; move it away" >&2
    exit 1
fi
rm -rf "$folder".new.*
new=$(mktemp -d "$folder".new.XXXXXX)
trap 'rm -rf "$new"' EXIT
chmod 755 "$new"

# libc is the machine's own, of the same suite: its loader must match it. The others serve maintainer scripts and the JIT.
skip='libc6|libc-bin|libllvm.*|libz3-.*|perl.*|libperl.*|lib[a-z-]*-perl|locales.*|tzdata.*|debconf.*|cdebconf.*|dpkg|tar|adduser'
skip="$skip|passwd|ssl-cert|openssl|postgresql-common|postgresql-client-common|init-system-helpers|lsb-base|sysvinit-utils|ucf"
sources=$("$here"/debian_mirror.sh)
echo "servers: unpacking PostgreSQL and Redis into $folder (45 MB to fetch)"
unpacked=$("$here"/unpack_debian.sh "$new" "$skip" postgresql redis-server <<<"$sources")
rm -rf "$new"/usr/share/{doc,man,locale,lintian,bug} "$new"/{etc,var}
find "$new" -path '*/postgresql/*' \( -name 'llvmjit*' -o -name bitcode \) -prune -exec rm -rf {} +

triplet=$(basename "$(dirname "$(echo "$new"/usr/lib/*/libpq.so.5)")")
postgresql=$(cd "$new" && echo usr/lib/postgresql/*/bin)
mkdir -p "$new"/bin
wrap() {
    cat >"$new"/bin/"$(basename "$1")" <<END
#!/bin/sh
here=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
export LD_LIBRARY_PATH="\$here/usr/lib/$triplet:\$here/lib/$triplet"
exec "\$here/$1" "\$@"
END
    chmod 755 "$new"/bin/"$(basename "$1")"
}
for program in initdb pg_ctl postgres psql pg_dump pg_restore; do wrap "$postgresql/$program"; done
for program in redis-server redis-cli; do wrap "usr/bin/$program"; done
started="$("$new"/bin/postgres --version), $("$new"/bin/redis-server --version | cut -d' ' -f1-3)"

{ echo "$recipe"; echo "$unpacked"; } >"$new"/.installed
rm -rf "$folder"
mv -T "$new" "$folder"
echo "servers: $started"
