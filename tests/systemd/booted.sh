# shellcheck shell=bash
# What the tests in a booted systemd share. A test sources this file first: outside, it is run again inside a systemd of
# its own (boot.sh); inside, it goes on with everything of tests/system/lib.sh, where "the daemon" is now the service.
#
#	. "${top_srcdir:-.}/tests/systemd/booted.sh"
#	systemctl start catchbasind
#	is "$(property ActiveState)" active "it runs"
#	finish

booted_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -z "${CATCHBASIN_BOOTED-}" ]; then
	export top_srcdir="${top_srcdir:-$(cd "$booted_dir/../.." && pwd)}"
	export top_builddir="${top_builddir:-$top_srcdir/build}"
	exec "${BASH:-bash}" "$booted_dir/boot.sh" "$0"
fi

unit=catchbasind.service
unit_file=$(realpath "$(systemctl show -P FragmentPath $unit)")
# As installed: the unit names the daemon and its configuration.
read -r CATCHBASIND _ conf < <(sed -n 's/^ExecStart=//p' "$unit_file")
CATCHBASIN=${CATCHBASIND%/sbin/*}/bin/catchbasin
# shellcheck source=tests/system/lib.sh
. "$booted_dir/../system/lib.sh"
instrumented && skip_all "a sanitizer does not go with the sandbox of the unit"

sysusers_file=${unit_file%/systemd/system/*}/sysusers.d/catchbasin.conf
store=/var/lib/catchbasin/messages.db
socket=/run/catchbasin/control.sock
# Tests start and stop more often than a service may.
mkdir -p /run/systemd/system/$unit.d
printf '[Unit]\nStartLimitIntervalSec=0\n' > /run/systemd/system/$unit.d/test-limit.conf
systemd-sysusers "$sysusers_file"
systemctl daemon-reload

# ---- instead of those of lib.sh ----

daemon_pid() {
	local pid
	pid=$(systemctl show -P MainPID $unit)
	[ "$pid" = 0 ] || printf '%s\n' "$pid"
}

# daemon_log [ARG...]: of journalctl
# shellcheck disable=SC2120
daemon_log() {
	journalctl --sync
	journalctl --no-pager -o cat -u $unit "$@"
}

logged() {
	daemon_log | grep -Eq -- "$1"
}

is_running() {
	[ "$(property ActiveState)" = active ]
}

# ---- more ----

# replaced PID: the service runs, and as another process.
replaced() {
	local now
	now=$(daemon_pid)
	[ -n "$now" ] && [ "$now" != "$1" ] && is_running
}

# property NAME [UNIT]
property() {
	systemctl show -P "$1" "${2-$unit}"
}

# drop_in NAME: the text on stdin beside the unit of the service; takes a daemon-reload, which it does.
drop_in() {
	cat > "/run/systemd/system/$unit.d/$1.conf"
	systemctl daemon-reload
}

# configure NAME: the text on stdin as a part of the configuration; without text the part is gone.
configure() {
	cat > "$conf.d/$1.conf"
	[ -s "$conf.d/$1.conf" ] || rm "$conf.d/$1.conf"
}

# What systemd was told since the mark, in order: one notification a line. Takes `systemctl log-level debug`.
notifications() {
	journalctl --sync
	journalctl --no-pager -o cat _PID=1 --after-cursor="$mark" |
		sed -n "s/^${unit}: Got notification message from PID [0-9]* (\(.*\))\$/\1/p"
}

set_mark() {
	journalctl --sync
	mark=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
}

told() {
	notifications | grep -Eq -- "$1"
}

# The moment a line was logged, in ms; the last such line.
moment() {
	journalctl --sync
	journalctl --no-pager -o json --output-fields=MESSAGE "$@" | tail -n 1 |
		grep -o '"__REALTIME_TIMESTAMP":"[0-9]*"' | grep -o '[0-9]*' | sed 's/...$//'
}

finish() {
	daemon_log > "$work/journal.log"
	done_testing
}
