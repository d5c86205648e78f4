#!/usr/bin/env bash
# A store that is damaged, or loses its tables, while it is written: told with what it held, exit 65, the other one kept.
. "${top_srcdir:-.}/tests/system/lib.sh"

side=$work/side.db
{
	printf '[daemon]\ndrain_timeout = 60s\n'
	base_conf
	cat <<- CONF
		[store side]
		path = $side
		[listener in]
		address = tcp://127.0.0.1:0
		[listener sick]
		address = tcp://127.0.0.1:0
		store = side
	CONF
} > my.conf
side_rows() { [ "$(sql 'SELECT count(*) FROM messages' "$side" 2> /dev/null)" = "$1" ]; }
counted() { ctl audit --json | grep -Eq "\"received\": *$1\b"; }

# damage KIND WORDS: breaks the side store under a running daemon, and looks at the whole end of it.
damage() {
	local what=$1 words=$2
	shift 2
	start_daemon my.conf || done_testing
	blast -n 100 -S well "$(address_of in)"
	await_rows "$((before += 100))"
	ok "$what" "$@"
	# While somebody holds the other store the stop lasts, and shows.
	lock_store
	blast -n 50 -S kept "$(address_of in)"
	before=$((before + 50))
	await 10 "50 messages wait for the other store" counted 150
	blast -n 20 -S lost "$(address_of sick)" || :
	await 10 "the failure is told, with what the worker held" logged "error.*side.db: .*$words.*holding [0-9]+ messages"
	await 10 "and what it means" logged 'error.*failed for good: stopping'
	"$CATCHBASIN" "--socket=$socket" status > status.out
	like "$(tr '\n' ' ' < status.out)" "failed: .*side.db" "catchbasin status shows it"
	like "$(ctl status --json)" '"failed": *true' "also as JSON"
	ok "the books balance" ctl audit > audit.out
	unlock_store
	wait_daemon 30
	is $? 65 "$what: exit 65" || kill_daemon
	like "$(receipt)" 'received=170 stored=150 lost=20 \(shutdown=20\) left=20' "the receipt counts what the failed store held"
	is "$(rows)" "$before" "the other store has all its messages"
	books_balance
}
before=0

start_daemon my.conf || done_testing
blast -n 3000 -S first "$(address_of sick)"
await 10 "a store with rows" side_rows 3000
stop_daemon
is $? 0 "a clean stop"
cp "$side" keep.db

gone() { sqlite3 "$side" 'DROP TABLE messages'; }
damage "its table is dropped" "no such table: messages" gone
sum=$(sha256sum < "$side")
exits 65 "a store without its table is refused" "$CATCHBASIND" -c my.conf
is "$(sha256sum < "$side")" "$sum" "and left as it was"

# Pages overwritten in the file, and the memory of them made stale.
rm -f "$side"*
cp keep.db "$side"
root=$(sql "SELECT rootpage FROM sqlite_master WHERE name = 'messages'" "$side")
bytes=$(sql 'PRAGMA page_size' "$side")
smash() {
	dd if=/dev/urandom of="$side" bs="$bytes" seek=$((root - 1)) count=1 conv=notrunc 2> /dev/null &&
		sqlite3 "$side" 'CREATE TABLE somebody_elses(x)'
}
damage "its pages are overwritten" "corrupt" smash
exits 65 "a damaged store is refused at the start" "$CATCHBASIND" -c my.conf
like "$(cat err)" 'side.db.*corrupt' "as what it is"

# With a good file in its place all is well again.
rm -f "$side"*
cp keep.db "$side"
start_daemon my.conf
is $? 0 "with the file from before, it starts"
blast -n 10 -S again "$(address_of sick)"
await 10 "and goes on" side_rows 3010
stop_daemon
is $? 0 "a clean stop"
books_balance "$store" "$side"
done_testing
