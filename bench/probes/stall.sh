#!/usr/bin/env bash
# How long the event loop keeps a line waiting, while the disk is well and while it hangs for two seconds.
#
# One connection sends a stamped line every millisecond. The loop stamps a line of a stream when it has read it, so
# received_at - stamp is how long the loop let it wait: its turn, seen from outside. Meanwhile datagrams storm into a second
# store until its queue is full. The disk hangs as in tests/system/350-slow-disk.sh: fsync waits as long as a file is there.
# shellcheck source=bench/probes/probe.sh
. "$(dirname "$0")/probe.sh"
instrumented && skip_all "a sanitizer does not go with a preloaded library"
cc=${build_cc:-cc}
# shellcheck disable=SC2086 # the compiler may come with arguments
$cc -shared -fPIC -D_GNU_SOURCE -o hang.so "$top_srcdir/tests/support/hang.c" || exit 1

bench_title stall 52 "The loop while the disk hangs" \
	"How long a line waits for the loop: one every millisecond over TCP, beside 50,000 datagrams a second; all fsyncs hang for 2 s."
cat > my.conf <<- CONF
	$(base_conf)
	[store other]
	path = $work/other.db
	queue_messages = 65536
	[listener ping]
	address = tcp://127.0.0.1:0
	store = main
	[listener storm]
	address = udp://127.0.0.1:0
	store = other
CONF
mkdir hang
export DAEMON_UNDER="env LD_PRELOAD=$work/hang.so HANG=$work/hang"
start_daemon my.conf || done_testing
DAEMON_UNDER=
storm=$(address_of storm)
ping=$(address_of ping)

now() { date +%s%N; }

# look X BEGUN ENDED: of the lines sent between.
look() {
	local where="FROM (SELECT max(0, received_at - CAST(substr(body, -34, 19) AS INTEGER)) / 1e6 AS wait,
		CAST(substr(body, -34, 19) AS INTEGER) AS sent FROM messages WHERE listener = 'ping') WHERE sent BETWEEN $2 AND $3"
	local count
	count=$(sql "SELECT count(*) $where")
	emit stall catchbasin "$1" lines "" "$count"
	emit stall catchbasin "$1" "wait p50" ms "$(sql "SELECT wait $where ORDER BY wait LIMIT 1 OFFSET $((count / 2))")"
	emit stall catchbasin "$1" "wait p99.9" ms "$(sql "SELECT wait $where ORDER BY wait LIMIT 1 OFFSET $((count * 999 / 1000))")"
	emit stall catchbasin "$1" "wait max" ms "$(sql "SELECT max(wait) $where")"
}

lasts=$(quick 8 14)
"$bench/load" -d "$lasts" -r 50000 "$storm" > storm.json {TAP}>&- 3>&- &
storm_pid=$!
"$bench/load" -d "$lasts" -r 1000 -T "$ping" > ping.json {TAP}>&- 3>&- &
ping_pid=$!
sleep $((lasts / 2 - 2))
well_until=$(now)
well_from=$((well_until - (lasts / 2 - 2) * 1000000000 + 300000000))
: > hang/sync
hangs_from=$(now)
sleep 2
rm hang/sync
hangs_until=$(now)
wait $storm_pid $ping_pid
await 20 "every line is stored" has_rows "$(of sent "$(tail -n 1 ping.json)")"
look "disk well" "$well_from" "$well_until"
look "disk hangs" "$hangs_from" "$hangs_until"
bar stall catchbasin "disk hangs" "wait max" max 10 "the loop's longest stall while the disk hangs: at most 10 ms"
lost() { sql "SELECT coalesce(sum(messages), 0) FROM loss WHERE reason = '$1'" other.db; }
settled() { [ $(($(rows other.db) + $(lost queue_full) + $(lost kernel))) = "$(of sent "$(tail -n 1 storm.json)")" ]; }
await 20 "every datagram is a row or a loss" settled
emit stall catchbasin "disk hangs" "lost to a full queue" messages "$(lost queue_full)"
emit stall catchbasin "disk hangs" "lost in the kernel" messages "$(lost kernel)"
balance stall "$store" other.db
done_testing
