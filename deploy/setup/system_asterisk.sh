#!/bin/bash
# system_asterisk.sh
# Prints the folder that holds `modules` of this machine's own Asterisk if that is 20 or later and has every module the
# hotline cannot do without; prints nothing if not.
set -euo pipefail

command -v asterisk >/dev/null || exit 0
[[ "$(asterisk -V)" =~ [0-9]+ ]] && [ "${BASH_REMATCH[0]}" -ge 20 ] || exit 0
for folder in /usr/lib/*/asterisk /usr/lib/asterisk; do
    [ -d "$folder"/modules ] || continue
    for module in app_audiosocket chan_audiosocket app_chanspy app_confbridge app_mixmonitor chan_pjsip \
        func_lock func_periodic_hook func_talkdetect res_agi res_http_websocket res_pjsip_transport_websocket; do
        [ -e "$folder"/modules/$module.so ] || continue 2
    done
    echo "$folder"
    exit 0
done
