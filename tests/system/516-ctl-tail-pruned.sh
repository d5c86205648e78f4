#!/usr/bin/env bash
# tail -f beside pruning: what was deleted before it came to read it is told, to the message, whatever is filtered.
. "${top_srcdir:-.}/tests/system/lib.sh"
. "${top_srcdir:-.}/tests/system/keeping.sh"

# follow NAME ARG...: its output in NAME.out, its pid in NAME.pid.
follow() {
	local name=$1
	shift
	"$CATCHBASIN" --store="$store" tail -f "$@" > "$name.out" 2> "$name.err" {TAP}>&- &
	echo $! > "$name.pid"
	followers="${followers-} $name"
}
signal_followers() {
	local name
	for name in $followers; do
		kill "-$1" "$(cat "$name.pid")"
	done
}
last_id() { sql "SELECT value FROM meta WHERE key = 'last_id'"; }
shown() { grep -vc '^---' "$1.out"; }
sum() { awk '{ n += $1 } END { printf "%d\n", n }'; }
told() { sed -nE 's/^--- ([0-9,]+) messages? pruned before (it was|they were) read ---$/\1/p' "$1.out" | tr -d , | sum; }
json_told() { sed -nE 's/^\{"pruned":([0-9]+),"from_id":[0-9]+,"to_id":[0-9]+\}$/\1/p' json.out | sum; }
adds_up() { [ $(($(shown all) + $(told all))) = "$(last_id)" ]; }
json_adds_up() { [ $(($(grep -c '^{"id":' json.out) + $(json_told))) = "$(last_id)" ]; }
# Whether a row is wanted or not makes no difference to what is told.
same_told() { [ "$(told some)" = "$(told all)" ] && [ "$(told few)" = "$(told all)" ]; }
# behind NAME COUNT WORDS: so many more come and are pruned to 100 while the followers stand still.
behind() {
	signal_followers STOP
	blast -a -n "$2" -S "$1" "$(address_of in)"
	await 20 "$3" rows_are 100
	signal_followers CONT
	sums "$1"
}
sums() {
	await 20 "$1: what is shown and what is told make up all" adds_up || diag "shown $(shown all), told $(told all), last $(last_id)"
	await 20 "$1: as JSON" json_adds_up || diag "told $(json_told), last $(last_id)"
}

keeping_conf "keep_messages = 100" > my.conf
start_daemon my.conf || done_testing
follow all -n 100
follow json -n 100 -o jsonl
follow raw -n 100 -o raw
follow some -n 100 --grep='[05] '
follow few -n 100 --grep='^s-'
blast -a -n 50 "$(address_of in)"
# From here on they are known to follow.
all_show() { [ "$(shown all) $(shown few) $(wc -l < raw.out)" = "50 50 50" ] && [ -s some.out ]; }
await 20 "what is read in time" all_show
sums "nothing pruned"
is "$(told all)" 0 "nothing is told"

# ---- it stands still ----
behind while 5000 "4,950 are pruned"
is "$(sed -n 51p all.out)" "--- 4,900 messages pruned before they were read ---" "in their place, in words"
is "$(wc -l < all.out)" 151 "once"
has "$(cat json.out)" '{"pruned":4900,"from_id":51,"to_id":4950}' "with their ids"
await 20 "the same whatever is filtered" same_told
is "$(grep -c pruned raw.out)" 0 "raw has no place for it"
behind one 101 "one more than fit"
has "$(cat all.out)" "--- 1 message pruned before it was read ---" "one is told as one"

# ---- it is read and pruned at the same time ----
blast -a -n 100000 -S beside "$(address_of in)"
await 20 "pruned beside the readers" rows_are 100
sums "a burst"

# ---- nothing is left ----
signal_followers STOP
blast -a -n 60 -S last "$(address_of in)"
limit "keep_age = 1s"
await 20 "all is gone" rows_are 0
before=$(told all)
signal_followers CONT
sums "an empty store"
is "$(told all)" $((before + 60)) "told although nothing comes"
stop_daemon
keeping_conf > my.conf
start_daemon my.conf || done_testing
blast -a -n 20 -S again "$(address_of in)"
await_rows 20
sums "the next run"
is "$(grep -c 'another store' all.out)" 0 "an empty store is no other one"
follow late --since=1h
blast -a -n 1 -S more "$(address_of in)"
has_more() { grep -q ': more-' "$1.out"; }
await 10 "one that begins now" has_more late
is "$(shown late) $(told late)" "21 0" "is told nothing of what was there before it"

# ---- somebody's own DELETE ----
stop_daemon
first=$(sql 'SELECT min(id) FROM messages')
sqlite3 "$store" "DELETE FROM messages WHERE id = $((first + 5))"
exits 0 "tail across a hole" "$CATCHBASIN" --store="$store" tail -n 30
is "$(wc -l < out) $(grep -c pruned out)" "20 0" "which is not pruning"

for name in $followers; do
	kill "$(cat "$name.pid")"
	wait "$(cat "$name.pid")" 2> /dev/null
	rm -f "$name.pid"
	is "$(cat "$name.err")" "" "$name: without a word"
done
done_testing
