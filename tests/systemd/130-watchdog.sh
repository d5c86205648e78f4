#!/usr/bin/env bash
# The watchdog: whatever hangs, the pings stop, the log says who waits for whom, and systemd starts the daemon anew; what is
# only slow, or only waits, is left alone.
. "${top_srcdir:-.}/tests/systemd/booted.sh"
cc=${build_cc:-cc}
# shellcheck disable=SC2086 # the compiler may come with arguments
$cc -shared -fPIC -D_GNU_SOURCE -o /usr/lib/cb-hang.so "$top_srcdir/tests/support/hang.c" 2> cc.err ||
	skip_all "no library can be built with $cc: $(head -n 1 cc.err)"

rm -rf /run/hang
mkdir -m 755 /run/hang
# watchdog SECONDS: and the library that hangs.
watchdog() {
	drop_in watchdog <<- UNIT
		[Service]
		WatchdogSec=$1
		RestartSec=100ms
		Environment=LD_PRELOAD=/usr/lib/cb-hang.so HANG=/run/hang
	UNIT
}
watchdog 4s
systemctl log-level debug
set_mark
systemctl start $unit
is "$(property WatchdogUSec)" 4s "systemd waits four seconds for a sign of life"
pings() { [ "$(notifications | grep -c '^WATCHDOG=1$')" -ge "$1" ]; }
await 10 "signs of life" pings 3

# ---- what hangs ----

# hangs NAME MARK WORDS [COMMAND]: from the hang to the daemon that serves again.
hangs() {
	local pid begun told ended back rows_before
	pid=$(daemon_pid)
	rows_before=$(rows)
	set_mark
	clock_begin
	begun=$(now_ms)
	touch "/run/hang/$2"
	[ -z "${4-}" ] || $4
	gone() { [ ! -d "/proc/$pid" ]; }
	await 10 "$1: the daemon is ended" gone
	rm "/run/hang/$2"
	await 10 "and started anew" replaced "$pid"
	told=$(($(moment "_PID=$pid" -p err -g 'no sign of life') - begun))
	ended=$(($(moment _PID=1 --after-cursor="$mark" -g 'status=6/ABRT') - begun))
	back=$(($(moment _PID=1 --after-cursor="$mark" -g "^Started $unit") - begun))
	diag "$1: told after $told ms, ended after $ended ms, served again after $back ms (WatchdogSec=4s)"
	like "$(daemon_log "_PID=$pid" -p err)" "$3.* who waits for whom:.*asked to end" "the log has said: $3"
	clock_end
	at_most $((told - stood)) $((3000 * TEST_SLOW)) "within three quarters of WatchdogSec"
	at_most $((ended - stood)) $((4000 * TEST_SLOW)) "and within the whole of it by SIGABRT"
	is "$(journalctl -o cat _PID=1 -g "Got notification message from PID $pid .*WATCHDOG=" | tail -n 1 |
		grep -o 'WATCHDOG=[a-z0-9]*')" "WATCHDOG=trigger" "after that it gave no sign of life"
	blast -n 10 -S "$2" tcp://127.0.0.1:5140
	await_rows $((rows_before + 10))
}
now_ms() { echo $(($(date +%s%N) / 1000000)); }
one() { printf 'one\n' > /dev/tcp/127.0.0.1/5140; }
hangs "a stalled loop" loop "event loop of thread net has not turned"
hangs "a main that does not come round" main "thread main has not come round"
hangs "a disk whose fsync never returns" sync "worker main/[12] has made no step" one
hangs "a disk whose writes never return" write "worker main/[12] has made no step" one
is "$(property NRestarts)" 4 "four restarts"
is "$(sqlite3 $store 'PRAGMA integrity_check')" ok "the database is whole"

# ---- what only looks like it ----

# calm NAME: it was neither told nor restarted.
calm() {
	is "$(property NRestarts)" 0 "$1: no restart"
	not_ok "and no report" logged_since 'no sign of life'
}
logged_since() { journalctl --sync; journalctl -o cat -u $unit --after-cursor="$mark" | grep -Eq -- "$1"; }
# With more patience, as a machine without a processor for a second looks hung, and not only looks it.
watchdog 8s
systemctl restart $unit
set_mark
echo 700 > /run/hang/SLOW
blast -n 10000 -r 4000 -S slow tcp://127.0.0.1:5140
calm "a load on a disk that takes 700 ms for each fsync"
rm /run/hang/SLOW
freeze "$(daemon_pid)"
sleep 4.4 # longer than any limit
kill -CONT "$(daemon_pid)"
await 10 "a sign of life after it" pings $(($(notifications | grep -c '^WATCHDOG=1$') + 1))
calm "a process that was stopped for four seconds"
lock_store
before=$(rows)
blast -n 100 -S locked tcp://127.0.0.1:5140
sleep 5.6 # longer than any limit
calm "a database that somebody holds"
# The stop, too, may take longer than the watchdog's patience.
systemctl stop $unit &
stopper=$!
sleep 7 # likewise
unlock_store
wait $stopper
not_ok "a stop that waits for it: no report" logged_since 'no sign of life'
is "$(property Result)" success "is a clean stop"
is "$(rows)" $((before + 100)) "and all is stored"
books_balance

# ---- as shipped, with a disk that takes ten seconds for each fsync: SLOW_SECONDS of it ----

if [ -n "${SLOW_SECONDS-}" ]; then
	watchdog 2min
	set_mark
	systemctl start $unit
	echo 10000 > /run/hang/SLOW
	before=$(rows)
	blast -n $((SLOW_SECONDS * 200)) -r 200 -t 600 -S slower tcp://127.0.0.1:5140
	calm=$(property NRestarts)
	rm /run/hang/SLOW
	is "$calm" 0 "$SLOW_SECONDS seconds of load with 10 s for each fsync: no restart"
	not_ok "and no report" logged_since 'no sign of life'
	all_slow() { [ "$(rows)" -ge $((before + SLOW_SECONDS * 200)) ]; }
	await 60 "all is stored" all_slow
	systemctl stop $unit
	is "$(property Result)" success "a clean stop"
	books_balance
fi

# ---- nobody asks ----

watchdog 0
set_mark
systemctl start $unit
not_ok "without WatchdogSec there is no watchdog" grep -qs '^watchdog$' "/proc/$(daemon_pid)/task/"*/comm
sleep 0.3 # time enough for one
not_ok "and no sign of life" told '^WATCHDOG'
systemctl stop $unit
is "$(property Result)" success "a clean stop"
finish
