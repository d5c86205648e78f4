#!/usr/bin/env bash
# What a stranger tries first: no configuration, nc, logger, a file through nc, sqlite3.
. "${top_srcdir:-.}/tests/system/lib.sh"
need nc logger

# The default port is one for all: whoever has it first, tests.
exec 9> "${TMPDIR:-/tmp}/catchbasin-test-5140.lock"
flock -w 120 9 || skip_all "port 5140 is taken by another test"

launch_daemon ""
exec 9>&9
retry 20 is_ready_or_gone
if logged 'in use'; then
	skip_all "port 5140 of this machine is in use"
fi

said=$(daemon_log)
has "$said" "nc -u -q1 127.0.0.1 5140" "the start says how to send a datagram"
has "$said" "nc -q1 127.0.0.1 5140" "and a line"
has "$said" "sqlite3 messages.db" "and how to read"
ok "the control socket is here" test -S catchbasin.sock

printf 'hello\n' | nc -q1 127.0.0.1 5140
echo hi | nc -u -q1 127.0.0.1 5140
printf 'six\n' | nc -q1 ::1 5140
echo six-hi | nc -u -q1 ::1 5140
logger -n 127.0.0.1 -P 5140 -d hey
logger -n 127.0.0.1 -P 5140 -T --octet-count counted
await_rows 6
is "$(sql "SELECT group_concat(body, ',') FROM (SELECT body FROM messages WHERE body NOT LIKE '<%' ORDER BY body)")" \
	"hello,hi,six,six-hi" "nc's lines and datagrams are rows"
is "$(sql "SELECT count(*) FROM messages WHERE body LIKE '<13>%hey' AND listener = 'udp4'")" 1 "logger's datagram"
is "$(sql "SELECT count(*) FROM messages WHERE body LIKE '<13>%counted' AND listener = 'tcp4'")" 1 \
	"logger's octet-counted message, without its count"
is "$(sql "SELECT count(*) FROM log WHERE peer LIKE '127.0.0.1:%' AND time LIKE '20%'")" 4 "the view log is for people"
is "$(sql "SELECT peer LIKE '[::1]:%' FROM messages WHERE body = 'six'")" 1 "an IPv6 peer"
is "$(sql "SELECT max(abs(received_at / 1e9 - CAST(strftime('%s', 'now') AS INTEGER)) < 60) FROM messages")" 1 \
	"the time of receipt is now"

# A real file, line for line.
file=/var/log/dpkg.log
[ -s "$file" ] || {
	file=$work/lines
	seq -f 'a line of a file, number %.0f' 1 5000 > "$file"
}
grep -v '^$' "$file" > sent
before=$(rows)
nc -q1 127.0.0.1 5140 < sent
await_rows $((before + $(wc -l < sent)))
sql "SELECT body FROM messages WHERE id > $before ORDER BY id" > got
ok "a file through nc is in the store, equal line for line" cmp sent got

stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
