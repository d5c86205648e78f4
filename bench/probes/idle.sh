#!/usr/bin/env bash
# What a daemon costs that has nothing to do: memory, wake-ups, bytes written. IDLE_SECONDS=N says how long it is looked at.
# shellcheck source=bench/probes/probe.sh
. "$(dirname "$0")/probe.sh"

seconds=${IDLE_SECONDS:-$(quick 4 60)}
# Later looks are shorter.
later=$((seconds > 20 ? 20 : seconds))
bench_title idle 60 "Cost of idling" \
	"Nothing is sent for $seconds s fresh after the start, and $later s each after a storm and with a silent connection open. No systemd is told of the status."
{
	base_conf
	for n in 4 6; do
		host=127.0.0.1
		[ $n = 4 ] || host='[::1]'
		printf '[listener udp%s]\naddress = udp://%s:0\n[listener tcp%s]\naddress = tcp://%s:0\n' $n "$host" $n "$host"
	done
} > my.conf
start_daemon my.conf || done_testing
pid=$(daemon_pid)

# Times any thread was put to work: it waited and was woken, or was interrupted at work.
switches() {
	cat /proc/"$pid"/task/*/status | awk '/ctxt_switches/ { n += $2 } END { print n }'
}

by_thread() {
	local task
	for task in /proc/"$pid"/task/*; do
		printf '%s %s\n' "$(cat "$task/comm")" "$(awk '/ctxt_switches/ { n += $2 } END { print n }' "$task/status")"
	done | sort
}

io() {
	sed -n "s/^$1: //p" "/proc/$pid/io"
}

# look X SECONDS
look() {
	local wakes wrote disk seconds=$2
	# What was still to be done is done: losses, the log, a checkpoint.
	sleep 2
	by_thread > threads.before
	wakes=$(switches) wrote=$(io wchar) disk=$(io write_bytes)
	sleep "$seconds"
	wakes=$(($(switches) - wakes)) wrote=$(($(io wchar) - wrote)) disk=$(($(io write_bytes) - disk))
	by_thread > threads.after
	emit idle catchbasin "$1" rss MiB "$(calc "$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status") / 1024")"
	emit idle catchbasin "$1" wake-ups /s "$(calc "$wakes / $seconds")"
	emit idle catchbasin "$1" written bytes $((wrote + disk))
	diag "thread, wake-ups: $(join threads.before threads.after | awk '$3 > $2 { printf "%s %d; ", $1, $3 - $2 }')"
	bar idle catchbasin "$1" rss max 8 "at most 8 MB"
	bar idle catchbasin "$1" wake-ups max 0 "none beyond the status timer, which does not run here"
	bar idle catchbasin "$1" written max 0 "not a byte"
}

look fresh "$seconds"
load -n "$(quick 100000 1000000)" -c 8 -d 60 "$(address_of tcp4)"
# Datagrams give way where streams keep the queue full.
await 20 "the streams are stored" has_rows "$all_sent"
load -n "$(quick 10000 100000)" -r 50000 -d 60 "$(address_of udp4)"
await 20 "the storm is stored" has_rows "$all_sent"
look "after a storm" "$later"
exec {silent}<> "/dev/tcp/127.0.0.1/$(port_of tcp4)"
look "silent connection" "$later"
exec {silent}>&-
balance idle
done_testing
