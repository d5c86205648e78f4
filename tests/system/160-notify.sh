#!/usr/bin/env bash
# What the service manager is told: READY when all stands, STATUS, RELOADING, STOPPING, and more time for a slow stop.
. "${top_srcdir:-.}/tests/system/lib.sh"
need perl
grep -qa sd_notify "$CATCHBASIND" || skip_all "catchbasind was built without libsystemd"

# A manager: one line per word heard. At READY=1 it looks whether the sockets answer, before it reads on.
perl -MIO::Socket::UNIX -e '
	use Socket;
	$| = 1;
	my ($dir) = @ARGV;
	my $s = IO::Socket::UNIX->new(Local => "$dir/notify", Type => SOCK_DGRAM) or die;
	print "manager stands\n";
	while (defined $s->recv(my $text, 4096)) {
		for my $word (split /\n/, $text) {
			print "$word\n";
			next if $word ne "READY=1";
			for my $name ("in.sock", "catchbasin.sock") {
				print "$name ", IO::Socket::UNIX->new(Peer => "$dir/$name") ? "answers" : "is dead", "\n";
			}
		}
	}' "$work" > heard {TAP}>&- &
manager=$!
echo $manager > manager.pid
heard() { grep -Eq -- "$1" heard; }
times() { grep -Ec -- "$1" heard; }
await 10 "a manager stands" heard 'manager stands'
export NOTIFY_SOCKET=$work/notify

conf() {
	base_conf
	printf '[daemon]\ndrain_timeout = 60s\n[listener in]\naddress = unix://%s\n' "$work/in.sock"
}
conf > my.conf
export WATCHDOG_USEC=4000000
start_daemon my.conf || done_testing
await 10 "READY=1" heard '^READY=1$'
await 10 "by then the listener answers" heard '^in.sock answers$'
await 10 "and the control socket" heard '^catchbasin.sock answers$'
not_ok "nothing was said before it" test "$(sed -n 2p heard)" != 'READY=1'
await 10 "STATUS" heard '^STATUS=[0-9]+k?/s in, queue [0-9]+ %, [0-9,]+ lost$'
blast -n 20000 -r 20000 "unix://$work/in.sock"
await 15 "which tells what comes in" heard '^STATUS=[1-9][0-9]*k?/s in, queue [0-9]+ %, 0 lost$'

signal_daemon HUP
signs() { [ "$(times '^WATCHDOG=1$')" -ge "$1" ]; }
await 10 "signs of life, four in WATCHDOG_USEC" signs 3
not_ok "and no call for the end" heard 'trigger'
ready_again() { [ "$(times '^READY=1$')" = "$1" ]; }
await 10 "a reload: READY=1 again" ready_again 2
is "$(grep -E '^(RELOADING|READY)=1$' heard | tail -n 2 | tr '\n' ' ')" "RELOADING=1 READY=1 " "after RELOADING=1"
echo nonsense >> my.conf
signal_daemon HUP
await 10 "also after a reload that was refused" ready_again 3
conf > my.conf

# A stop that a locked database holds up: more time is asked for, until it is through.
lock_store
blast -n 500 "unix://$work/in.sock"
counted() { ctl audit --json | grep -Eq '"received": *20500\b'; }
await 10 "500 messages wait" counted
not_ok "no stop was told yet" heard '^STOPPING=1$'
signal_daemon TERM
await 10 "STOPPING=1" heard '^STOPPING=1$'
await 10 "EXTEND_TIMEOUT_USEC while it drains" heard '^EXTEND_TIMEOUT_USEC=[0-9]{7,}$'
await 10 "with a status that says what is left" heard '^STATUS=stopping: 500 messages to store, 0 lost$'
extended() { [ "$(times '^EXTEND_TIMEOUT_USEC=')" -ge "$1" ]; }
await 10 "again and again" extended 3
ok "it is still there" is_running
unlock_store
wait_daemon 20
is $? 0 "released, the stop is clean"
is "$(sed -n '/^STOPPING=1$/,$p' heard | grep -c '^READY=1$')" 0 "it was never ready again"
at_least "$(sed -n '/^STOPPING=1$/,$p' heard | grep -c '^WATCHDOG=1$')" 1 "and alive to the end"
not_ok "though a database was locked all the time" heard 'trigger'
unset WATCHDOG_USEC
is "$(times '^STOPPING=1$')" 1 "and stopped once"
is "$(rows)" 20500 "nothing is lost"
books_balance

# As long as a store is not open nothing is ready.
: > heard
lock_store
launch_daemon my.conf
opening() { grep -qs "$(daemon_pid)" /proc/locks || [ -n "$(find "/proc/$(daemon_pid)/fd" -lname "$store" 2> /dev/null)" ]; }
await 10 "a start meets a locked store" opening
not_ok "and is not ready" heard 'READY=1'
unlock_store
await 10 "released, it is" heard '^READY=1$'
await 20 "and says so" is_ready_or_gone
stop_daemon
is $? 0 "a clean stop"
books_balance

# A start that fails is never ready, and the sockets it had bound are closed again.
: > heard
{ conf | sed "s,^path = $socket,path = $work/nowhere/control.sock,"; } > bad.conf
launch_daemon bad.conf
wait_daemon 20
is $? 71 "a control socket in a missing directory: exit 71"
ok "which names it" logged 'error.*nowhere/control.sock'
not_ok "it never was ready" heard 'READY=1'
not_ok "its listener's socket is gone" test -e in.sock
is "$(sql "SELECT count(*) FROM runs")" 2 "and its run is taken back"
start_daemon my.conf
is $? 0 "so that the next start finds all free"
stop_daemon
is $? 0 "and stops cleanly"
kill $manager
rm -f manager.pid
wait $manager 2> /dev/null
books_balance
done_testing
