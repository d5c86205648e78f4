#!/usr/bin/env bash
# No descriptors left: hardly any work, a line a second, old connections go on, new ones as soon as there is room.
. "${top_srcdir:-.}/tests/system/lib.sh"
need perl prlimit

{
	base_conf
	printf '[listener in]\naddress = tcp://127.0.0.1:0\nidle_timeout = 0\n'
	printf '[listener local]\naddress = unix://%s\nidle_timeout = 0\n' "$work/in.sock"
} > my.conf
DAEMON_UNDER="prlimit --nofile=64" start_daemon my.conf || done_testing
pid=$(daemon_pid)
# Without those that it was started with from beyond the limit.
fds() { find "/proc/$pid/fd" -mindepth 1 -name '[0-9]' -o -name '[1-5][0-9]' -o -name '6[0-3]' | wc -l; }
baseline=$(fds)
exec {first}<> "/dev/tcp/127.0.0.1/$(port_of in)"
printf 'one\n' >&"$first"
await_rows 1

# Many who connect and stay.
perl -MIO::Socket::INET -MIO::Socket::UNIX -e '
	my @keep;
	for (1 .. 100) {
		push @keep, IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]") || die;
		push @keep, IO::Socket::UNIX->new(Peer => $ARGV[1]) || die;
	}
	$| = 1;
	print "all connected\n";
	sleep' "$(port_of in)" "$work/in.sock" > crowd.out 2> crowd.err {TAP}>&- &
crowd=$!
echo $crowd > crowd.pid
connected() { grep -qs 'all connected' crowd.out; }
await 10 "200 connect" connected
await 10 "there are no descriptors left" logged 'warning.*listener in: cannot accept: Too many open files'
is "$(fds)" 64 "as many are open as may be"

ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
lines() { daemon_log | grep -c "listener $1: cannot accept"; }
used=$(ticks)
told_in=$(lines in)
told_local=$(lines local)
timeout 3 "$CATCHBASIN" "--socket=$socket" status > status.out 2>&1 &
asker=$!
clock_begin
sleep 3 # it is time that is measured
used=$(($(ticks) - used))
at_most $used $((15 * TEST_SLOW)) "in 3 seconds it takes $used hundredths of a second of CPU time"
told_in=$(($(lines in) - told_in))
told_local=$(($(lines local) - told_local))
clock_end
at_most $told_in $((took / 1000 + 1)) "and says so once a second ($told_in)"
at_most $told_local $((took / 1000 + 1)) "for each listener"
at_least $told_in 1 "but says so"
wait $asker
printf 'two\n' >&"$first"
two() { [ "$(sql "SELECT count(*) FROM messages WHERE body = 'two'")" = 1 ]; }
await 5 "an open connection goes on meanwhile" two

clock_begin
kill $crowd
wait $crowd 2> /dev/null
rm crowd.pid
blast -n 10 -t 10 -S new "$(address_of in)"
is $? 0 "when they have gone, new ones are taken"
await 10 "and their messages stored" has_rows 12
clock_end
in_time 1500 "within about a second"
ok "catchbasin status answers again" "$CATCHBASIN" "--socket=$socket" status > status.out
exec {first}>&-
back() { [ "$(fds)" -le "$baseline" ]; }
await 10 "all descriptors are given back" back
books_balance
stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
