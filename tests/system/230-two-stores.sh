#!/usr/bin/env bash
# Two stores, one of them stuck: the other does not notice.
. "${top_srcdir:-.}/tests/system/lib.sh"

{
	base_conf
	cat <<- CONF
		[store side]
		path = $work/side.db
		queue_messages = 64
		[listener in]
		address = tcp://127.0.0.1:0
		[listener sick]
		address = tcp://127.0.0.1:0
		store = side
	CONF
} > my.conf
start_daemon my.conf || done_testing
lock_store "$work/side.db"
blast -n 2000 -S sick -t 30 "$(address_of sick)" > sick.out &
sick=$!
await 10 "the stuck store says so" logged 'side.db.*retrying'
for _ in 1 2 3; do
	blast -n 10000 -S well "$(address_of in)"
done
await 20 "the other takes 30,000 meanwhile" has_rows 30000
is "$(sql 'SELECT count(*) FROM messages' "$work/side.db")" 0 "and the stuck one none"
ok "the books balance meanwhile" ctl audit > audit.out
unlock_store
all_there() { [ "$(sql 'SELECT count(*) FROM messages' "$work/side.db")" = 2000 ]; }
await 20 "released, it takes all that was held back" all_there
wait $sick
is $? 0 "its sender lost nothing"
await 5 "and says that it stores again" logged 'storing again'
stop_daemon
is $? 0 "a clean stop"
books_balance "$store" "$work/side.db"
done_testing
