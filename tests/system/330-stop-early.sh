#!/usr/bin/env bash
# TERM in the first 50 ms after the start: never hangs, never lies.
. "${top_srcdir:-.}/tests/system/lib.sh"

rounds=${STOPS:-60}
instrumented && rounds=15
{ base_conf; printf '[listener in]\naddress = tcp://127.0.0.1:0\n'; } > my.conf
RANDOM=${SEED:-5}
bad=0 before_main=0
for round in $(seq "$rounds"); do
	launch_daemon my.conf
	sleep "0.0$(printf '%02d' $((RANDOM % 50)))"
	stop_daemon 10
	status=$?
	# Before main() runs, nobody is there to hear a signal: the kernel ends the process, and nothing was taken in.
	if [ $status -eq 143 ] && [ ! -s daemon.log ]; then
		before_main=$((before_main + 1))
	elif [ $status -ne 0 ] || ! logged 'receipt: received=0 stored=0 lost=0 left=0'; then
		bad=$((bad + 1))
		diag "round $round: exit $status" "$(daemon_log)"
	fi
	rm -f "$work"/daemon.log.*
done
is $bad 0 "$rounds stops in the first 50 ms ($before_main of them before main)"
start_daemon my.conf
is $? 0 "and it starts as ever"
stop_daemon
is $? 0 "and stops"
is "$(sql "SELECT count(*) FROM runs WHERE clean IS NOT 1")" 0 "no run without its receipt"
books_balance
done_testing
