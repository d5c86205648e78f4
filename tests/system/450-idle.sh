#!/usr/bin/env bash
# A daemon that has nothing to do: it sleeps, writes nothing, and misses nothing when it wakes.
. "${top_srcdir:-.}/tests/system/lib.sh"

{
	base_conf
	printf '[listener in]\naddress = tcp://127.0.0.1:0\n[listener gram]\naddress = udp://127.0.0.1:0\nrcvbuf = 4K\n'
} > my.conf
start_daemon my.conf || done_testing
pid=$(daemon_pid)

# How often any thread but control's, which keeps the rates for the status, has fallen asleep: as often it was woken.
woken() {
	cat "/proc/$pid"/task/*/status |
		awk '/^Name:/ { name = $2 } /^voluntary_ctxt_switches/ && name != "control" { sum += $2 } END { print sum }'
}
written() {
	awk '/^write_bytes/ { print $2 }' "/proc/$pid/io"
}
resident() {
	awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
}

# Nothing for 10 seconds. The loop looks round after 1, 2, 4, 8 ... seconds, so twice at most.
sleep 3
before=$(woken)
bytes=$(written)
sleep 10
at_most $(($(woken) - before)) 4 "10 seconds of silence wake nobody but the loop, which looks round"
is "$(written)" "$bytes" "and write nothing"
if instrumented; then
	skip "little memory" "a sanitizer is built in"
else
	at_most "$(resident)" 8192 "8 MiB of memory are enough"
fi

# What the kernel drops is told soon, though nobody looked for a while.
signal_daemon STOP
blast -n 1000 "$(address_of gram)"
signal_daemon CONT
all_told() {
	[ "$(sql 'SELECT (SELECT count(*) FROM messages) + (SELECT coalesce(sum(messages), 0) FROM loss)')" = 1000 ]
}
await 5 "a datagram wakes it, and every drop is counted" all_told
at_least "$(sql "SELECT sum(messages) FROM loss WHERE reason = 'kernel'")" 900 "most were dropped"

like "$(ctl status)" 'loop_stall_max [0-9,]+ microseconds' "the status tells how long the loop has stalled"
stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
