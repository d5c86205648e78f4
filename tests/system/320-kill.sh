#!/usr/bin/env bash
# kill -9 under load on acknowledging connections: no acknowledged message is missing, none is there twice.
. "${top_srcdir:-.}/tests/system/lib.sh"

rounds=${KILLS:-40}
instrumented && rounds=10
{ base_conf; printf '[listener in]\naddress = tcp://127.0.0.1:0\nack = commit\n'; } > my.conf
RANDOM=${SEED:-7}
bad=0
before=0
for round in $(seq "$rounds"); do
	start_daemon my.conf > start.out || { bad=$((bad + 1)); cat start.out; continue; }
	timeout 20 "$top_builddir/tests/support/blast" -a -n 100000 -c 2 -S "r$round" -t 10 "$(address_of in)" \
		> blast.out 2> /dev/null &
	sender=$!
	sleep "0.$((RANDOM % 25 + 100))"
	kill_daemon
	wait $sender
	acked=$(field acked "$(cat blast.out)")
	c=0
	first=$before
	before=$(sql 'SELECT coalesce(max(id), 0) FROM messages')
	for n in ${acked//,/ }; do
		got=$(sql "SELECT count(DISTINCT body) >= $n AND count(DISTINCT body) = count(*) FROM messages
			WHERE id > $first AND body LIKE 'r$round-$c %'")
		missing=$(sql "SELECT count(*) FROM messages WHERE id > $first AND body LIKE 'r$round-$c %'
			AND CAST(substr(body, $((${#round} + 5))) AS INTEGER) <= $n")
		if [ "$got" != 1 ] || [ "$missing" != "$n" ]; then
			bad=$((bad + 1))
			diag "round $round, connection $c: acknowledged $n, $missing of them there"
		fi
		c=$((c + 1))
	done
	[ $c -eq 2 ] || { bad=$((bad + 1)); diag "round $round: $(cat blast.out)"; }
	rm -f "$work"/daemon.log.*
done
is $bad 0 "$rounds kills: every acknowledged message is there, once"
start_daemon my.conf
is $? 0 "it starts once more"
stop_daemon
is $? 0 "and stops cleanly"
is "$(sqlite3 "$store" 'PRAGMA integrity_check')" ok "the database is whole"
is "$(sql "SELECT count(*) FROM loss WHERE reason = 'crash' AND messages = 0")" "$rounds" "every crash has its row"
is "$(sql "SELECT count(*) FROM runs WHERE clean = 0")" "$rounds" "and its run is not clean"
at_least "$(rows)" 1000 "messages were stored meanwhile"
books_balance
done_testing
