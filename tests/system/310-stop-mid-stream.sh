#!/usr/bin/env bash
# TERM in the middle of a stream at full speed: what the kernel held is stored, and it is over within a second where
# the machine is not busy with something else: the best of the rounds counts.
. "${top_srcdir:-.}/tests/system/lib.sh"

{ base_conf; printf '[daemon]\ndrain_timeout = 60s\n[listener in]\naddress = tcp://127.0.0.1:0\n'; } > my.conf
best=999999
for round in 1 2 3 4 5; do
	rm -f "$store"*
	start_daemon my.conf || done_testing
	blast -n 3000000 -t 20 "$(address_of in)" > blast.out 2>&1 &
	sender=$!
	await 10 "round $round: the stream flows" has_rows 10000
	clock_begin
	stop_daemon 70
	is $? 0 "round $round: a clean stop"
	clock_end
	wait $sender
	[ "$took" -ge "$best" ] || best=$took
	at_most "$took" $((10000 * TEST_SLOW)) "round $round: in $took ms"
	is "$(number left)" 0 "round $round: nothing is left behind"
	# What was read is a beginning of what was sent, without a gap; only the last may be cut by the stop.
	is "$(sql "SELECT count(*) - max(CAST(substr(body, 5) AS INTEGER)) IN (0, 1) FROM messages WHERE body LIKE 's-0 %'")" 1 \
		"round $round: no gap"
	books_balance
done
instrumented || at_most "$best" 1000 "within a second ($best ms)"

# A fixed amount lies in our side of the kernel when the signal comes, less than a first window: all of it is stored.
rm -f "$store"*
start_daemon my.conf || done_testing
freeze "$(daemon_pid)"
blast -n 400 -t 10 "$(address_of in)"
signal_daemon TERM
signal_daemon CONT
wait_daemon 20
is $? 0 "stopped with its sockets full"
is "$(rows)" 400 "everything the kernel held is stored"
books_balance
done_testing
