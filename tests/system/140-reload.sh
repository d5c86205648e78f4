#!/usr/bin/env bash
# HUP: all or nothing; live keys applied, restart keys named, listeners come and go without touching the others.
. "${top_srcdir:-.}/tests/system/lib.sh"
need nc

conf() {
	base_conf
	printf 'batch_interval = %s\n' "${1:-50ms}"
	cat <<- CONF
		[listener stays]
		address = tcp://127.0.0.1:0
		max_message = ${2:-64K}
		[listener gram]
		address = udp://127.0.0.1:0
	CONF
}
reloaded() { [ "$(daemon_log | grep -c ' reloaded')" -ge "$1" ]; }

has_row() { [ "$(sql "SELECT count(*) > 0 FROM messages WHERE $1")" = 1 ]; }

conf > my.conf
start_daemon my.conf || done_testing
port=$(port_of stays)
blast -n 300000 -r 60000 -S through "$(address_of stays)" > blast.out &
sender=$!

{ conf 20ms 128; printf '[listener new]\naddress = tcp://127.0.0.1:0\n'; } > my.conf
sed -i 's/^\[store main\]/[store main]\nworkers = 7/' my.conf
signal_daemon HUP
await 10 "a reload is told" reloaded 1
ok "the changed key, with file and line" logged 'my.conf:[0-9]+: .*batch_interval: 20ms, was 50ms'
ok "the key that takes a restart" logged 'my.conf:[0-9]+: .*workers: 7, was 2.*restart'
ok "the new listener" logged 'my.conf:[0-9]+: .*\[listener new\]'
blast -n 100 -S new "$(address_of new)"
is $? 0 "which takes messages"
head -c 1000 /dev/zero | tr '\0' x > long
nc -q1 127.0.0.1 "$port" < long
cut() { [ "$(sql "SELECT count(*) FROM messages WHERE size = 1000 AND length(body) = 128")" = 1 ]; }
await 5 "the new max_message holds for new connections" cut

# A taken address: nothing of the reload is applied.
{ conf 30ms; printf '[listener bad]\naddress = tcp://127.0.0.1:%s\n' "$port"; } > my.conf
signal_daemon HUP
await 10 "a reload that cannot bind is refused" logged 'reload refused: .*nothing was changed'
not_ok "and its other keys are not applied" logged 'batch_interval: 30ms'
blast -n 100 -S still "$(address_of new)"
is $? 0 "the listener it would have removed is still there"

new=$(address_of new)
conf 20ms 64K > my.conf
signal_daemon HUP
await 10 "a removed listener" reloaded 2
gone() { ! nc -z -w1 127.0.0.1 "${new##*:}" > /dev/null 2>&1; }
await 5 "is closed" gone

# One reload gives an address another name, and what is sent meanwhile to the one or the other.
gram=$(address_of gram)
sed -i "s,^\[listener gram\],[listener renamed],; s,^address = udp://.*,address = $gram," my.conf
blast -n 20000 -r 20000 -S gram "$gram" > gram.out &
sender_of_datagrams=$!
retry 10 has_row "body LIKE 'gram-0 %'"
signal_daemon HUP
await 10 "a listener of another name takes over the address of one that goes" logged "listener renamed: takes over $gram"
wait $sender_of_datagrams
is $? 0 "under load"
all_of_gram() { [ "$(sql "SELECT (SELECT count(*) FROM messages WHERE body LIKE 'gram-0 %') +
	(SELECT coalesce(sum(messages), 0) FROM loss WHERE listener IN ('gram', 'renamed'))")" = 20000 ]; }
await 10 "and not a datagram is lost uncounted" all_of_gram
blast -n 100 -S after "$gram"
await 10 "which goes on under the new name" has_row "listener = 'renamed' AND body LIKE 'after-0 100 %'"

for _ in $(seq 50); do
	signal_daemon HUP
done
wait $sender
is $? 0 "the connection that was open all the while was not disturbed"
await 10 "and lost nothing" has_row "body LIKE 'through-0 300000 %'"
ordered through-0 300000
ok "workers that take a restart are named at every reload" test "$(daemon_log | grep -c 'workers: 7')" -ge 1
books_balance
stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
