#!/usr/bin/env bash
# Every reason for a loss, made to happen, counted, named; and bytes that must come out as they went in.
. "${top_srcdir:-.}/tests/system/lib.sh"
need nc perl

{
	base_conf
	cat <<- CONF
		[listener cut]
		address = tcp://127.0.0.1:0
		max_message = 64
		[listener drop]
		address = tcp://127.0.0.1:0
		max_message = 64
		oversize = drop
		[listener dropudp]
		address = udp://127.0.0.1:0
		max_message = 64
		oversize = drop
		[listener deny]
		address = tcp://127.0.0.1:0
		allow = 192.0.2.0/24
		[listener denyudp]
		address = udp://127.0.0.1:0
		allow = 192.0.2.0/24
		[listener bytes]
		address = tcp://127.0.0.1:0
		framing = octet
		[listener few]
		address = tcp://127.0.0.1:0
		max_connections = 1
		[listener idle]
		address = tcp://127.0.0.1:0
		idle_timeout = 1s
	CONF
} > my.conf
start_daemon my.conf || done_testing
long=$(head -c 1000 /dev/zero | tr '\0' x)
lost() { sql "SELECT coalesce(sum(messages), 0) || ' ' || count(*) FROM loss WHERE listener = '$1' AND reason = '$2'"; }
is_lost() { [ "$(lost "$1" "$2")" = "$3" ]; }

printf 'before\n%s\nafter\n' "$long" | nc -q1 127.0.0.1 "$(port_of cut)"
await_rows 3
is "$(sql "SELECT group_concat(size || ' ' || length(body) || ' ' || truncated, ', ') FROM messages WHERE listener = 'cut'")" \
	"6 6 0, 1000 64 1, 5 5 0" "oversize = truncate: one row, cut, with its true size, and the next one whole"
printf 'before\n%s\nafter\n' "$long" | nc -q1 127.0.0.1 "$(port_of drop)"
await_rows 5
is "$(sql "SELECT group_concat(body) FROM messages WHERE listener = 'drop'")" "before,after" "oversize = drop: no row"
await 5 "but a loss" is_lost drop oversize "1 1"
printf '%s' "$long" | nc -u -q0 127.0.0.1 "$(port_of dropudp)"
await 5 "of a datagram too" is_lost dropudp oversize "1 1"

printf 'x\n' | nc -q1 127.0.0.1 "$(port_of deny)" > /dev/null 2>&1
await 5 "a denied connection is a loss of 0" is_lost deny denied "0 1"
echo x | nc -u -q0 127.0.0.1 "$(port_of denyudp)"
await 5 "a denied datagram of 1" is_lost denyudp denied "1 1"

blast -n 10 -p -R -S reset "$(address_of cut)"
await 5 "a line cut by a reset is incomplete" is_lost cut incomplete "1 1"
printf 'nonsense\n' | nc -q1 127.0.0.1 "$(port_of bytes)"
await 5 "a count that is none is incomplete" is_lost bytes incomplete "1 1"

# All bytes, over octet counting: TEXT where it is text, BLOB elsewhere, equal in both.
perl -e 'print map { chr } 0 .. 255' > all
{ printf '256 '; cat all; printf '5 gr\303\274n0 '; } | nc -q1 127.0.0.1 "$(port_of bytes)"
three() { [ "$(sql "SELECT count(*) FROM messages WHERE listener = 'bytes'")" = 3 ]; }
await 10 "three counted messages" three
is "$(sql "SELECT hex(body) FROM messages WHERE listener = 'bytes' AND typeof(body) = 'blob'")" \
	"$(od -An -v -tx1 all | tr -d ' \n' | tr a-f A-F)" "256 byte values come out as they went in"
is "$(sql "SELECT body FROM messages WHERE listener = 'bytes' AND size = 5 AND typeof(body) = 'text'")" "$(printf 'gr\303\274n')" "UTF-8 is TEXT"
is "$(sql "SELECT typeof(body) || length(body) FROM messages WHERE listener = 'bytes' AND size = 0")" "text0" "a count of 0 is an empty message"

exec 7<> "/dev/tcp/127.0.0.1/$(port_of few)"
printf 'one\n' >&7
first() { [ "$(sql "SELECT count(*) FROM messages WHERE listener = 'few'")" = 1 ]; }
await 5 "one connection is open" first
printf 'two\n' | nc -q1 127.0.0.1 "$(port_of few)" > /dev/null 2>&1
refused() { ctl status --json | grep -Eq '"connections_refused"[^}]*"value": *1\b'; }
await 5 "a second one is refused and counted" refused
exec 7>&-
printf 'three\n' > three
again() { nc -q1 127.0.0.1 "$(port_of few)" < three; [ "$(sql "SELECT count(*) FROM messages WHERE listener = 'few'")" -ge 2 ]; }
await 10 "and welcome when the first has gone" again

exec 7<> "/dev/tcp/127.0.0.1/$(port_of idle)"
printf 'half a line' >&7
idle() { [ "$(sql "SELECT body FROM messages WHERE listener = 'idle'")" = 'half a line' ]; }
await 10 "after idle_timeout the unfinished line is a message" idle
exec 7>&-

ok "catchbasin loss names them" ctl loss > loss.out
for reason in oversize denied incomplete; do
	has "$(cat loss.out)" $reason "$reason among them"
done
stop_daemon
is $? 0 "a clean stop"
like "$(receipt)" 'lost=5 \(oversize=2 incomplete=2 denied=1\)' "the receipt names every reason: $(receipt)"
books_balance
done_testing
