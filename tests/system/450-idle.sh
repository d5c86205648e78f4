#!/usr/bin/env bash
# A daemon that has nothing to do: it sleeps, writes nothing, and misses nothing when it wakes.
. "${top_srcdir:-.}/tests/system/lib.sh"

{
	base_conf
	printf '[listener in]\naddress = tcp://127.0.0.1:0\n[listener gram]\naddress = udp://127.0.0.1:0\nrcvbuf = 4K\n'
	printf '[metrics]\naddress = unix://%s\n' "$work/web.sock"
} > my.conf
start_daemon my.conf || done_testing
pid=$(daemon_pid)

# "TID NAME COUNT": how often each thread has fallen asleep: as often it was woken. A sanitizer has a thread of its own,
# which wakes as it likes and goes by the program's name, as main does, whose number is the process's.
asleep() {
	awk -v pid="$pid" '
		/^Name:/ { name = $2 }
		/^Pid:/ { tid = $2; if (tid == pid) name = "main" }
		/^voluntary_ctxt_switches/ && name !~ /^catchbasin/ { print tid, name, $2 }' "/proc/$pid"/task/*/status
}
written() {
	awk '/^write_bytes/ { print $2 }' "/proc/$pid/io"
}
resident() {
	awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
}

# Nothing for 40 seconds. A thread falls asleep now and then without having been woken, over a page or a lock, where the
# machine is busy: hence once for each, which is far from once a second.
sleep $((6 * TEST_SLOW))
asleep > before
bytes=$(written)
sleep 40
asleep > after
awk 'NR == FNR { before[$1] = $3; next } { print $2, $3 - before[$1] }' before after > woken
for name in main log control web newest main/1 main/2 net rates; do
	grep -q "^$name " woken || fail "there is a thread $name"
done
at_most "$(awk '$2 > most { most = $2 } END { print most + 0 }' woken)" 1 "40 seconds of silence wake nobody"
[ "$tests_bad" -eq 0 ] || diag "$(cat woken)"
is "$(written)" "$bytes" "and nothing is written"
if instrumented; then
	skip "little memory" "a sanitizer is built in"
else
	at_most "$(resident)" 8192 "8 MiB of memory are enough"
fi

# What comes then is measured from its first message on: 2000 in a tenth of a second, or over half a minute.
highest() {
	grep -oE '"peak_per_s": *[0-9]+' | grep -oE '[0-9]+$' | sort -n | tail -n 1
}
peak() {
	ctl status --json | highest
}
fast() {
	[ "$(peak)" -ge 1000 ]
}
blast -n 2000 "$(address_of in)"
await 5 "the silence before a burst is not counted into its rate" fast
at_most "$(peak)" 20000 "nor is it measured over a moment"
if command -v curl > /dev/null; then
	is "$(curl -sS --max-time 20 --unix-socket web.sock http://localhost/status.json | highest)" "$(peak)" "the page tells the same"
else
	skip "the page tells the same" "curl is missing"
fi

# What the kernel drops is told soon, though nobody looked for a while.
freeze "$(daemon_pid)"
blast -n 1000 "$(address_of gram)"
signal_daemon CONT
all_told() {
	[ "$(sql 'SELECT (SELECT count(*) FROM messages) + (SELECT coalesce(sum(messages), 0) FROM loss)')" = 3000 ]
}
await 5 "a datagram wakes it, and every drop is counted" all_told
at_least "$(sql "SELECT sum(messages) FROM loss WHERE reason = 'kernel'")" 900 "most were dropped"

like "$(ctl status)" 'loop_stall_max [0-9,]+ microseconds' "the status tells how long the loop has stalled"
stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
