#!/usr/bin/env bash
# send: every kind of target, framing and source; its pace; its sum; and receivers that are not there.
. "${top_srcdir:-.}/tests/system/lib.sh"

{
	base_conf
	cat <<- CONF
		batch_interval = 5ms
		[listener dgram]
		address = udp://127.0.0.1:0
		[listener six]
		address = tcp://[::1]:0
		[listener safe]
		address = tcp://127.0.0.1:0
		ack = commit
		framing = newline
		[listener nul]
		address = tcp://127.0.0.1:0
		framing = nul
		[listener octet]
		address = tcp://127.0.0.1:0
		framing = octet
		[listener sock]
		address = unix://$work/in.sock
		[listener gram]
		address = unixgram://$work/in.gram
		[listener all]
		address = udp://*:0
	CONF
} > my.conf
start_daemon my.conf || done_testing
send=("$CATCHBASIN" -c my.conf send)
sent() { sql "SELECT count(*) FROM messages WHERE listener = '$1'"; }
has_sent() { [ "$(sent "$1")" -ge "$2" ]; }

for listener in dgram six safe sock gram all; do
	exits 0 "to listener $listener" "${send[@]}" -n 100 "$listener"
	like "$(cat out)" '^sent 100 messages, 10,000 bytes, to [a-z]+://.* in ' "the sum"
	await 10 "they are stored" has_sent "$listener" 100
	exits 0 "by its address" "${send[@]}" "$(address_of "$listener" | sed 's/\*:/127.0.0.1:/')"
	await 10 "one more" has_sent "$listener" 101
done
is "$(sql "SELECT body FROM messages WHERE listener = 'dgram' AND id = (SELECT min(id) FROM messages WHERE listener = 'dgram')")" \
	"catchbasin test message 1 $(printf '.%.0s' {1..74})" "a message that was made up"
for framing in nul octet; do
	exits 0 "framing $framing" "${send[@]}" --framing=$framing -n 50 --size=1K $framing
	await 10 "is understood" has_sent $framing 50
	is "$(sql "SELECT DISTINCT size FROM messages WHERE listener = '$framing'")" 1024 "with its size"
done
exits 0 "a large message" "${send[@]}" --size=64K -n 3 six
await 10 "is whole" has_sent six 104
is "$(sql "SELECT max(length(body)) FROM messages")" 65536 "to its end"

# Lines.
printf 'one\n\ntwo\nlast without an end' > lines
run "${send[@]}" --stdin safe < /dev/null
is "$(cat out | cut -d, -f1)" "sent 0 messages" "no lines"
"${send[@]}" --stdin safe < lines > out
like "$(cat out)" '^sent 4 messages' "lines of a file"
await 10 "are messages, the empty one is none" has_sent safe 104
is "$(sql "SELECT group_concat(body, '|') FROM (SELECT body FROM messages WHERE listener = 'safe' ORDER BY id DESC LIMIT 3)")" \
	"last without an end|two|one" "in their order"
{ echo "at once"; retry 60 test -e seen; echo "later"; } | "${send[@]}" --stdin dgram > out &
there() { [ "$(sql "SELECT count(*) FROM messages WHERE body = 'at once'")" = 1 ]; }
await 5 "a line goes out as soon as it is there" there
is "$(sql "SELECT count(*) FROM messages WHERE body = 'later'")" 0 "before the next one"
: > seen
wait $!
exits 0 "only some of them" bash -c "'$CATCHBASIN' -c my.conf send --stdin -n 2 octet --framing=octet < lines"
like "$(cat out)" '^sent 2 messages' "no more"

# The pace.
clock_begin
exits 0 "at a pace" "${send[@]}" -n 1000 --rate=2000 dgram
clock_end
in_time 1000 "not much slower"
at_most "$(grep -oE '[0-9,]+/s' out | tr -d ',/s')" 2400 "and not faster"

# Acknowledged.
exits 0 "acknowledged" "${send[@]}" -n 5000 --ack safe
like "$(cat out)" 'acknowledged 5,000, refused 0$' "all of them"
await 1 "and stored" has_sent safe 5104
exits 64 "datagrams are not" "${send[@]}" --ack dgram
exits 75 "a listener that does not" timeout 50 "${send[@]}" --ack six

# Nobody there.
exits 69 "nobody listens" "${send[@]}" "tcp://127.0.0.1:1"
is "$(wc -l < err)" 1 "one line"
exits 69 "no such socket" "${send[@]}" "unix://$work/nowhere.sock"
exits 64 "no such listener" "${send[@]}" nobody
exits 64 "no address" "${send[@]}" "udp://"
exits 64 "a datagram that is too large" "${send[@]}" --size=1M dgram
has "$(cat err)" "too long" "in words"
exits 69 "datagrams nobody takes" "${send[@]}" -n 100 --rate=1000 "udp://127.0.0.1:1"
exits 0 "a name" "${send[@]}" "udp://localhost:$(port_of dgram)"
exits 69 "a name nobody has" "${send[@]}" "tcp://nowhere.invalid:1"

# A receiver that goes away.
"${send[@]}" -n 0 six > out 2> err &
sender=$!
await 10 "a sender at work" has_sent six 200
kill_daemon
wait $sender
is $? 69 "a receiver that goes away"
has "$(cat out)" "sent " "the sum is told all the same"
start_daemon my.conf || done_testing
stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
