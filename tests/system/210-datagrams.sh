#!/usr/bin/env bash
# 200,000 datagrams as fast as they go: what is not a row is a number in the loss table.
. "${top_srcdir:-.}/tests/system/lib.sh"

{ base_conf; printf '[listener in]\naddress = udp://127.0.0.1:0\nrcvbuf = 8M\n'; } > my.conf
start_daemon my.conf || done_testing
like "$(daemon_log | grep -i 'receive buffer')" '[0-9]+.*messages' "the receive buffer is told in messages"
blast -n 200000 "$(address_of in)"
sent=$(field sent)
is "$sent" 200000 "all were sent"
all_told() {
	[ "$(sql 'SELECT (SELECT count(*) FROM messages) + (SELECT coalesce(sum(messages), 0) FROM loss)')" = "$sent" ]
}
await 30 "rows and losses are $sent exactly, while it runs" all_told
stop_daemon
is $? 0 "a clean stop"
ok "and after the stop" all_told
is "$(sql "SELECT count(*) - count(DISTINCT body) FROM messages")" 0 "none twice"
is "$(sql "SELECT count(*) FROM (SELECT CAST(substr(body, 5) AS INTEGER) AS n, lag(CAST(substr(body, 5) AS INTEGER), 1, 0)
	OVER (ORDER BY id) AS before FROM messages) WHERE n <= before")" 0 "in order"
diag "stored $(rows), lost $(sql 'SELECT coalesce(group_concat(reason || " " || messages), 0) FROM loss')"
books_balance

# A buffer far too small, a daemon that sleeps: the kernel drops, and every drop is counted.
{ base_conf; printf '[listener in]\naddress = udp://127.0.0.1:0\nrcvbuf = 4K\n'; } > my.conf
start_daemon my.conf || done_testing
before=$(sql 'SELECT (SELECT count(*) FROM messages) + (SELECT coalesce(sum(messages), 0) FROM loss)')
freeze "$(daemon_pid)"
blast -n 1000 "$(address_of in)"
signal_daemon CONT
sent=$((before + 1000))
await 30 "with a tiny buffer and a sleeping daemon too" all_told
at_least "$(sql "SELECT sum(messages) FROM loss WHERE reason = 'kernel'")" 900 "most of them dropped by the kernel"
is "$(sql "SELECT sum(messages) FROM loss WHERE reason <> 'kernel'")" "" "no other reason"
stop_daemon
is $? 0 "a clean stop"
like "$(receipt)" 'lost=[0-9]+ \(kernel=[0-9]+\)' "the receipt names the reason"
books_balance
done_testing
