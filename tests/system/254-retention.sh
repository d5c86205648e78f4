#!/usr/bin/env bash
# Retention: each limit, changed by a reload; beside a burst, a reader, a lock, a stop and a kill; the books say what went.
. "${top_srcdir:-.}/tests/system/lib.sh"
. "${top_srcdir:-.}/tests/system/keeping.sh"

# All ids ever given are rows, or counted as pruned; what is left is the newest.
books_of_ids() {
	is "$(sql "SELECT (SELECT count(*) FROM messages) + (SELECT coalesce(sum(pruned), 0) FROM runs)
		= (SELECT value FROM meta WHERE key = 'last_id'),
		coalesce((SELECT max(id) - min(id) + 1 = count(*) FROM messages), 1)")" "1|1" "$1: every id is a row or counted as pruned" ||
		diag "$(sql "SELECT count(*), min(id), max(id) FROM messages; SELECT id, stored, pruned FROM runs")"
}
value() {
	ctl stats --prometheus | sed -nE "s/^$1(\{[^}]*${2-}[^}]*\})? ([0-9.e+-]+)$/\2/p" | head -n 1
}

# ---- each key, live ----

keeping_conf "keep_messages = 20000" > my.conf
start_daemon my.conf || done_testing
blast -a -n 200000 "$(address_of in)"
await 20 "keep_messages: 20,000 of 200,000 stay" rows_are 20000
is "$(sql 'SELECT min(id), max(id) FROM messages')" "180001|200000" "the newest"
is "$(sql 'SELECT pruned FROM runs')" 180000 "the run counts what went while it goes on"
is "$(value catchbasin_pruned_messages_total 'reason="messages"')" 180000 "and a metric"
at_least "$(value catchbasin_prune_step_seconds_count)" 10 "steps are counted"
like "$(value catchbasin_oldest_message_timestamp_seconds)" '^1' "the time of the oldest is told"
await 5 "one line tells" logged 'pruned [0-9]+ messages, ids 1 to [0-9]+ \(keep_messages\)'
at_most "$(daemon_log | grep -c ': pruned ')" 2 "and not one for each step"
books_of_ids "keep_messages"
limit "keep_messages = 5000"
await 10 "a reload with a smaller limit" rows_are 5000
limit
blast -a -n 100000 "$(address_of in)"
is "$(rows)" 105000 "without a limit all stay"
# With what is still in the log.
size() { sql 'SELECT page_count * page_size FROM pragma_page_count, pragma_page_size'; }
before=$(size)
limit "keep_size = 2M"
small() { [ "$(size)" -le $((6 * 1048576)) ] && [ "$(stat -c %s "$store")" -le $((6 * 1048576)) ]; }
await 10 "keep_size: the file becomes smaller than 2M and 4M of slack" small
at_least "$before" $((8 * 1048576)) "it was larger"
at_least "$(rows)" 5000 "it is not emptied for it"
at_least "$(value catchbasin_pruned_messages_total 'reason="size"')" 50000 "counted as size"
limit "keep_age = 1s"
await 20 "keep_age: with nothing coming in, all goes in time" rows_are 0
at_least "$(value catchbasin_pruned_messages_total 'reason="age"')" 5000 "counted as age"
is "$(value catchbasin_oldest_message_timestamp_seconds)" 0 "there is no oldest"
limit
blast -a -n 1000 "$(address_of in)"
is "$(sql 'SELECT min(id) FROM messages')" 300001 "ids go on where they were"
stop_daemon
is $? 0 "a clean stop"
books_balance
books_of_ids "after the stop"

# ---- beside others ----

keeping_conf "keep_messages = 10000" > my.conf
start_daemon my.conf || done_testing
blast -a -n 150000 -c 2 -S burst "$(address_of in)"
is "$(field acked)" 150000,150000 "a burst is acknowledged to the end"
await 10 "and pruned to the limit" rows_are 10000
longest=$(value catchbasin_prune_step_max_seconds)
like "$longest" '[1-9]' "the longest step is told"
diag "it took $longest s"
limit
blast -a -n 100000 -S more "$(address_of in)"
coproc reader { sqlite3 -readonly -batch "$store" 2>&1; }
printf 'BEGIN; SELECT count(*) FROM messages;\n' >&"${reader[1]}"
read -r -t 20 seen <&"${reader[0]}"
limit "keep_messages = 1000"
await 20 "a reader's open transaction does not stop it" rows_are 1000
printf 'SELECT count(*) FROM messages;\n' >&"${reader[1]}"
read -r -t 20 again <&"${reader[0]}"
is "$again" "$seen" "and the reader sees what it saw"
printf 'END;\n.exit\n' >&"${reader[1]}"
# shellcheck disable=SC2154 # the coproc sets it
wait "$reader_PID" 2> /dev/null
limit
blast -a -n 50000 -S locked "$(address_of in)"
lock_store
limit "keep_messages = 1000"
is "$(ctl status --json | grep -c '"reply"\|"data"\|"stores"')" 1 "while somebody else writes, the daemon answers"
is "$(rows)" 51000 "and nothing goes"
unlock_store
await 20 "then it does" rows_are 1000
stop_daemon
is $? 0 "a clean stop"
books_balance
books_of_ids "after all that"

# ---- a stop, and kills ----

keeping_conf > my.conf
start_daemon my.conf || done_testing
blast -a -n 400000 -S stop "$(address_of in)"
keeping_conf "keep_messages = 1" > my.conf
signal_daemon HUP
signal_daemon TERM
clock_begin
wait_daemon
is $? 0 "a stop in the midst of it is clean"
clock_end
in_time 3000 "and quick"
books_balance
books_of_ids "after the stop"

RANDOM=${SEED:-7}
bad=0
cut=0
rounds=6
for round in $(seq $rounds); do
	keeping_conf > my.conf
	start_daemon my.conf > start.out || { bad=$((bad + 1)); cat start.out; continue; }
	blast -a -n 100000 -S "k$round" "$(address_of in)"
	keeping_conf "keep_messages = $((RANDOM % 100 + 1))" > my.conf
	signal_daemon HUP
	sleep "0.0$((RANDOM % 9))"
	kill_daemon
	got=$(sqlite3 "$store" "SELECT (SELECT count(*) FROM messages) + (SELECT sum(pruned) FROM runs)
		- (SELECT value FROM meta WHERE key = 'last_id'), (SELECT count(*) > 1000 AND min(id) > 1 FROM messages)")
	[ "${got%|*}" = 0 ] || { bad=$((bad + 1)); diag "round $round: $got"; }
	[ "${got#*|}" != 1 ] || cut=$((cut + 1))
	rm -f "$work"/daemon.log.*
done
is $bad 0 "$rounds kills: rows and what the runs count are of one transaction ($cut of them in the midst of it)"
keeping_conf "keep_messages = 100" > my.conf
start_daemon my.conf || done_testing
await 20 "the next start goes on, with nothing coming in" rows_are 100
stop_daemon
is $? 0 "a clean stop"
is "$(sqlite3 "$store" 'PRAGMA integrity_check')" ok "the database is whole"
books_balance
books_of_ids "in the end"

# ---- a file that cannot become smaller ----

rm -f "$store" "$store"-*
keeping_conf > other.conf
start_daemon other.conf || done_testing
stop_daemon
start_daemon my.conf || done_testing
await 5 "it is told once that such a file stays as large" logged 'was made when nothing was to be deleted'
stop_daemon
is $? 0 "a clean stop"
done_testing
