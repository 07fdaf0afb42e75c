#!/bin/bash
# private_browser.sh FOLDER
# Chromium and a Chinese font of this machine's own Debian suite for the tests, unpacked: nothing is installed. Afterwards
# FOLDER/bin/chromium runs it. A second run does nothing. A failed run leaves what was there before.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=$(realpath -m "$1")
recipe="browser 1" # raise it to have every folder unpacked anew

mkdir -p "$(dirname "$folder")"
exec 9>"$folder".lock
flock 9
if [ "$(head -n1 "$folder"/.installed 2>/dev/null)" = "$recipe" ] && [ -x "$folder"/bin/chromium ]; then
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

# libc is the machine's own, of the same suite: its loader must match it. The others serve maintainer scripts and desktops.
skip='libc6|libc-bin|libllvm.*|libz3-.*|perl.*|libperl.*|dpkg|tar|adduser|passwd|debconf.*|tzdata.*|systemd.*|dbus.*|udev'
skip="$skip|adwaita-.*|hicolor-.*|xdg-.*|mesa-.*|dconf-.*|init-system-helpers|sysvinit-utils|lsb-base|ucf|sensible-utils|libgl1-mesa-dri"
sources=$("$here"/debian_mirror.sh)
echo "browser: unpacking Chromium into $folder (130 MB to fetch)"
unpacked=$("$here"/unpack_debian.sh "$new" "$skip" chromium fonts-wqy-microhei fontconfig <<<"$sources")
rm -rf "$new"/usr/share/{doc,man,locale,lintian,bug,icons}

triplet=$(basename "$(dirname "$(echo "$new"/usr/lib/*/libnss3.so)")")
mkdir -p "$new"/bin
cat >"$new"/bin/chromium <<END
#!/bin/sh
here=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
export LD_LIBRARY_PATH="\$here/usr/lib/$triplet:\$here/lib/$triplet:\$here/usr/lib/$triplet/nss"
export FONTCONFIG_FILE="\$here/fonts.conf"
exec "\$here/usr/lib/chromium/chromium" "\$@"
END
chmod 755 "$new"/bin/chromium
cat >"$new"/fonts.conf <<END
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>$folder/usr/share/fonts</dir><cachedir>$folder/fonts-cache</cachedir></fontconfig>
END
started=$("$new"/bin/chromium --version)

{ echo "$recipe"; echo "$unpacked"; } >"$new"/.installed
rm -rf "$folder"
mv -T "$new" "$folder"
echo "browser: $started"
