#!/usr/bin/env bash
# A full queue under each policy: block holds the sender back, drop-newest and drop-oldest count to the message.
. "${top_srcdir:-.}/tests/system/lib.sh"

conf() {
	base_conf
	printf 'queue_messages = 100\n[listener in]\naddress = %s\noverflow = %s\n' "$1" "$2"
}
lost() { sql "SELECT coalesce(sum(messages), 0) FROM loss WHERE reason = '$1'"; }

conf tcp://127.0.0.1:0 block > my.conf
start_daemon my.conf || done_testing
lock_store
blast -n 200000 -S block -t 60 "$(address_of in)" > block.out &
sender=$!
await 10 "the store's lock is told" logged 'retrying'
full() { ctl status --json | grep -Eq '"held[^}]*"value": *[1-9]'; }
await 10 "the source is held back" full
ok "the sender waits" kill -0 $sender
unlock_store
wait $sender
is $? 0 "released, all is sent"
await 30 "and stored" has_rows 200000
ordered block-0 200000
is "$(lost queue_full)" 0 "block loses nothing"
stop_daemon
is $? 0 "a clean stop"
books_balance

for policy in drop-newest drop-oldest; do
	rm -f "$store"*
	conf udp://127.0.0.1:0 $policy > my.conf
	start_daemon my.conf || done_testing
	lock_store
	blast -n 1 -S first "$(address_of in)"
	in_flight() { ctl status --json | grep -Eq '"in_flight": *1\b'; }
	await 10 "$policy: one message is in flight" in_flight
	blast -n 1000 -r 5000 "$(address_of in)"
	counted() { ctl audit --json | grep -Eq '"received": *1001\b'; }
	await 10 "$policy: all were received" counted
	unlock_store
	written() { [ "$(lost queue_full)" = 901 ]; }
	await 10 "$policy: the loss is written" written
	is "$(rows)" 100 "$policy: as many as the queue holds are stored"
	if [ $policy = drop-newest ]; then
		ordered s-0 99
	else
		ordered s-0 99 902
	fi
	stop_daemon
	is $? 0 "$policy: a clean stop"
	books_balance
done
done_testing
