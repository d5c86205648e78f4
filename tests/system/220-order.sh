#!/usr/bin/env bash
# 8 connections with 25,000 messages each, 4 workers: exactly once, in order, ids as commits went.
. "${top_srcdir:-.}/tests/system/lib.sh"

each=25000
instrumented && each=2500
{
	base_conf
	printf 'workers = 4\nbatch_messages = 500\n[listener in]\naddress = tcp://127.0.0.1:0\n'
} > my.conf
start_daemon my.conf || done_testing
blast -n $each -c 8 "$(address_of in)"
await 60 "all is stored" has_rows $((each * 8))
for c in 0 1 2 3 4 5 6 7; do
	ordered "s-$c" $each
done
is "$(rows)" $((each * 8)) "nothing else"
books_balance
stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
