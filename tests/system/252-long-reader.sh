#!/usr/bin/env bash
# sqlite3 keeps a transaction open under full load: the log grows, that is told once with the reader's pid, nobody waits for
# it, and when the reader is gone the log is short within seconds.
. "${top_srcdir:-.}/tests/system/lib.sh"
need curl

{
	base_conf
	printf 'wal_limit = 32M\n[listener in]\naddress = tcp://127.0.0.1:0\n[metrics]\naddress = 127.0.0.1:0\n'
} > my.conf
start_daemon my.conf || done_testing
web=$(grep -oE 'metrics and status page: http://[^ ]*[0-9]' "$work/$who.log" | grep -o 'http:.*')
metric() { curl -s "$web/metrics" | sed -n "s/^$1{store=\"main\"} //p"; }
wal_mib() { echo $(($(stat -c %s "$store-wal") >> 20)); }
blast -n 1000 -S first "$(address_of in)"
await_rows 1000

coproc READER { exec sqlite3 -readonly -batch "$store"; }
reader=$READER_PID
echo 'BEGIN; SELECT count(*) FROM messages;' >&"${READER[1]}"
read -r -t 20 seen <&"${READER[0]}"
is "$seen" 1000 "a reader has its snapshot"

count=400000
instrumented && count=100000
blast -n $count -s 500 -t 100 -S load "$(address_of in)" > load.out &
sender=$!
await 60 "the log has passed its limit" logged 'warning.*its write-ahead log has grown to .*beyond wal_limit \(32 MiB\)'
ok "the reader is named" logged "process $reader \(sqlite3\) keeps a transaction open"
is "$(metric catchbasin_wal_over_limit)" 1 "and it is a metric"
has "$(ctl status)" "process $reader keeps a transaction open" "catchbasin status names the reader too"

# The event loop and the control socket answer all the while.
slowest=0
while kill -0 $sender 2> /dev/null; do
	clock_begin
	ctl status > /dev/null || fail "status answers"
	clock_end
	[ $((took - stood)) -le $slowest ] || slowest=$((took - stood))
	sleep 0.05
done
wait $sender
is $? 0 "the sender notices nothing"
instrumented || at_most $slowest 500 "the slowest answer of catchbasin status took $slowest ms"
await 60 "all is stored beside the reader" has_rows $((1000 + count))
grown=$(wal_mib)
at_least "$grown" 33 "the log has $grown MiB"
echo 'SELECT count(*) FROM messages; COMMIT;' >&"${READER[1]}"
read -r -t 20 seen <&"${READER[0]}"
is "$seen" 1000 "the reader saw its own moment all the time"
eval "exec ${READER[1]}>&-"
wait "$reader" 2> /dev/null

short() { [ "$(wal_mib)" -le 32 ] && [ "$(metric catchbasin_wal_over_limit)" = 0 ]; }
clock_begin
await 5 "gone, and the log is short, though nothing comes" short
clock_end
diag "after $took ms: $(wal_mib) MiB, it had $grown"
await 5 "which is told" logged 'its write-ahead log is short again'
lines=$(daemon_log | grep -c 'beyond wal_limit')
at_most "$lines" 6 "$lines lines in all: one, and one for each doubling"

# Readers that come one after another, each before the one before has gone.
turns() {
	local n=0
	while [ ! -e enough ]; do
		sqlite3 -readonly "$store" "SELECT count(*) FROM (SELECT 1 FROM messages LIMIT 20000)" > /dev/null 2>&1 &
		n=$((n + 1))
		[ $((n % 4)) -ne 0 ] || wait -n
	done
	wait
}
# One of them that gets no processor in the midst of its turn is one that stays: so the best of some rounds.
for round in 1 2 3; do
	turns &
	crowd=$!
	blast -n $count -s 500 -t 100 -S crowd-$round "$(address_of in)"
	most=$(wal_mib)
	touch enough
	wait $crowd
	rm enough
	await_rows $((1000 + (1 + round) * count)) 60
	[ "$most" -gt 128 ] || break
done
at_most "$most" 128 "beside readers that take turns the log has $most MiB, round $round"
stop_daemon
is $? 0 "a clean stop"
books_balance
ordered load-0 $count
is "$(sqlite3 "$store" 'PRAGMA integrity_check')" ok "the database is whole"
done_testing
