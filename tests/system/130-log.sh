#!/usr/bin/env bash
# The log: steps at debug, none at info; changed live by HUP and USR2; a status by USR1; a reader that blocks.
. "${top_srcdir:-.}/tests/system/lib.sh"

{ base_conf; printf '[listener in]\naddress = tcp://127.0.0.1:0\n'; } > my.conf
start_daemon my.conf || done_testing
like "$(daemon_log | head -n 1)" '^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3} [a-z]+ +main: ' "a line is time, level, thread, text"
blast -n 5 "$(address_of in)"
await_rows 5
not_ok "at info no step of the pipeline is told" logged 'about to push|popped|has lock'

sed -i 's/target = stderr/target = stderr\nlevel = debug/' my.conf
signal_daemon HUP
await 5 "a reload is told" logged 'reload'
blast -n 5 "$(address_of in)"
await_rows 10
for step in 'about to push' 'pushed.*queue size' 'about to pop' 'popped.*queue size' 'about to lock' 'has lock' 'released' \
	'begin' 'commit.*rows'; do
	await 5 "after a reload to debug: $step" logged "$step"
done
like "$(daemon_log | grep 'popped' | head -n 1)" ' debug +main/[0-9]' "with the worker's name"

sed -i 's/level = debug/level = info/' my.conf
signal_daemon HUP
reloads() { [ "$(daemon_log | grep -c 'reload')" -ge 2 ]; }
await 5 "back to info" reloads
signal_daemon USR2
await 5 "USR2 switches debug on" logged 'debug logging is on for ten minutes'
lines=$(daemon_log | grep -c ' debug ')
blast -n 1 "$(address_of in)"
await_rows 11
more() { [ "$(daemon_log | grep -c ' debug ')" -gt "$lines" ]; }
await 5 "and steps are told again" more
signal_daemon USR2
await 5 "a second USR2 switches it off" logged 'as configured again'

signal_daemon USR1
await 5 "USR1 tells the queue" logged 'queue main: 0 queued'
await 5 "the workers" logged 'pool main: 2 workers'
await 5 "the listener" logged 'listener in: tcp://127.0.0.1:'
await 5 "and who waits" logged 'waits for'

# A bad configuration changes nothing, and says why.
echo 'colour = blue' >> my.conf
signal_daemon HUP
await 5 "a bad reload names file, line and key" logged 'my.conf:[0-9]+: unknown key "colour"'
blast -n 1 "$(address_of in)"
await_rows 12
ok "and the daemon serves on" is_running
stop_daemon
is $? 0 "a clean stop"
like "$(receipt)" '^receipt: received=12 stored=12 lost=0 left=0 drain_ms=[0-9]+$' "the receipt is one line to the letter"
is "$(daemon_log | grep -c 'receipt: ')" 1 "and there is one"
books_balance

# -d is as level = debug; a log that nobody reads holds up nothing.
sed -i '/colour/d' my.conf
mkfifo pipe
exec 8<> pipe
"$CATCHBASIND" -d -c my.conf 2> pipe > out &
echo $! > daemon.pid
ready() { [ -S "$socket" ] && ctl status > /dev/null 2>&1; }
await 20 "it starts with a full pipe for a log" ready
port=$(ctl status --json | grep -oE 'tcp://127.0.0.1:[0-9]+' | head -n 1)
blast -n 20000 "$port"
is $? 0 "and takes in messages"
await_rows 20012
kill -TERM "$(daemon_pid)"
wait_daemon 30
is $? 0 "and stops cleanly"
exec 8>&-
is "$(rows)" 20012 "with every message stored"
done_testing
