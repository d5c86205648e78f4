#!/usr/bin/env bash
# ack = commit over TCP and unix streams: cumulative answers, refusals by name, half-close, back-pressure.
. "${top_srcdir:-.}/tests/system/lib.sh"
need nc

{
	base_conf
	cat <<- CONF
		[listener in]
		address = tcp://127.0.0.1:0
		ack = commit
		max_message = 100
		oversize = drop
		idle_timeout = 0
		[listener local]
		address = unix://$work/in.sock
		ack = commit
	CONF
} > my.conf
start_daemon my.conf || done_testing
port=$(port_of in)
is "$(printf 'a\nb\n' | nc -N 127.0.0.1 "$port" | tail -n 1)" "ACK 2" "two lines, ACK 2"
is "$(printf 'a\n\n\nb' | nc -N 127.0.0.1 "$port" | tail -n 1)" "ACK 2" "empty lines take no number, an unfinished line does"
is "$(printf 'a\nb\nc\n' | nc -N -U in.sock | tail -n 1)" "ACK 3" "over a unix stream"
long=$(head -c 200 /dev/zero | tr '\0' x)
said=$(printf 'a\n%s\nb\n' "$long" | nc -N 127.0.0.1 "$port")
is "$(printf '%s\n' "$said" | grep NAK)" "NAK 2 oversize" "a message that is dropped is refused by number"
is "$(printf '%s\n' "$said" | tail -n 1)" "ACK 3" "before the ACK that covers it"
said=$(printf 'a\n%s\n' "$long" | nc -N 127.0.0.1 "$port")
has "$said" "NAK 2 oversize" "also as the last one"

# A row that the database refuses.
sqlite3 "$store" "CREATE TRIGGER no BEFORE INSERT ON messages WHEN new.body = 'bad' BEGIN SELECT raise(ABORT, 'no'); END"
said=$(printf 'good\nbad\ngood\n' | nc -N 127.0.0.1 "$port")
has "$said" "NAK 2 store" "a refused row is refused by number"
is "$(printf '%s\n' "$said" | tail -n 1)" "ACK 3" "and the rest is acknowledged"
stored() { [ "$(sql "SELECT coalesce(sum(messages), 0) FROM loss WHERE reason = 'store'")" = 1 ]; }
await 5 "it is in the loss table" stored

blast -a -n 20000 -c 4 -s 90 -S many "$(address_of in)"
is $? 0 "80,000 messages are acknowledged to the last"
for c in 0 1 2 3; do
	ordered "many-$c" 20000
done

# Clients that die with their answers unread leave nothing behind, and what they sent is stored.
before=$(rows)
for _ in 1 2 3; do
	blast -n 60000 -s 90 -R -S gone "$(address_of in)"
done
no_connections() { ctl status --json | grep -Eq '"name": *"connections", *"unit": *"connections", *"value": *0\b'; }
await 10 "dead clients are let go" no_connections
at_least "$(rows)" "$before" "what was read of them is stored"

# An acknowledgement does not wait for batch_interval.
sed -i 's/\[store main\]/[store main]\nbatch_interval = 10s/' my.conf
stop_daemon
is $? 0 "a clean stop"
books_balance
start_daemon my.conf || done_testing
clock_begin
printf 'a\n' | nc -N 127.0.0.1 "$(port_of in)" > answer
is "$(cat answer)" "ACK 1" "a lone message is acknowledged"
clock_end
in_time 2000 "long before batch_interval"
stop_daemon
is $? 0 "a clean stop"
books_balance

printf '[listener in]\naddress = udp://127.0.0.1:0\nack = commit\n' > wrong.conf
exits 78 "ack = commit on datagrams" "$CATCHBASIND" -t -c wrong.conf
printf '[listener in]\naddress = tcp://127.0.0.1:0\nack = commit\noverflow = drop-oldest\n' > wrong.conf
exits 78 "ack = commit without block" "$CATCHBASIND" -t -c wrong.conf
done_testing
