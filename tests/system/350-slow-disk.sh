#!/usr/bin/env bash
# A disk whose fsync hangs: the queue takes what it can, the rest is counted, status answers, and a stop keeps its time.
. "${top_srcdir:-.}/tests/system/lib.sh"
instrumented && skip_all "a sanitizer does not go with a preloaded library"
cc=${build_cc:-cc}
# shellcheck disable=SC2086 # the compiler may come with arguments
$cc -shared -fPIC -D_GNU_SOURCE -o hang.so "$top_srcdir/tests/support/hang.c" 2> cc.err ||
	skip_all "no library can be built with $cc: $(head -n 1 cc.err)"

cat > my.conf <<- CONF
	[daemon]
	drain_timeout = 1s
	$(base_conf)
	queue_messages = 2000
	[listener in]
	address = udp://127.0.0.1:0
	[listener local]
	address = unix://$work/in.sock
CONF
mkdir hang
export DAEMON_UNDER="env LD_PRELOAD=$work/hang.so HANG=$work/hang"
start_daemon my.conf || done_testing
lost() { sql "SELECT coalesce(sum(messages), 0) FROM loss WHERE reason = '$1'"; }
says() { ctl audit --json | grep -Eq "\"$1\": *$2\b"; }

# A fsync of some seconds, under a storm.
: > hang/sync
blast -n 1 -S first "$(address_of in)"
await 10 "a worker sits in fsync" says in_flight 1
blast -n 20000 -r 20000 -S storm "$(address_of in)"
is "$(field sent)" 20000 "the storm is over"
clock_begin
ok "catchbasin status answers" "$CATCHBASIN" "--socket=$socket" status > status.out
clock_end
in_time 1000 "within a second"
has "$(cat status.out)" "queue_full" "and tells what did not fit"
# A tick of the kernel's counters later all is read or counted.
all_counted() {
	local said received kernel
	said=$(ctl audit --json | grep -oE '"total": *\{[^}]*\}' | head -n 1)
	received=$(printf '%s' "$said" | grep -oE '"received": *[0-9]+' | grep -oE '[0-9]+')
	kernel=$(printf '%s' "$said" | grep -oE '"kernel": *[0-9]+' | grep -oE '[0-9]+')
	[ "$((received + kernel))" = 20001 ]
}
await 10 "every datagram is read, or counted as the kernel's loss" all_counted
ok "the queue holds what it may" says queued 1999
rm hang/sync
await 10 "the disk wakes up: what was queued is stored" has_rows 2000
settled() { [ "$(($(rows) + $(lost queue_full) + $(lost kernel)))" = 20001 ]; }
await 10 "and the losses are written: sent = rows + lost" settled
blast -n 100 -S after "$(address_of in)"
await_rows 2100
books_balance

# TERM while a worker sits in fsync, and never comes back.
: > hang/sync
blast -n 10 -S left "unix://$work/in.sock"
await 10 "a worker sits in fsync again" says in_flight 10
clock_begin
stop_daemon
is $? 75 "messages are left behind: exit 75"
clock_end
at_least $took 900 "after drain_timeout"
in_time 2000 "and no more than a second later"
like "$(receipt)" 'shutdown=10.*left=10' "the receipt counts what the worker held: $(receipt)"
rm hang/sync
start_daemon my.conf
is $? 0 "the next start is well"
is "$(sql "SELECT count(*) FROM loss WHERE reason = 'crash'")" 1 "and notes that there was no receipt"
blast -n 10 -S next "unix://$work/in.sock"
next() { [ "$(sql "SELECT count(*) FROM messages WHERE body LIKE 'next-0 %'")" = 10 ]; }
await 10 "messages are stored" next
is "$(sql "SELECT count(*) - count(DISTINCT body) FROM messages")" 0 "none is there twice"
stop_daemon
is $? 0 "a clean stop"
books_balance
is "$(sqlite3 "$store" 'PRAGMA integrity_check')" ok "the database is whole"
done_testing
