#!/usr/bin/env bash
# Clients that come and go in every rude way: no descriptor and no memory stays with them.
. "${top_srcdir:-.}/tests/system/lib.sh"
need nc perl

{
	base_conf
	cat <<- CONF
		[listener in]
		address = tcp://127.0.0.1:0
		[listener acks]
		address = tcp://127.0.0.1:0
		ack = commit
		[listener brief]
		address = tcp://127.0.0.1:0
		idle_timeout = 1s
		[listener local]
		address = unix://$work/in.sock
	CONF
} > my.conf
start_daemon my.conf || done_testing
pid=$(daemon_pid)
fds() { find "/proc/$pid/fd" -mindepth 1 | wc -l; }
resident() { sed -n 's/^VmRSS:[ \t]*\([0-9]*\).*/\1/p' "/proc/$pid/status"; }
counter() { ctl status --json | grep -oE "\"name\": *\"$1\"[^}]*\"value\": *[0-9]+" | grep -oE '[0-9]+$' | awk '{ n += $1 } END { print n + 0 }'; }
none_open() { [ "$(counter connections)" = 0 ]; }
blast -n 1000 -S before "$(address_of in)"
await_rows 1000
await 5 "nobody is connected" none_open
baseline=$(fds)

port=$(port_of in)
scans=0
for _ in $(seq 20); do
	nc -z -w1 127.0.0.1 "$port" > /dev/null 2>&1 && scans=$((scans + 1))
done
is $scans 20 "20 port scans"

# rude HOW COUNT PORT: connects that often, one after the other, or (hold) all at once.
rude() {
	perl -MIO::Socket::INET -MSocket -e '
		my ($how, $count, $port) = @ARGV;
		my @keep;
		for (1 .. $count) {
			my $s;
			for (1 .. 50) {
				last if $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
				select undef, undef, undef, 0.02;
			}
			die "connect: $!" unless $s;
			print {$s} "half a line $_" if $how eq "reset";
			print {$s} "a line\nanother\n" if $how eq "deaf";
			$s->flush;
			setsockopt($s, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0)) if $how eq "reset" || $how eq "deaf";
			shutdown($s, 1) if $how eq "half";
			push @keep, $s if $how eq "hold" || $how eq "half";
		}
		print "done\n"' "$@"
}
is "$(rude close 2000 "$port")" "done" "2,000 connect and close"
resident_before=$(resident)
is "$(rude close 2000 "$port")" "done" "and 2,000 more"
is "$(rude hold 200 "$port")" "done" "200 at once, who say nothing"
is "$(rude half 200 "$port")" "done" "200 who half close at once"
is "$(rude reset 200 "$port")" "done" "200 who reset in the middle of a line"
is "$(rude deaf 200 "$(port_of acks)")" "done" "200 who do not wait for their answers"
is "$(rude hold 100 "$(port_of brief)")" "done" "100 idle ones"
exec {idle}<> "/dev/tcp/127.0.0.1/$(port_of brief)"
await 10 "who stays idle is closed after idle_timeout" none_open
exec {idle}>&-
back() { [ "$(fds)" -le "$baseline" ]; }
await 10 "all descriptors are given back ($baseline)" back
if instrumented; then
	skip "memory" "a sanitizer keeps what is freed"
else
	grown=$(($(resident) - resident_before))
	at_most $grown 8192 "memory has grown by $grown KiB"
fi
# A reset may reach the listener before the line does: then there was no line.
lost=$(ctl audit --json | grep -oE '"total": *\{[^}]*\}' | head -n 1 | grep -oE '"lost": *[0-9]+' | grep -oE '[0-9]+')
at_most "$lost" 200 "no more is lost than was cut off ($lost)"
blast -n 1000 -S after "$(address_of in)"
is $? 0 "who behaves is served"
after() { [ "$(sql "SELECT count(*) FROM messages WHERE body LIKE 'after-0 %'")" = 1000 ]; }
await 10 "as before" after
ordered after-0 1000
books_balance
stop_daemon
is $? 0 "a clean stop"
is "$(number lost)" "$(number incomplete)" "what was lost is incomplete: $(receipt)"
books_balance
done_testing
