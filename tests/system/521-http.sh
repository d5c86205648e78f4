#!/usr/bin/env bash
# The daemon over HTTP under load: a thousand requests lose nothing, slow clients hold up nobody, only our names are
# answered, health and readiness say what is so, a reload moves the address or changes nothing.
. "${top_srcdir:-.}/tests/system/lib.sh"
need curl

conf() {
	base_conf
	printf 'queue_messages = 5000\n[listener in]\naddress = tcp://127.0.0.1:0\n[metrics]\naddress = %s\n' "$1"
}

# The address in force, http://127.0.0.1:PORT.
url() {
	grep -oE 'metrics and status page: http://[^ ]*[0-9]' "$work/$who.log" | tail -n 1 | grep -o 'http:.*'
}

code() {
	curl -s -g --max-time 20 -o body -w '%{http_code}' "$@"
}

conf 127.0.0.1:0 > my.conf
start_daemon my.conf || done_testing
web=$(url)
port=${web##*:}
for path in / /metrics /healthz /readyz /status.json; do
	is "$(code "$web$path")" 200 "GET $path"
	is "$(code -I "$web$path")" 200 "HEAD $path"
done
is "$(code "$web/nothing")" 404 "there is nothing else"
is "$(code -X POST -d x "$web/metrics")" 405 "nothing can be sent"
is "$(code -H 'Host: evil.example' "$web/metrics")" 421 "another name is refused"
is "$(code --resolve "evil.example:$port:127.0.0.1" "http://evil.example:$port/status.json")" 421 "also one that leads here"
is "$(code "http://localhost:$port/metrics")" 200 "localhost is ours"
is "$(curl -s -D - -o /dev/null -H 'Origin: http://evil.example' "$web/status.json" | grep -ci '^access-control')" 0 "no CORS"

# A request by hand, without curl: one that never ends, and one that is answered meanwhile.
exec {slow}<> "/dev/tcp/127.0.0.1/$port"
printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ' >&"$slow"
exec {hand}<> "/dev/tcp/127.0.0.1/$port"
printf 'GET /readyz HTTP/1.0\r\n\r\n' >&"$hand"
like "$(timeout 20 cat <&"$hand")" '^HTTP/1.. 200 OK.*ready' "a request by hand"
exec {hand}>&-

# A thousand requests under load, with somebody who does not read his answers.
exec {deaf}<> "/dev/tcp/127.0.0.1/$port"
for _ in {1..50}; do
	printf 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
done >&"$deaf"
blast -n 50000 -c 4 -s 100 "$(address_of in)" > blast.out 2>&1 &
sender=$!
for path in '' metrics status.json healthz; do
	curl -s --max-time 100 -o /dev/null -w '%{http_code}\n' "$web/$path?"'[1-250]' > "codes.$path" &
	pids+=($!)
done
wait "${pids[@]}" "$sender"
is "$(sort codes.* | uniq -c | tr -s ' ')" " 1000 200" "a thousand requests are answered under load"
ok "200,000 messages came meanwhile" await_rows 200000 60
books_balance
exec {slow}>&- {deaf}>&-

# Not healthy: somebody holds the database.
lock_store
blast -n 10 "$(address_of in)"
failing() { [ "$(code "$web/healthz")" = 503 ]; }
await 20 "/healthz is 503 while nothing can be stored" failing
like "$(cat body)" '^failing: store main: cannot be written' "and says why"
ctl status > told
has "$(cat told)" "cannot be written" "catchbasin status says the same"
is "$(code "$web/readyz")" 200 "messages are still taken in"
is "$(code "$web/status.json")" 200 "nobody waits for the store"
unlock_store
healthy() { [ "$(code "$web/healthz")" = 200 ]; }
await 20 "/healthz is 200 again" healthy

# Reloads: another address; one that cannot be had; none.
conf "unix://$work/web.sock" > my.conf
ok "a reload to a unix socket" ctl reload
is "$(code --unix-socket "$work/web.sock" http://anything.example/readyz)" 200 "answers there"
is "$(stat -c %a "$work/web.sock")" 660 "for the daemon's user and group"
not_ok "the port is given up" curl -s --max-time 5 "$web/readyz"
conf "unix://$work/nowhere/web.sock" > my.conf
ctl reload > out 2> err
is $? 78 "an address that cannot be had is refused"
has "$(cat out err)" "nowhere/web.sock" "with the reason"
is "$(code --unix-socket "$work/web.sock" http://x/readyz)" 200 "and nothing changes"
conf "127.0.0.1:$port" | sed 's/^address = 127/hosts = collector.example\n&/' > my.conf
ok "back to the port" ctl reload
is "$(code -H "Host: collector.example:$port" "$web/readyz")" 200 "with a name of its own"
not_ok "the unix socket is gone" test -e "$work/web.sock"
conf "" > my.conf
ok "none" ctl reload
not_ok "nobody answers" curl -s --max-time 5 "$web/readyz"
conf "127.0.0.1:$port" > my.conf
ok "and again" ctl reload
is "$(code "$web/readyz")" 200 "answers"

# The stop: what was asked before is answered; the page's reader leaves nothing behind.
for _ in {1..5}; do
	code "$web/status.json" > /dev/null
done
stop_daemon
is $? 0 "a clean stop"
is "$(stat -c %s "$store-wal" 2> /dev/null || echo 0)" 0 "the log is empty"
books_balance
is "$(rows)" 200010 "every message is a row"

conf "127.0.0.1:$port" > my.conf
printf '[listener w]\naddress = udp://127.0.0.1:0\n' >> my.conf
who=second conf "127.0.0.1:$port" | sed "s#^path = .*#&.second#" > second.conf
start_daemon my.conf
launch_second() {
	who=second launch_daemon second.conf
	who=second wait_daemon 20
}
launch_second
is $? 71 "a second daemon at the same address ends with 71"
has "$(who=second daemon_log)" "127.0.0.1:$port" "and names it"
stop_daemon
done_testing
