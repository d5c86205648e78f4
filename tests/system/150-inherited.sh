#!/usr/bin/env bash
# Sockets handed over at the start: adopted by address, by name; what was sent before is stored; strangers are closed.
. "${top_srcdir:-.}/tests/system/lib.sh"
need nc perl
# What `--fdname` cannot do, such as both kinds at once, is done by two in a row: the second passes on what it got.
need systemd-socket-activate
"$CATCHBASIND" --version > /dev/null || exit 99
grep -qa sd_listen_fds "$CATCHBASIND" || skip_all "catchbasind was built without libsystemd"

# Ports that were free a moment ago.
ports() {
	perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(LocalAddr => "127.0.0.1", Proto => $ARGV[0],
		$ARGV[0] eq "tcp" ? (Listen => 1) : ()) or die } 1 .. $ARGV[1]; print join(" ", map { $_->sockport } @s), "\n"' "$1" "$2"
}
waits() { [ "$(grep -c 'Listening on' "$work/$who.log")" -ge "$1" ]; }

# Streams: one by address, one by name, and one that nobody wants.
read -r by_address by_name stranger < <(ports tcp 3)
{
	base_conf
	cat <<- CONF
		[listener first]
		address = tcp://127.0.0.1:$by_address
		[listener second]
		address = tcp://127.0.0.1:0
		[listener own]
		address = tcp://127.0.0.1:0
	CONF
} > my.conf
export DAEMON_UNDER="systemd-socket-activate -l 127.0.0.1:$by_address -l 127.0.0.1:$by_name -l 127.0.0.1:$stranger
	--fdname=other:second:stranger"
launch_daemon my.conf
await 10 "somebody listens for the daemon" waits 3
blast -n 100 -S early "tcp://127.0.0.1:$by_address"
is $? 0 "a sender is taken in before the daemon runs"
await 20 "the daemon starts" is_ready_or_gone
ok "and runs" is_running
ok "takes over by address" logged "listener first: takes over tcp://127.0.0.1:$by_address\$"
ok "takes over by name" logged "listener second: takes over tcp://127.0.0.1:$by_name\$"
ok "makes its own where nothing was handed over" logged "listener own: listens on tcp://127.0.0.1:[1-9]"
ok "the stranger is closed, with a warning" logged 'warning.*"stranger".*fits no listener.*closed'
await 10 "what was sent before the start is stored" has_rows 100
ordered early-0 100
not_ok "nobody listens at the stranger's port" nc -z -w1 127.0.0.1 "$stranger"
blast -n 100 -S named "tcp://127.0.0.1:$by_name"
await_rows 200
ordered named-0 100
is "$(sql "SELECT group_concat(listener || ' ' || n) FROM (SELECT listener, count(*) AS n FROM messages GROUP BY 1 ORDER BY 1)")" \
	"first 100,second 100" "each at its listener"
stop_daemon
is $? 0 "a clean stop"
books_balance

# Datagrams: the same, and the datagram that started it all.
rm -f "$store"*
read -r by_address by_name stranger < <(ports udp 3)
sed -i "s/tcp:/udp:/; s,udp://127.0.0.1:[1-9][0-9]*,udp://127.0.0.1:$by_address," my.conf
DAEMON_UNDER="systemd-socket-activate --datagram -l 127.0.0.1:$by_address -l 127.0.0.1:$by_name -l 127.0.0.1:$stranger
	--fdname=other:second:stranger"
launch_daemon my.conf
await 10 "somebody holds the datagram sockets" waits 3
blast -n 50 -S early "udp://127.0.0.1:$by_address"
await 20 "the daemon starts" is_ready_or_gone
ok "takes over datagrams by address" logged "listener first: takes over udp://127.0.0.1:$by_address\$"
ok "and by name" logged "listener second: takes over udp://127.0.0.1:$by_name\$"
ok "the stranger is closed" logged 'warning.*"stranger".*closed'
await 10 "what was sent before the start is stored" has_rows 50
ordered early-0 50
is "$(sql "SELECT count(*) FROM messages WHERE received_at < (SELECT started_at FROM runs) - 60000000000 OR
	received_at > (SELECT started_at FROM runs) + 60000000000")" 0 "with a time of about now"
blast -n 50 -S named "udp://127.0.0.1:$by_name"
await_rows 100
ordered named-0 50
stop_daemon
is $? 0 "a clean stop"
books_balance

# Both kinds at one port, under one name, as catchbasind.socket hands them over.
rm -f "$store"*
read -r port < <(ports tcp 1)
{
	base_conf
	cat <<- CONF
		[listener both]
		address = tcp://127.0.0.1:$port
		[listener datagrams]
		address = udp://127.0.0.1:$port
	CONF
} > both.conf
DAEMON_UNDER="systemd-socket-activate -l 127.0.0.1:$port --fdname=both
	systemd-socket-activate --datagram -l 127.0.0.1:$port --fdname=both:both"
launch_daemon both.conf
await 10 "somebody listens" waits 1
blast -n 10 -S early "tcp://127.0.0.1:$port"
await 20 "the daemon starts" is_ready_or_gone
ok "each kind goes to its listener, by address" logged "listener datagrams: takes over udp://127.0.0.1:$port\$"
ok "one name or not" logged "listener both: takes over tcp://127.0.0.1:$port\$"
blast -n 10 -S late "udp://127.0.0.1:$port"
await 10 "both are served" has_rows 20
is "$(sql "SELECT count(DISTINCT listener) FROM messages")" 2 "under their names"
not_ok "nothing was a stranger" logged 'fits no listener'
stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
