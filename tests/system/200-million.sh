#!/usr/bin/env bash
# 1,000,000 lines of 120 bytes over 4 connections: each once, in order, at a rate beside a bare INSERT loop's.
. "${top_srcdir:-.}/tests/system/lib.sh"

each=250000
instrumented && each=10000
{ base_conf; printf '[listener in]\naddress = tcp://127.0.0.1:0\n'; } > my.conf
start_daemon my.conf || done_testing
loop=$top_builddir/tests/support/insert_loop
yard=$("$loop" yard.db $((each * 4)) full | grep -oE "rows_per_second=[0-9]+|[0-9]+" | tail -n 1 | grep -oE "[0-9]+$")
begun=$(date +%s%N)
blast -n $each -c 4 "$(address_of in)"
is "$(field sent)" $((each * 4)) "all was sent"
await 60 "all is stored" has_rows $((each * 4))
rate=$((each * 4 * 1000000000 / ($(date +%s%N) - begun)))
for c in 0 1 2 3; do
	ordered "s-$c" $each
done
is "$(rows)" $((each * 4)) "exactly $((each * 4)) rows"
is "$(sql "SELECT max(id) - min(id) + 1 - count(*) FROM messages")" 0 "ids are dense"
diag "catchbasin $rate rows/s, bare prepared INSERT loop $yard rows/s, ratio $((rate * 100 / yard)) %"
if instrumented; then
	skip "the rate" "a sanitizer is built in"
else
	at_least $((rate * 100 / yard)) 50 "at least half the rate of a bare INSERT loop, sender and socket included"
fi
stop_daemon
is $? 0 "a clean stop"
is "$(sqlite3 "$store" 'PRAGMA integrity_check')" ok "the database is whole"
books_balance
done_testing
