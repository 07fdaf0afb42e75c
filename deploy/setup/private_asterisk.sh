#!/bin/bash
# private_asterisk.sh FOLDER
# A real Asterisk 22 and the phones that the demo and the tests call with: FOLDER/bin holds asterisk, baresip and sipp.
# Debian 12 has no Asterisk of its own, so the packages of a later Debian are unpacked here and run with their own loader
# and libraries: nothing on the machine is upgraded or registered. Where the machine has a fitting Asterisk itself,
# FOLDER/bin/asterisk is that one. A second run does nothing. A failed run leaves what was there before.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=$(realpath -m "$1")
suites="forky sid" # tried in this order; both carry the 22 LTS
own=$("$here"/system_asterisk.sh)
packages="asterisk sip-tester baresip-core"
[ -z "$own" ] || packages="sip-tester baresip-core"
recipe="recipe 1: $packages" # raise it to have every folder unpacked anew

mkdir -p "$(dirname "$folder")"
exec 9>"$folder".lock
flock 9
if [ "$(head -n1 "$folder"/.installed 2>/dev/null)" = "$recipe" ] && "$folder"/bin/asterisk -V >/dev/null 2>&1; then
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

# These serve maintainer scripts, which never run here. libc stays in: the loader must be of the packages' own suite.
skip='perl|perl-base|perl-modules-.*|libperl.*|gnupg.*|gpg.*|dirmngr|passwd|adduser|debconf.*|cdebconf.*|dpkg|tar|tzdata.*'
skip="$skip|libsnmp-base|pci\\.ids|libc-gconv-.*|sysvinit-.*|init-system-helpers|login.*|pinentry-.*|openssl-provider-.*"
echo "asterisk: unpacking $packages into $folder (80 MB to fetch)"
for suite in $suites; do
    source=$("$here"/debian_mirror.sh "$suite")
    unpacked=$("$here"/unpack_debian.sh "$new" "$skip" $packages <<<"$source") && break
done
[ -n "${unpacked:-}" ] || { echo "none of the Debian suites $suites could provide $packages" >&2; exit 1; }
rm -rf "$new"/usr/share/{doc,man,locale,lintian,bug,doc-base,zsh,bash-completion} "$new"/usr/lib/*/gconv

loader=$(cd "$new" && echo usr/lib/*/ld-linux*.so.*)
libraries=$(dirname "$loader")
mkdir -p "$new"/bin
wrap() {
    cat >"$new"/bin/"$(basename "$1")" <<END
#!/bin/sh
here=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
libraries=\$here/$libraries:\$here/$libraries/pulseaudio:\$here/usr/lib
exec "\$here/$loader" --library-path "\$libraries" --argv0 "\$0" "\$here/$1" "\$@"
END
    chmod 755 "$new"/bin/"$(basename "$1")"
}
wrap usr/bin/sipp
wrap usr/bin/baresip
if [ -z "$own" ]; then
    wrap usr/sbin/asterisk
    # The package's postinst would have chosen the English voice.
    (cd "$new"/usr/share/asterisk/sounds && ln -sfn en_US_f_Allison en)
else
    ln -s "$(command -v asterisk)" "$new"/bin/asterisk
    ln -s "$own" "$new"/"$libraries"/asterisk
    ln -s /usr/share/asterisk "$new"/usr/share/asterisk
fi
started=$("$new"/bin/asterisk -V)

{ echo "$recipe"; echo "suite $suite"; echo "$unpacked"; } >"$new"/.installed
rm -rf "$folder"
mv -T "$new" "$folder"
echo "asterisk: $started"
