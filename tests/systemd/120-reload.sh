#!/usr/bin/env bash
# HUPs under load, HUPS of them (60): each is followed by a reload that sees what was written before it, connections are not
# touched, nothing is lost. Signals that come while one waits are one: that is promised, and no more.
. "${top_srcdir:-.}/tests/systemd/booted.sh"
hups=${HUPS:-60}

configure 50-load <<- CONF
	[listener stays]
	address = tcp://127.0.0.1:5150
	[listener gram]
	address = unixgram:///run/catchbasin/in.gram
	overflow = block
CONF
systemctl start $unit
is "$(property ActiveState)" active "it runs"
generation() { ctl status --json | grep -o '"generation": *[0-9]*' | grep -o '[0-9]*$'; }
reached() { [ "$(generation)" -ge "$1" ]; }
is "$(generation)" 0 "no reload yet"

# What changes from one to the next: a limit, the log level, and a listener that comes and goes.
vary() {
	{
		printf '[store main]\nbatch_messages = %d\n[log]\nlevel = %s\n' $((1000 + $1)) "$([ $(($1 % 2)) = 0 ] && echo info || echo notice)"
		[ $(($1 % 3)) = 0 ] || printf '[listener guest]\naddress = tcp://127.0.0.1:%d\n' $((5160 + $1 % 3))
	} | configure 60-vary
}
# A load until there is enough of it; the streams each over one connection.
load() {
	local i=0 all=0
	until [ -e enough ] && [ "$2" != stream ]; do
		i=$((i + 1))
		blast -n "$3" -r "$4" -S "$1$i" "${@:5}" || echo bad >> bad
		all=$((all + $(field sent)))
		[ "$2" != stream ] || break
	done
	echo "$i $all" > "$1.sent"
}
seconds=$((hups / 20 + 3))
load stream stream $((seconds * 10000)) 20000 -c 2 tcp://127.0.0.1:5150 &
load storm datagram 5000 10000 udp://127.0.0.1:5140 &
load gram datagram 1000 2000 unixgram:///run/catchbasin/in.gram &
await_rows 5000
pid=$(daemon_pid)
late=0
begun=$(date +%s%N)
for n in $(seq "$hups"); do
	vary "$n"
	kill -HUP "$pid"
	retry 10 reached "$n" || late=$((late + 1))
done
took=$((($(date +%s%N) - begun) / 1000000))
is "$late" 0 "$hups HUPs, each followed by its reload"
is "$(generation)" "$hups" "the generation is that number"
diag "a HUP every $((took / hups)) ms"
# A heap of them, faster than they can be served; the last says what holds.
for n in $(seq 200); do
	kill -HUP "$pid"
done
vary 8000
kill -HUP "$pid"
holds() { logged 'batch_messages: 9000, was'; }
await 10 "200 more at once: what was written before the last holds" holds
at_least "$(generation)" $((hups + 1)) "they were one or more reloads"
at_most "$(generation)" $((hups + 201)) "and no more than that"
touch enough
wait
is "$(cat bad 2> /dev/null)" "" "no sender met anything but a listener"
is "$(daemon_pid) $(property NRestarts)" "$pid 0" "it is the same process"
stream=$((seconds * 10000))
read -r _ storm < storm.sent
read -r _ gram < gram.sent
stored() { sql "SELECT count(*) FROM messages WHERE listener = '$1'"; }
lost() { sql "SELECT coalesce(sum(messages), 0) FROM loss WHERE listener = '$1'"; }
all_there() { [ "$(rows)" -ge $((2 * stream + storm + gram - $(lost udp4))) ]; }
await 20 "all is stored" all_there
ordered stream1-0 $stream
ordered stream1-1 $stream
is "$(stored gram) $(lost gram)" "$gram 0" "unix datagrams: sent = rows"
is "$(($(stored udp4) + $(lost udp4)))" "$storm" "UDP: sent = rows + loss ($(lost udp4))"
books_balance
systemctl stop $unit
is "$(property Result)" success "a clean stop"
books_balance
finish
