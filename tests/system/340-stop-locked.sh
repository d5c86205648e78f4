#!/usr/bin/env bash
# TERM while somebody else holds the database: waits for drain_timeout, counts what is left, exit 75. A second TERM: at once.
. "${top_srcdir:-.}/tests/system/lib.sh"

conf() {
	printf '[daemon]\ndrain_timeout = %s\n' "$1"
	base_conf
	printf 'queue_messages = %s\n[listener in]\naddress = tcp://127.0.0.1:0\n' "$2"
}

conf 2s 100000 > my.conf
start_daemon my.conf || done_testing
lock_store
blast -n 1000 "$(address_of in)"
counted() { ctl audit --json | grep -Eq '"received": *1000\b'; }
await 10 "1000 messages wait" counted
clock_begin
stop_daemon
is $? 75 "exit 75: messages were left behind"
clock_end
at_least $took 1400 "it tried as long as drain_timeout allows ($took ms)"
in_time 2300 "and no longer"
like "$(receipt)" 'received=1000 stored=0 lost=1000 \(shutdown=1000\) left=1000' "the receipt says what was lost, and why"
unlock_store
start_daemon my.conf
is "$(sql "SELECT count(*) FROM loss WHERE reason = 'crash'")" 1 "the next start writes that no receipt was left"
stop_daemon
is $? 0 "and stops cleanly"
books_balance

# Released within the time: everything is stored.
conf 20s 100000 > my.conf
start_daemon my.conf || done_testing
lock_store
blast -n 1000 "$(address_of in)"
await 10 "1000 messages wait again" counted
signal_daemon TERM
await 5 "the stop is told" logged 'told to stop'
unlock_store
wait_daemon 20
is $? 0 "released in time, the stop is clean"
is "$(rows)" 1000 "and nothing is lost"
books_balance

# A full queue, a sender that is held back, a second TERM.
conf 30s 100 > my.conf
start_daemon my.conf || done_testing
lock_store
blast -n 100000 -t 30 "$(address_of in)" > blast.out 2>&1 &
sender=$!
full() { ctl status --json | grep -Eq '"held[^}]*"value": *[1-9]'; }
await 10 "the queue is full and its source held back" full
signal_daemon TERM
await 5 "the stop begins" logged 'told to stop: '
clock_begin
stop_daemon
is $? 75 "a second TERM stops now, and says that messages were left"
clock_end
in_time 3000 "at once"
is "$(number received)" "$(($(number stored) + $(number shutdown)))" "every message read is counted: $(receipt)"
wait $sender
unlock_store
done_testing
