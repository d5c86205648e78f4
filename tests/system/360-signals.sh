#!/usr/bin/env bash
# 200 signals of all kinds but TERM under load: nothing is lost, nothing dies.
. "${top_srcdir:-.}/tests/system/lib.sh"

{
	base_conf
	printf '[listener in]\naddress = tcp://127.0.0.1:0\n[listener gram]\naddress = unixgram://%s\noverflow = block\n' \
		"$work/in.gram"
} > my.conf
start_daemon my.conf || done_testing
pid=$(daemon_pid)
blast -n 60000 -r 40000 -c 2 -S stream "$(address_of in)" > stream.out &
stream=$!
blast -n 30000 -r 20000 -S gram "unixgram://$work/in.gram" > gram.out &
gram=$!
RANDOM=${SEED:-7}
names=(HUP USR1 USR2 PIPE)
sent=0
while [ "$sent" -lt 200 ]; do
	kill "-${names[RANDOM % 4]}" "$pid" || break
	sent=$((sent + 1))
	sleep 0.01 # spread over the load
done
is "$sent" 200 "200 signals are sent"
wait $stream
is $? 0 "the streams notice nothing"
wait $gram
is $? 0 "nor do the datagrams, which are held back"
await 20 "150,000 messages are stored" has_rows 150000
ordered stream-0 60000
ordered stream-1 60000
ordered gram-0 30000
is "$(daemon_pid) $(is_running && echo runs)" "$pid runs" "it is the same process"
ok "reloads were made" logged ' reloaded$'
ok "dumps were written" logged 'books main: received='
if grep -qa 'lock orders: %u known' "$CATCHBASIND"; then
	ok "dumps count the orders of locks, none in conflict" logged 'lock orders: [0-9]+ known among [1-9][0-9]* kinds of locks, 0 in conflict'
else
	skip "dumps count the orders of locks" "a build without --enable-lockdep"
fi
ok "USR2 was told" logged 'USR2: debug logging is on'
ok "catchbasin status answers" "$CATCHBASIN" "--socket=$socket" status > status.out
books_balance

# All at once, and a TERM in between: the stop is the stop.
for name in HUP USR1 USR2 PIPE HUP; do
	signal_daemon $name
done
signal_daemon TERM
for name in USR1 USR2 HUP; do
	signal_daemon $name 2> /dev/null
done
wait_daemon 20
is $? 0 "a clean stop"
books_balance
done_testing
