#!/usr/bin/env bash
# The units as they would be installed: systemd understands every line, and leaves the service little to do harm with.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/house.sh"

service=$build/systemd/catchbasind.service
socket=$top/systemd/catchbasind.socket
[ -e "$service" ] || skip_all "no units in this build"
own_dir

nothing "every path is filled in" "$(grep -n '@[a-z]*@' "$service")"
binary=$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$service")
case $binary in
/*/catchbasind) result 0 "ExecStart names the daemon: $binary" ;;
*) result 1 "ExecStart names the daemon: $binary" ;;
esac
nothing "the service waits longer for a stop than the shipped drain_timeout" "$(
	stop=$(sed -n 's/^TimeoutStopSec=\([0-9]*\)s$/\1/p' "$service")
	drain=$(sed -n 's/^[# ;]*drain_timeout *= *\([0-9]*\)s.*/\1/p' "$top/etc/catchbasin.conf" 2> /dev/null | head -n 1)
	[ -n "$drain" ] && [ "${stop:-0}" -gt "$drain" ] || echo "TimeoutStopSec ${stop:-?}s, drain_timeout ${drain:-?}s"
)"

if ! command -v systemd-analyze > /dev/null; then
	skip "systemd understands the units" "systemd-analyze is missing"
	skip "exposure at most 1.2" "systemd-analyze is missing"
	finish
fi
# verify wants the program to be there: any other will do.
sed "s|^\(Exec[A-Za-z]*\)=[^ ]*|\1=$(command -v true)|" "$service" > "$dir/catchbasind.service"
cp "$socket" "$dir/catchbasind.socket"
# It prints what it does not know, and still exits with 0.
nothing "systemd understands the units" "$(systemd-analyze verify --man=no "$dir/catchbasind.service" \
	"$dir/catchbasind.socket" 2>&1 | grep -F catchbasin)"
said=$(systemd-analyze security --offline=true --no-pager "$dir/catchbasind.service" 2>&1)
exposure=$(printf '%s\n' "$said" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
awk -v e="${exposure:-10}" 'BEGIN { exit !(e <= 1.2) }'
result $? "exposure ${exposure:-unknown} is at most 1.2" "$(printf '%s\n' "$said" | grep '^✗')"

if command -v systemd-sysusers > /dev/null; then
	mkdir -p "$dir/root/etc"
	said=$(systemd-sysusers --root="$dir/root" "$top/systemd/catchbasin.sysusers" 2>&1)
	grep -q '^catchbasin:' "$dir/root/etc/passwd" 2> /dev/null && grep -q '^catchbasin:' "$dir/root/etc/group"
	result $? "systemd-sysusers makes the user" "$said"
else
	skip "systemd-sysusers makes the user" "systemd-sysusers is missing"
fi
user=$(sed -n 's/^User=//p' "$service")
grep -q "^u $user " "$top/systemd/catchbasin.sysusers"
result $? "the service runs as the user of the sysusers file"
finish
