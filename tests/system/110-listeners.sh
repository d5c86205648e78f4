#!/usr/bin/env bash
# Every kind of listener, several at once, and who spoke.
. "${top_srcdir:-.}/tests/system/lib.sh"
need nc

{
	base_conf
	cat <<- CONF
		[listener udp4]
		address = udp://127.0.0.1:0
		[listener udp6]
		address = udp://[::1]:0
		[listener tcp4]
		address = tcp://127.0.0.1:0
		[listener both]
		address = tcp://*:0
		[listener stream]
		address = unix://$work/in.sock
		[listener gram]
		address = unixgram://$work/in.gram
		[listener nul]
		address = tcp://127.0.0.1:0
		framing = nul
		[listener octet]
		address = tcp://127.0.0.1:0
		framing = octet
	CONF
} > my.conf
start_daemon my.conf || done_testing

blast -n 500 -S udp4 "$(address_of udp4)"
blast -n 500 -S udp6 "$(address_of udp6)"
blast -n 2000 -S tcp4 "$(address_of tcp4)"
blast -n 2000 -S mapped "tcp://127.0.0.1:$(port_of both)"
blast -n 2000 -S six "tcp://[::1]:$(port_of both)"
blast -n 2000 -S stream "unix://$work/in.sock"
blast -n 500 -S gram "unixgram://$work/in.gram"
blast -n 2000 -S nul -f nul "$(address_of nul)"
blast -n 2000 -S octet -f octet "$(address_of octet)"
await_rows 13500
for source in udp4:500 udp6:500 tcp4:2000 mapped:2000 six:2000 stream:2000 gram:500 nul:2000 octet:2000; do
	ordered "${source%:*}-0" "${source#*:}"
done

is "$(sql "SELECT group_concat(kind) FROM (SELECT DISTINCT listener || ' ' || CASE
	WHEN peer GLOB '127.0.0.1:[0-9]*' THEN 'v4' WHEN peer GLOB '[[]::1]:[0-9]*' THEN 'v6'
	WHEN peer GLOB 'unix:pid=[0-9]*,uid=[0-9]*' THEN 'unix' ELSE peer END AS kind FROM messages ORDER BY 1)")" \
	"both v4,both v6,gram unix,nul v4,octet v4,stream unix,tcp4 v4,udp4 v4,udp6 v6" \
	"every peer is shown in its form, mapped IPv4 as IPv4"
is "$(sql "SELECT count(*) FROM messages WHERE size <> length(CAST(body AS BLOB)) OR truncated")" 0 "sizes are right"
is "$(sql "SELECT max(id) - min(id) + 1 - count(*) FROM messages")" 0 "ids are dense"

stop_daemon
is $? 0 "a clean stop"
not_ok "the unix sockets are gone" test -e in.sock -o -e in.gram
books_balance
done_testing
