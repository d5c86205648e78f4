#!/usr/bin/env bash
# Sockets that systemd holds: found by name, for UDP, TCP and unix; kept over restarts under load, RESTARTS of them (10):
# no datagram is lost that the kernel had room for, no connection is refused, nothing acknowledged is missing or double.
. "${top_srcdir:-.}/tests/systemd/booted.sh"
need perl
restarts=${RESTARTS:-10}

# ---- by name, and started by what arrives ----

# socket NAME LINE...: a socket unit of that FileDescriptorName for the service.
socket() {
	printf '[Socket]\nService=%s\nFileDescriptorName=%s\n' $unit "$1" > "/run/systemd/system/cb-$1.socket"
	printf '%s\n' "${@:2}" >> "/run/systemd/system/cb-$1.socket"
	names+=("cb-$1.socket")
}
names=(catchbasind.socket)
socket by-udp ListenDatagram=127.0.0.1:5161
socket by-tcp ListenStream=127.0.0.1:5162
socket by-unix ListenStream=/run/by.sock
socket by-gram ListenDatagram=/run/by.gram
socket ack ListenStream=127.0.0.1:5141
socket stranger ListenStream=127.0.0.1:5163
# The addresses are others than those of the sockets, where the name is to decide.
configure 50-sockets <<- CONF
	[listener by-udp]
	address = udp://127.0.0.1:0
	[listener by-tcp]
	address = tcp://127.0.0.1:0
	[listener by-unix]
	address = unix:///run/elsewhere.sock
	[listener by-gram]
	address = unixgram:///run/elsewhere.gram
	[listener ack]
	address = tcp://127.0.0.1:5141
	ack = commit
CONF
systemctl daemon-reload
ok "the socket units start" systemctl start "${names[@]}"
is "$(property ActiveState)" inactive "the service does not run"
printf 'wake up' > /dev/udp/127.0.0.1/5140
await 10 "a datagram starts it" is_running
await_rows 1
for way in tcp://127.0.0.1:5140 udp://127.0.0.1:5161 tcp://127.0.0.1:5162 unix:///run/by.sock unixgram:///run/by.gram; do
	blast -n 100 -S "$(tr -dc a-z0-9 <<< "$way")" "$way"
done
await_rows 501
is "$(sql 'SELECT group_concat(l) FROM (SELECT listener || " " || count(*) AS l FROM messages GROUP BY listener ORDER BY listener)')" \
	"by-gram 100,by-tcp 100,by-udp 100,by-unix 100,tcp4 100,udp4 1" "each listener has its socket"
for name in by-udp by-tcp by-unix by-gram udp4 tcp4 ack; do
	ok "listener $name took one over" logged "listener $name: takes over"
done
ok "and nobody the stranger" logged 'socket "stranger" .*fits no listener'
ok "the receive buffer of the socket unit is kept" logged 'listener udp4: receive buffer: 8,388,608 bytes asked for, 8,388,608 granted'

# ---- restarts under load ----

rm -f /run/enough
# Connections one after the other, twenty messages each; tells what was acknowledged, and how often it was refused.
cat > knock.pl <<- 'PERL'
	use strict;
	use IO::Socket::INET;
	my ($connections, $refused, $broken) = (0, 0, 0);
	until (-e "/run/enough") {
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:5141", Proto => "tcp", Timeout => 20);
		$refused++, next unless $s;
		my $n = $connections++;
		local $SIG{PIPE} = "IGNORE";
		print $s map { "k$n $_\n" } 1 .. 20;
		$s->flush;
		shutdown($s, 1);
		my ($said, $acked) = ("", 0);
		while (sysread($s, my $more, 4096)) { $said .= $more }
		$acked = $1 while $said =~ /^ACK (\d+)$/mg;
		$broken++ if $acked < 20;
		print "k$n $acked\n" if $acked;
	}
	print STDERR "connections=$connections refused=$refused broken=$broken\n";
PERL
perl knock.pl > acked 2> knocked &
knocker=$!
# A load in pieces: blast tells what it sent when it has sent it. load NAME COUNT RATE URL
load() {
	local i=0 all=0
	until [ -e /run/enough ]; do
		i=$((i + 1))
		blast -n "$2" -r "$3" -S "$1$i" "$4" || echo bad >> bad
		all=$((all + $(field sent)))
	done
	echo $all > "$1.sent"
}
before=$(rows)
newest() { sql "SELECT coalesce(max(id), 0) FROM messages"; }
newer_than() { [ "$(newest)" -gt "$1" ]; }
load storm 2500 5000 udp://127.0.0.1:5140 &
storm=$!
load gram 1000 2000 unixgram:///run/by.gram &
gram=$!
await_rows 10000
failed=0
for _ in $(seq "$restarts"); do
	begun=$(date +%s%N)
	systemctl restart $unit || failed=$((failed + 1))
	echo $((($(date +%s%N) - begun) / 1000000)) >> took
	seen=$(newest)
	retry 10 newer_than "$seen" || failed=$((failed + 1))
done
is "$failed" 0 "$restarts restarts under load"
diag "a restart takes $(sort -n took | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] " ms (median), " t[NR] " ms at most" }')"
touch /run/enough
wait $knocker $storm $gram
diag "$(cat knocked) datagrams: $(cat storm.sent) over UDP, $(cat gram.sent) over unix"
is "$(cat bad 2> /dev/null)" "" "every sender could send"

# A last datagram behind all others, so that nothing is on its way any more.
printf 'the end' > /dev/udp/127.0.0.1/5140
ended() { [ "$(sql "SELECT count(*) FROM messages WHERE body = 'the end'")" = 1 ]; }
await 20 "all is read" ended
storm_rows=$(sql "SELECT count(*) FROM messages WHERE listener = 'udp4' AND body LIKE 'storm%'")
lost() { sql "SELECT coalesce(sum(messages), 0) FROM loss WHERE listener = '$1'"; }
is "$((storm_rows + $(lost udp4)))" "$(cat storm.sent)" "UDP: sent = rows + loss"
is "$(lost udp4)" 0 "and nothing was lost: the kernel's buffer had room"
gram_rows=$(sql "SELECT count(*) FROM messages WHERE listener = 'by-gram' AND body LIKE 'gram%'")
is "$((gram_rows + $(lost by-gram)))" "$(cat gram.sent)" "unix datagrams: sent = rows, $(lost by-gram) lost"
is "$(sql "SELECT count(*) - count(DISTINCT body) FROM messages WHERE listener IN ('udp4', 'by-gram') AND id > $before")" 0 \
	"none is there twice"
said=$(cat knocked)
is "$(field refused "$said")" 0 "no connection was refused"
at_least "$(field connections "$said")" $((restarts * 10)) "of $(field connections "$said")"
# Sent again or not is the client's choice; what was acknowledged is there, once.
sql "SELECT body FROM messages WHERE listener = 'ack'" | sort | uniq -d > twice
is "$(cat twice)" "" "no message of theirs is there twice"
sql "SELECT body FROM messages WHERE listener = 'ack'" | sort > there
awk '{ for (n = 1; n <= $2; n++) print $1, n }' acked | sort | comm -23 - there > missing
is "$(head -n 3 missing)" "" "what was acknowledged is there"
is "$(sql "SELECT count(*) FROM runs WHERE clean = 0")" 0 "every run ended clean"
is "$(sql "SELECT count(*) FROM runs")" $((restarts + 1)) "$restarts of them"
systemctl stop "${names[@]}" $unit
books_balance
finish
