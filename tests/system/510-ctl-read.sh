#!/usr/bin/env bash
# tail, query and export: exact bytes, losses in their place, filters and ranges, and nothing that hurts the writer.
. "${top_srcdir:-.}/tests/system/lib.sh"

{
	base_conf
	cat <<- CONF
		batch_interval = 5ms
		[listener in]
		address = tcp://127.0.0.1:0
		framing = octet
		max_message = 64K
		oversize = drop
		[listener gram]
		address = udp://127.0.0.1:0
	CONF
} > my.conf
start_daemon my.conf || done_testing

# Bodies of every kind, octet-counted so that every byte can stand in them.
evil=$'\033[31mred\033[0m\a\nnext line\r\ttab \302\233 gr\303\274n'
{
	printf '%s %s' "$(printf %s "$evil" | wc -c)" "$evil"
	printf '6 nul\0x\377'
	printf '5 plain'
	printf '7 a,"b"\nc'
} > frames
"$CATCHBASIN" send --stdin --framing=newline "$(address_of gram)" <<< "first by udp" > /dev/null
await_rows 1
nc -q 1 127.0.0.1 "$(port_of in)" < frames
await_rows 5

# ---- tail ----
exits 0 "tail" "$CATCHBASIN" --store="$store" tail
is "$(wc -l < out)" 5 "a line for each message"
is "$(tr -d '\n\40-\176\200-\377' < out | wc -c)" 0 "no control character leaves"
has "$(cat out)" '\x1b[31mred\x1b[0m\x07\nnext line\r\ttab \xc2\x9b grün' "escaped, with UTF-8 as it is"
like "$(head -n 1 out)" '^20[0-9-]+ [0-9:.]{12} gram 127\.0\.0\.1:[0-9]+: first by udp$' "time, listener, sender, body"
exits 0 "tail -n 2" "$CATCHBASIN" -c my.conf tail -n 2
is "$(wc -l < out)" 2 "the last two"
has "$(tail -n 1 out)" ': a,"b"\nc' "in the order they came"
exits 1 "tail -n 0" "$CATCHBASIN" -c my.conf tail -n 0
exits 0 "tail of one listener" "$CATCHBASIN" -c my.conf tail --listener=gram
is "$(wc -l < out)" 1 "is of one listener"
exits 0 "tail of a body" "$CATCHBASIN" -c my.conf tail --grep='^PLAIN|^plain'
is "$(wc -l < out)" 1 "is of that body"
exits 1 "tail of nothing" "$CATCHBASIN" -c my.conf tail --grep=nowhere
exits 0 "tail of a sender" "$CATCHBASIN" -c my.conf tail --peer=127.0.0.0/8 --since=1h
is "$(wc -l < out)" 5 "is of that sender"
exits 1 "tail since just now" "$CATCHBASIN" -c my.conf tail --since="@$(($(date +%s) + 60))"
exits 0 "tail by the socket alone" "$CATCHBASIN" --socket="$socket" tail -n 1
exits 0 "raw is exact" "$CATCHBASIN" -c my.conf tail -n 5 -o raw
{ printf 'first by udp\n%s\nnul\0x\377\nplain\na,"b"\nc\n' "$evil"; } > want
ok "to the byte" cmp -s out want
exits 0 "jsonl" "$CATCHBASIN" -c my.conf tail -n 5 -o jsonl
if command -v jq > /dev/null; then
	is "$(jq -rj 'select(.id == 2).body' < out | od -An -tx1 | tr -d ' \n')" "$(printf %s "$evil" | od -An -tx1 | tr -d ' \n')" "text comes back"
	is "$(jq -r 'select(.id == 3).body_base64' < out | base64 -d | od -An -c | tr -d ' ')" 'nul\0x377' "bytes come back"
	is "$(jq -r 'select(.id == 1) | [.listener, .size, .truncated] | tostring' < out)" '["gram",12,false]' "and the rest"
fi

# ---- a loss in its place ----
head -c 70000 /dev/zero | tr '\0' x > big
{ printf '70000 '; cat big; printf '5 after'; } | nc -q 1 127.0.0.1 "$(port_of in)"
await_rows 6
has_loss() { [ "$(sql 'SELECT count(*) FROM loss')" -ge 1 ]; }
await 10 "the loss is written" has_loss
exits 0 "tail with a loss" "$CATCHBASIN" -c my.conf tail -n 2
like "$(sed -n 2p out)$(sed -n 3p out)" '--- 1 message lost here: too long, [0-9:.]{12}( ---|–[0-9:.]{12} ---)' "told inline"
is "$(wc -l < out)" 3 "among the messages"
exits 0 "losses as JSON" "$CATCHBASIN" -c my.conf tail -n 2 -o jsonl
has "$(cat out)" '"reason":"oversize","messages":1,"bytes":70000}' "are objects, too"
exits 0 "another listener has none" "$CATCHBASIN" -c my.conf tail --listener=gram
is "$(grep -c lost out)" 0 "of it"
exits 0 "loss --since" "$CATCHBASIN" -c my.conf loss --since=1h
like "$(cat out)" 'in +oversize +1 +70,000' "the row"
has "$(head -n 1 out)" "from the file" "from the file, although a daemon runs"
exits 0 "loss since just now" "$CATCHBASIN" -c my.conf loss --since="@$(($(date +%s) + 60))"
has "$(cat out)" "no loss" "none"

# ---- following ----
"$CATCHBASIN" -c my.conf tail -f -n 1 > follow.out 2> follow.err &
follower=$!
echo "$follower" > follower.pid
followed() { grep -q -- "$1" follow.out; }
await 10 "tail -f begins with the last one" followed ': after$'
printf '7 news on' | nc -q 1 127.0.0.1 "$(port_of in)"
await 10 "news come at once" followed ': news on$'
{ printf '70001 '; cat big; printf 'y'; printf '3 end'; } | nc -q 1 127.0.0.1 "$(port_of in)"
await 10 "losses, too" followed '--- 1 message lost here: too long'
# The log can start over although somebody follows.
can_restart() { [ "$(sqlite3 "$store" 'PRAGMA wal_checkpoint(RESTART)' | cut -d'|' -f1)" = 0 ]; }
await 10 "a follower does not hold the log" can_restart
stop_daemon
start_daemon my.conf || done_testing
printf '7 another' | nc -q 1 127.0.0.1 "$(port_of in)"
await 10 "it goes on with the next run" followed ': another$'
kill $follower
wait $follower 2> /dev/null
rm -f follower.pid
is "$(cat follow.err)" "" "without a word"
is "$(grep -c ': another$' follow.out)" 1 "and each message once"

# A reader that is killed, one that stands still, one that does not read: the daemon goes on.
"$CATCHBASIN" -c my.conf tail -f > stopped.out &
stopped=$!
echo "$stopped" > stopped.pid
await 10 "another follower" grep -q ': another$' stopped.out
freeze $stopped
before=$(rows)
blast -n 2000 -s 50 -S more "$(address_of gram)"
await_rows $((before + 2000))
await 10 "a reader that stands still does not hold the log" can_restart
{
	kill -KILL $stopped
	wait $stopped
} 2> /dev/null
rm -f stopped.pid

# ---- query ----
exits 0 "query" "$CATCHBASIN" -c my.conf query "SELECT id, listener, body FROM messages WHERE id <= 3 ORDER BY id"
like "$(head -n 1 out)" '^id  listener  body$' "with its names"
is "$(tr -d '\n\40-\176\200-\377' < out | wc -c)" 0 "a table is safe for a terminal"
exits 0 "csv" "$CATCHBASIN" -c my.conf query -o csv "SELECT id, body FROM messages WHERE id = 5"
is "$(cat out)" $'id,body\n5,"a,""b""\nc"' "quoted as it must be"
exits 0 "jsonl" "$CATCHBASIN" -c my.conf query -o jsonl "SELECT 1 AS one, NULL AS none, 2.5 AS half, 'x' AS text, x'00ff' AS bytes"
is "$(cat out)" '{"one":1,"none":null,"half":2.5,"text":"x","bytes":{"base64":"AP8="}}' "with its types"
exits 1 "no rows" "$CATCHBASIN" -c my.conf query "SELECT * FROM messages WHERE id < 0"
is "$(wc -c < out)" 0 "nothing is written"
exits 64 "what is no SQL" "$CATCHBASIN" -c my.conf query "SELEKT 1"
is "$(wc -l < err)" 1 "one line"
has "$(cat err)" "syntax error" "says what"
for sql in "DELETE FROM messages" "INSERT INTO meta VALUES ('x', 1)" "PRAGMA wal_checkpoint(TRUNCATE)" "ATTACH 'other.db' AS o" \
	"CREATE TABLE t (a)" "SELECT 1; DROP TABLE messages" "PRAGMA journal_mode = DELETE"; do
	exits 64 "refused: $sql" "$CATCHBASIN" -c my.conf query "$sql"
done
is "$(ls other.db 2> /dev/null)" "" "no other file was made"
exits 75 "a query without an end" "$CATCHBASIN" -c my.conf query --timeout=300ms \
	"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
has "$(cat err)" "took longer" "is ended, in words"
exits 0 "many rows" "$CATCHBASIN" -c my.conf query -o csv \
	"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200000) SELECT n, hex(randomblob(40)) FROM c"
is "$(wc -l < out)" 200001 "all of them"

# ---- export ----
count=$(rows)
exits 0 "export" "$CATCHBASIN" -c my.conf export
is "$(wc -l < out)" "$count" "every message"
exits 0 "export of a range" "$CATCHBASIN" -c my.conf export --from=2 --to=4 -o raw
{ printf '%s\nnul\0x\377\nplain\n' "$evil"; } > want
ok "is exact" cmp -s out want
exits 0 "export as CSV" "$CATCHBASIN" -c my.conf export --from=3 --to=5 -o csv
is "$(head -n 1 out)" "id,time,received_at,listener,peer,size,truncated,encoding,body" "its names"
like "$(sed -n 2p out)" '^3,20[^,]+Z,[0-9]+,in,[0-9.:]+,6,0,base64,bnVsAHj/$' "bytes"
has "$(tail -n 2 out)" '"a,""b""' "text"
exits 0 "export since" "$CATCHBASIN" -c my.conf export --since=1h --until=now --grep='^more-' -o raw
is "$(wc -l < out)" 2000 "filtered"
exits 1 "export of nothing" "$CATCHBASIN" -c my.conf export --until="2020-01-01"
exits 1 "export behind the end" "$CATCHBASIN" -c my.conf export --from=999999999
"$CATCHBASIN" -c my.conf export 2> err | head -n 1 > out
is "$(wc -l < out)$(cat err)" 1 "a reader that has enough is no error"
exits 0 "the store of a stopped daemon" true
stop_daemon
is $? 0 "a clean stop"
exits 0 "tail of the file" "$CATCHBASIN" -c my.conf tail -n 3
exits 0 "query of the file" "$CATCHBASIN" -c my.conf query "SELECT count(*) FROM messages"
exits 0 "export of the file" "$CATCHBASIN" --store="$store" export --to=1

# Wrong places.
for verb in tail export "query SELECT"; do
	# shellcheck disable=SC2086 # words
	exits 69 "$verb of a store that is not there" "$CATCHBASIN" --store=nowhere.db $verb
	is "$(wc -l < err)" 1 "one line"
	# shellcheck disable=SC2086
	exits 65 "$verb of a file that is none" "$CATCHBASIN" --store=my.conf $verb
	# shellcheck disable=SC2086
	exits 69 "$verb by a socket that is not there" "$CATCHBASIN" --socket=nowhere.sock $verb
done
sed 's/store main/store other/; s/messages.db/other.db/' my.conf | sed -n '/store other/,/path/p' >> my.conf
cp "$store" other.db
exits 64 "two stores" "$CATCHBASIN" -c my.conf tail
has "$(cat err)" "--store=FILE" "want to be told apart"
books_balance
done_testing
