#!/usr/bin/env bash
# The control socket under a crowd: a hundred clients, slow ones, hostile ones; and status of a daemon under load.
. "${top_srcdir:-.}/tests/system/lib.sh"

need nc python3
{
	base_conf
	cat <<- CONF
		[listener in]
		address = tcp://127.0.0.1:0
		[listener gram]
		address = udp://127.0.0.1:0
	CONF
} > my.conf
start_daemon my.conf || done_testing

# A hundred at once: each gets an answer, although there is room for 64.
cat > crowd.py << 'PY'
import json, socket, sys, threading
path, count = sys.argv[1], int(sys.argv[2])
good = 0
lock = threading.Lock()
def ask():
    global good
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(60)
    s.sendall(b'{"v":1,"verb":"audit"}\n')
    line = s.makefile().readline()
    s.close()
    if json.loads(line)["ok"]:
        with lock:
            good += 1
threads = [threading.Thread(target=ask) for _ in range(count)]
for t in threads: t.start()
for t in threads: t.join()
print(good)
PY
is "$(python3 crowd.py "$socket" 100)" 100 "a hundred clients at once are answered"

# Clients that ask much and read nothing hold up neither the others nor the messages.
cat > slow.py << 'PY'
import signal, socket, sys
path, count = sys.argv[1], int(sys.argv[2])
clients = []
for _ in range(count):
    s = socket.socket(socket.AF_UNIX)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    s.connect(path)
    s.setblocking(False)
    try:
        for _ in range(1000):
            s.send(b'{"v":1,"verb":"stats"}\n' * 10)
    except BlockingIOError:
        pass
    clients.append(s)
print("there", flush=True)
signal.pause()
PY
python3 slow.py "$socket" 20 > slow.out 2> slow.err &
slow=$!
echo $slow > slow.pid
there() { [ -s slow.out ]; }
await 20 "twenty clients that read nothing" there
rss() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(daemon_pid)/status"; }
before=$(rss)
for i in 1 2 3; do
	exits 0 "another one is answered, $i" timeout $((5 * TEST_SLOW)) "$CATCHBASIN" --socket="$socket" status
done
blast -n 20000 -s 100 -S meanwhile "$(address_of in)"
await_rows 20000
ok "messages are stored meanwhile" has_rows 20000
instrumented || at_most "$(($(rss) - before))" 65536 "the daemon's memory does not grow with them"
kill $slow
wait $slow 2> /dev/null
rm -f slow.pid

# Lines that are too long, no lines, nonsense: a word, and the end.
said=$(head -c 70000 /dev/zero | tr '\0' a | nc -N -U "$socket" | head -c 200)
has "$said" '"exit":64' "a line of 70,000 bytes is refused"
has "$said" "65536 bytes" "in words"
said=$(head -c 3000000 /dev/zero | timeout 20 nc -N -U "$socket" | head -c 200)
has "$said" '"ok":false' "so are three million NULs"
said=$(printf 'GET / HTTP/1.0\r\n\r\n' | nc -N -U "$socket")
has "$said" "not JSON" "HTTP is no JSON"
said=$(printf '{"v":1,"verb":"loglevel","level":7}\n{"v":1,"verb":"loglevel","level":"debug","for_ms":-1}\n{"v":1,"verb":"drain","hold_ms":"x"}\n{"v":1,"verb":"drain","timeout_ms":1e9}\n{"v":1,"verb":"stats","format":[]}\n' |
	nc -N -U "$socket" | cut -c1-40)
is "$(grep -c '"ok":false,"exit":64' <<< "$said")" 4 "wrong members are refused"
is "$(grep -c '"ok":true' <<< "$said")" 1 "or overlooked"
exits 0 "after all that it is healthy" "$CATCHBASIN" --socket="$socket" audit

# Many orders at once: bounded, and each is answered.
cat > orders.py << 'PY'
import json, socket, sys
path = sys.argv[1]
clients = []
for _ in range(40):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(60)
    clients.append(s)
for s in clients:
    s.sendall(b'{"v":1,"verb":"reload"}\n')
exits = [json.loads(s.makefile().readline()).get("exit", 0) for s in clients]
print(len(exits), sorted(set(exits)) in ([0], [0, 75]))
PY
is "$(python3 orders.py "$socket")" "40 True" "forty reloads at once: done, or refused for now"

# A client that goes before its answer comes.
drained() { "$CATCHBASIN" --socket="$socket" drain > /dev/null 2>&1; }
for i in 1 2 3; do
	printf '{"v":1,"verb":"drain","hold_ms":300}\n' | timeout 0.1 nc -U "$socket" > /dev/null
	await 10 "one that leaves is nobody's trouble, $i" drained
done

# Under load: status within 50 ms.
"$CATCHBASIN" send -n 0 --rate=200000 --size=100 "$(address_of gram)" > send.out 2>&1 &
sender=$!
echo $sender > sender.pid
await_rows $(($(rows) + 20000))
for _ in $(seq 20); do
	began=$(date +%s%N)
	"$CATCHBASIN" --socket="$socket" status > status.out || fail "status under load"
	took=$((($(date +%s%N) - began) / 1000))
	echo $took
done | sort -n > took.txt
kill $sender
wait $sender 2> /dev/null
rm -f sender.pid
diag "status under load: median $(sed -n 10p took.txt) us, the slowest $(tail -n 1 took.txt) us"
# One of four: what it takes where the machine has nothing else to do.
instrumented || at_most "$(sed -n 5p took.txt)" 50000 "status under load takes less than 50 ms"
stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
