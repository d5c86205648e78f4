#!/usr/bin/env bash
# 1,000,000 lines of 120 bytes over 4 connections: each once, in order, at a rate and a cost beside a bare INSERT loop's.
. "${top_srcdir:-.}/tests/system/lib.sh"

each=250000
instrumented && each=10000
{ base_conf; printf '[listener in]\naddress = tcp://127.0.0.1:0\n'; } > my.conf
start_daemon my.conf || done_testing

# The yardstick, half of it before and half after: the machine may be slower or faster meanwhile. Each gives rows a second
# and milliseconds of CPU.
TIMEFORMAT='%3U %3S'
loop() {
	{ time "$top_builddir/tests/support/insert_loop" "yard-$1.db" $((each * 2)) full > "yard-$1.rate"; } 2> "yard-$1.cpu"
	rm -f "yard-$1".db*
}
cpu_of() { awk '{ printf "%d", ($1 + $2) * 1000 }' "$1"; }

loop before
clock_begin
blast -n $each -c 4 "$(address_of in)"
is "$(field sent)" $((each * 4)) "all was sent"
await 60 "all is stored" has_rows $((each * 4))
clock_end
rate=$((each * 4 * 1000 / (took - stood)))
# Clock ticks of the daemon, user and system, from its start.
cpu=$(($(sed 's/.*) //' "/proc/$(daemon_pid)/stat" | awk '{ print $12 + $13 }') * 1000 / $(getconf CLK_TCK)))
loop after
yard=$((($(cat yard-before.rate) + $(cat yard-after.rate)) / 2))
yard_cpu=$(($(cpu_of yard-before.cpu) + $(cpu_of yard-after.cpu)))
for c in 0 1 2 3; do
	ordered "s-$c" $each
done
is "$(rows)" $((each * 4)) "exactly $((each * 4)) rows"
is "$(sql "SELECT max(id) - min(id) + 1 - count(*) FROM messages")" 0 "ids are dense"
diag "catchbasin $rate rows/s, bare prepared INSERT loop $yard rows/s, ratio $((rate * 100 / yard)) %"
diag "catchbasin $cpu ms of CPU, the loop $yard_cpu ms, ratio $((cpu * 100 / yard_cpu)) %"
if instrumented; then
	skip "the rate" "a sanitizer is built in"
	skip "the cost" "a sanitizer is built in"
else
	at_least $((rate * 100 / yard)) 50 "at least half the rate of a bare INSERT loop, sender and socket included"
	# CPU is not taken by others who are busy beside us; so this one is less patient.
	at_most $((cpu * 100 / yard_cpu)) 75 "at most three quarters of its CPU, socket included"
fi
stop_daemon
is $? 0 "a clean stop"
is "$(sqlite3 "$store" 'PRAGMA integrity_check')" ok "the database is whole"
books_balance
done_testing
