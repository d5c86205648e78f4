#!/usr/bin/env bash
# The command on a daemon at work and on the file it leaves: for people, as JSON, and by its exit status.
. "${top_srcdir:-.}/tests/system/lib.sh"

{
	base_conf
	cat <<- CONF
		[listener in]
		address = tcp://127.0.0.1:0
		max_message = 64
		oversize = drop
		[listener gram]
		address = udp://127.0.0.1:0
	CONF
} > my.conf
is_json() { [ "$(sqlite3 :memory: "SELECT json_valid(CAST(readfile('$1') AS TEXT))")" = 1 ]; }
json() { sqlite3 :memory: "SELECT json_extract(CAST(readfile('$work/out') AS TEXT), '$1')"; }
# asked NAME ARG...: the verb as JSON, which is one line and valid.
asked() {
	local name=$1
	shift
	exits 0 "$name" "$CATCHBASIN" "$@" --json
	ok "is JSON" is_json "$work/out"
	is "$(wc -l < out)" 1 "on one line"
}

start_daemon my.conf || done_testing
blast -n 1000 -s 50 "$(address_of in)"
blast -n 3 -s 100 -S long "$(address_of in)"
blast -n 200 -S gram "$(address_of gram)"
await_rows 1200
written() { [ "$(sql "SELECT sum(messages) FROM loss")" = 3 ]; }
await 10 "the losses are written" written

for verb in status audit loss; do
	exits 0 "$verb of a running daemon" "$CATCHBASIN" "--socket=$socket" $verb
	has "$(head -n 1 out)" "from the daemon, pid $(daemon_pid)" "says where from"
	is "$(awk 'length > 80' out)" "" "in 80 columns"
	cp out "$verb.text"
	asked "$verb as JSON" "--socket=$socket" $verb
	is "$(json '$.daemon.pid')" "$(daemon_pid)" "with the daemon's pid"
	exits 0 "$verb, found by the configuration" "$CATCHBASIN" -c my.conf $verb
	exits 0 "$verb with the options behind it" "$CATCHBASIN" $verb "--socket=$socket"
done
has "$(cat status.text)" "tcp://127.0.0.1:$(port_of in)" "status: the address in force"
has "$(cat status.text)" "1,203" "what was received"
has "$(cat audit.text)" "The books balance." "audit: in words"
like "$(cat loss.text)" 'in +oversize +3' "loss: by listener and reason"
asked "status" "--socket=$socket" status
is "$(json '$.stores[0].path') $(json '$.stores[0].pool.state') $(json '$.daemon.failed')" "$store working 0" "status in numbers"
is "$(json '$.listeners[0].account.received') $(json '$.listeners[1].account.stored')" "1003 200" "listener by listener"
asked "audit" "--socket=$socket" audit
is "$(json '$.balanced') $(json '$.total.received') $(json '$.total.stored') $(json '$.total.lost') $(json '$.total.queued')" \
	"1 1203 1200 3 0" "audit in numbers"
asked "loss" "--socket=$socket" loss
is "$(json '$.messages') $(json '$.stores[0].losses[0].reason') $(json '$.stores[0].losses[0].messages')" "3 oversize 3" "loss in numbers"

# The file of a daemon that still runs.
exits 0 "status of the file meanwhile" "$CATCHBASIN" "--store=$store" status
has "$(cat out)" "1,200" "its rows"
exits 65 "audit of the file meanwhile" "$CATCHBASIN" "--store=$store" audit
has "$(cat out err)" "$(daemon_pid)" "names who holds it"
exits 0 "loss of the file meanwhile" "$CATCHBASIN" "--store=$store" loss
has "$(cat out)" "oversize" "its losses"

# Usage.
exits 64 "no verb" "$CATCHBASIN" "--socket=$socket"
exits 64 "an unknown verb" "$CATCHBASIN" "--socket=$socket" statsu
has "$(cat err)" "status" "with a hint"
exits 64 "an unknown option" "$CATCHBASIN" --frobnicate status
is "$(wc -l < err)" 1 "in one line"
exits 0 "--version" "$CATCHBASIN" --version
exits 0 "--help" "$CATCHBASIN" --help
exits 78 "a configuration that is wrong" "$CATCHBASIN" -c "$work/daemon.log" status

# Nobody there.
exits 69 "a socket that is not there" "$CATCHBASIN" "--socket=$work/nowhere.sock" status
has "$(cat err)" "nowhere.sock" "is named"
kill_daemon
exits 69 "the socket of a dead daemon" "$CATCHBASIN" "--socket=$socket" audit
exits 65 "the audit of a store without a receipt" "$CATCHBASIN" "--store=$store" audit
start_daemon my.conf || done_testing
blast -n 100 -s 50 -S again "$(address_of in)"
await_rows 1300
stop_daemon
is $? 0 "a clean stop"

for verb in status audit loss; do
	exits 0 "$verb of the file" "$CATCHBASIN" "--store=$store" $verb
	asked "$verb of the file as JSON" "--store=$store" $verb
	is "$(json '$.daemon')" "" "with no daemon"
	exits 0 "$verb, from the daemon or else the file" "$CATCHBASIN" -c my.conf $verb
done
books_balance
sum=$(sha256sum < "$store")
cp "$store" short.db
sqlite3 short.db 'DELETE FROM messages WHERE id = (SELECT max(id) FROM messages)'
exits 65 "a row is missing" "$CATCHBASIN" --store=short.db audit
asked_wrong() { "$CATCHBASIN" --store=short.db audit --json > wrong.json; is_json "$work/wrong.json"; }
ok "said as JSON too" asked_wrong
exits 65 "a file that is no store" "$CATCHBASIN" "--store=$work/my.conf" audit
exits 0 "a store alone is only read" "$CATCHBASIN" "--store=$store" audit
is "$(sha256sum < "$store")" "$sum" "and left as it was"
done_testing
