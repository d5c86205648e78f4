#!/usr/bin/env bash
# What docs/senders.md says beyond the table: rsyslog and syslog-ng keep what they were told before there was a catchbasin;
# Python's handler makes a new connection after a restart; pickles are refused; a syslog header is taken apart.
. "${top_srcdir:-.}/tests/senders/lib.sh"
find_programs rsyslog syslog-ng

# Free ports that stay the same over restarts; nobody listens there yet.
read -r rsyslog_port syslog_ng_port python_port < <($python -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*[one.getsockname()[1] for one in held])')
{
	base_conf
	printf '[listener rsyslog]\naddress = tcp://127.0.0.1:%d\n' "$rsyslog_port"
	printf '[listener syslog-ng]\naddress = tcp://127.0.0.1:%d\n' "$syslog_ng_port"
	printf '[listener python]\naddress = tcp://127.0.0.1:%d\nframing = nul\n' "$python_port"
	printf '[listener counted]\naddress = tcp://127.0.0.1:0\nframing = octet\n'
	printf '[listener lines]\naddress = tcp://127.0.0.1:0\n'
} > senders.conf

# taken NAME PORT: the block of docs/senders.md, with its port in place of 5140.
taken() {
	block "$1" | sed "s/5140/$2/"
}

there() {
	[ "$(sql "SELECT count(DISTINCT body) FROM messages WHERE listener = '$1' AND instr(body, 'app')" 2> /dev/null)" = 3 ]
}

# ---- rsyslog and syslog-ng ----

if [ -z "${missing[rsyslog]-}" ]; then
	taken rsyslog "$rsyslog_port" > rsyslog.lines
	run_rsyslog rsyslog.lines
	log_to rsyslog
fi
if [ -z "${missing[syslog-ng]-}" ]; then
	taken syslog-ng "$syslog_ng_port" > syslog-ng.lines
	run_syslog_ng syslog-ng.lines
	log_to syslog-ng
	await 10 "syslog-ng finds nobody" grep -q "connection failed" syslog-ng.log
fi
[ -n "${missing[rsyslog]-}" ] || await 10 "rsyslog finds nobody" grep -q "cannot connect" rsyslog.log
start_daemon senders.conf
for name in rsyslog syslog-ng; do
	if [ -z "${missing[$name]-}" ]; then
		await 20 "$name delivers what it kept" there $name
	else
		skip "$name delivers what it kept" "${missing[$name]}"
	fi
done
# rsyslog sends twice what it was at when nobody was there.
[ -n "${missing[rsyslog]-}" ] ||
	is "$(sql "SELECT group_concat(text, '|') FROM (SELECT min(id), substr(body, instr(body, ' app: ') + 6) AS text
		FROM messages WHERE listener = 'rsyslog' AND body LIKE '% app: %' GROUP BY body ORDER BY min(id))")" \
		"hello|größer als 1 €|two#012lines" "as lines"
[ -n "${missing[syslog-ng]-}" ] ||
	is "$(sql "SELECT group_concat(substr(rtrim(body, char(10)), instr(body, '] ') + 2), '|') FROM messages
		WHERE listener = 'syslog-ng'")" "hello|größer als 1 €|two
lines" "whole, with a line end to be trimmed"
end rsyslog syslog-ng

# ---- Python ----

{
	taken python "$python_port"
	cat <<- 'PYTHON'
		log = logging.Logger("app")
		log.addHandler(handler)
		try:
		    log.info("before")
		    input()
		    log.info("after")
		    1 / 0
		except ZeroDivisionError:
		    log.exception("caught")
	PYTHON
} > reconnecting.py
mkfifo go
$python reconnecting.py < go > python.log 2>&1 &
echo $! > python.pid
exec 7> go
stored() { [ "$(sql "SELECT count(*) FROM messages WHERE listener = 'python' AND body = '$1'")" = 1 ]; }
await 10 "Python is connected" stored '<14>before'
stop_daemon
is $? 0 "the daemon stops"
start_daemon senders.conf
echo go >&7
exec 7>&-
await 10 "after a restart it makes a new connection" stored '<14>after'
wait "$(cat python.pid)"
is "$(cat python.log)" "" "and complains of nothing"
rm python.pid
caught() { sql "SELECT body FROM messages WHERE body LIKE '<11>caught%'"; }
await 10 "a traceback is one message" eval '[[ $(caught) == *"1 / 0"*"ZeroDivisionError: division by zero" ]]'

before=$(rows)
pickle() {
	$python -c 'import logging, logging.handlers, sys
log = logging.Logger("app")
log.addHandler(logging.handlers.SocketHandler("127.0.0.1", int(sys.argv[1])))
log.info("hello")' "$1"
}
pickle "$(port_of counted)"
await 10 "a pickle is refused where octets are counted" logged 'listener counted: .* sent no octet count .* the connection is closed'
pickle "$(port_of lines)"
blobs() { [ "$(sql "SELECT count(*) > 0 AND min(listener) = 'lines' AND max(listener) = 'lines' AND max(typeof(body) = 'blob')
	FROM messages WHERE id > $before")" = 1 ]; }
await 10 "elsewhere its bytes are stored, not knowing what they are" blobs

# ---- the header ----

block sql > header.sql
is "$(sqlite3 -readonly "$store" < header.sql | grep -E '\|(before|caught|Traceback.*)$')" "$(sql "
	SELECT id, 1, CASE substr(body, 1, 4) WHEN '<14>' THEN 6 ELSE 3 END, CASE substr(body, 5) WHEN 'before' THEN 'before' ELSE 'caught' END
	FROM messages WHERE body = '<14>before' OR body LIKE '<11>caught%'")" "facility, severity and text of a syslog message"

stop_daemon
is $? 0 "a clean stop"
is "$(number incomplete)" 1 "the refused pickle is counted"
books_balance
done_testing
