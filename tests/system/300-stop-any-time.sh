#!/usr/bin/env bash
# TERM at random moments under load, from the first milliseconds on: exit 0 or 75, a right receipt, balanced books.
. "${top_srcdir:-.}/tests/system/lib.sh"

rounds=${STOPS:-50}
instrumented && rounds=15
{
	base_conf
	cat <<- CONF
		[listener tcp]
		address = tcp://127.0.0.1:0
		[listener udp]
		address = udp://127.0.0.1:0
	CONF
} > my.conf
bad=0
RANDOM=${SEED:-42}
for round in $(seq "$rounds"); do
	start_daemon my.conf > start.out || { bad=$((bad + 1)); cat start.out; continue; }
	tcp=$(address_of tcp) udp=$(address_of udp)
	timeout 20 "$top_builddir/tests/support/blast" -n 40000 -c 2 -t 10 "$tcp" > /dev/null 2>&1 &
	one=$!
	timeout 20 "$top_builddir/tests/support/blast" -n 20000 -t 10 "$udp" > /dev/null 2>&1 &
	two=$!
	sleep "0.0$((RANDOM % 100))"
	stop_daemon
	status=$?
	wait $one $two
	r=$(receipt)
	if [ $status -ne 0 ] && [ $status -ne 75 ]; then
		bad=$((bad + 1))
		diag "round $round: exit $status"
	fi
	if [ $(($(number received) + $(number kernel))) -ne $(($(number stored) + $(number lost))) ] || [ -z "$r" ]; then
		bad=$((bad + 1))
		diag "round $round: $r"
	fi
	run "$CATCHBASIN" "--store=$store" audit || { bad=$((bad + 1)); diag "round $round: $(cat out err)"; }
	rm -f "$work"/daemon.log.*
done
is $bad 0 "$rounds stops under load"
is "$(sqlite3 "$store" 'PRAGMA integrity_check')" ok "the database is whole"
is "$(sql "SELECT count(*) FROM runs WHERE clean IS NOT 1")" 0 "every run ended clean"
is "$(sql "SELECT sum(stored) = (SELECT count(*) FROM messages) FROM runs")" 1 "all receipts together are all rows"
books_balance
done_testing
