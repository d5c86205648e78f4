#!/usr/bin/env bash
# From send to visible: of a lone message, at several batch_intervals, and of all messages at half of the highest rate.
# LATENCY="10 50 200 half" says which.
# shellcheck source=bench/probes/probe.sh
. "$(dirname "$0")/probe.sh"

# conf INTERVAL
conf() {
	base_conf
	printf 'batch_interval = %s\n[listener in]\naddress = tcp://127.0.0.1:0\n' "$1"
}

bench_title latency-lone 50 "Latency of a lone message" \
	"From send to visible to a reader; x is batch_interval in ms. Three rounds. The reader looks every 0.2 ms, which is in the figures; so is the disk's fsync, told beside it."
time_syncs
parts=${LATENCY:-10 50 200 half}
for ms in ${parts%half}; do
	conf "${ms}ms" > my.conf
	sync # what earlier runs left for the disk is not this one's
	start_daemon my.conf || done_testing
	count=$(quick 30 $((ms > 100 ? 40 : ms > 20 ? 100 : 300)))
	for ((ROUND = 1; ROUND <= $(quick 1 3); ROUND++)); do
		watch_start -e 200 -n "$count" -T -d 120
		load -n "$count" -d 120 -r "$(calc "1000 / ($ms * 1.37 + 9.3)")" -T "$(address_of in)"
		watch_end
		is "$(of rows "$watch")" "$count" "every lone message was seen"
		emit_times latency-lone catchbasin "$ms" visible_ms "$watch"
		emit latency-lone catchbasin "$ms" "look p99" ms "$(of look_ms_p99 "$watch")"
	done
	ROUND=1
	bar latency-lone catchbasin "$ms" "visible p99" max $((ms + 5)) "a lone message is visible within batch_interval + 5 ms (p99)"
	stop_daemon
	is $? 0 "a clean stop"
	books_balance
	emit_syncs latency-lone catchbasin "$ms"
done

# What of it is the disk's: the same without one.
memory=/dev/shm
if [[ " $parts " == *" 50 "* ]] && [ -w $memory ] && aside=$(mktemp -d $memory/catchbasin-probe.XXXXXX); then
	trap 'status=$?; rm -rf "$aside"; (exit $status); clean_up' EXIT
	conf 50ms | sed "s|^path = $store|path = $aside/messages.db|" > my.conf
	start_daemon my.conf || done_testing
	store=$aside/messages.db
	count=$(quick 20 100)
	watch_start -e 200 -n "$count" -T -d 120
	load -n "$count" -d 120 -r 12.9 -T "$(address_of in)"
	watch_end
	emit_times latency-lone "store in memory" 50 visible_ms "$watch"
	stop_daemon
	is $? 0 "a clean stop"
	books_balance
	rm -rf "$aside"
	store=$work/messages.db
fi

[[ $parts == *half ]] || done_testing
interval=50
bench_title latency-half 51 "Latency at half of the highest rate" \
	"From send to visible, every message stamped, 4 TCP connections; x is batch_interval in ms. The reader looks every 0.5 ms."
conf ${interval}ms > my.conf
rm -f "$store"*
all_sent=0
sync
start_daemon my.conf || done_testing
full_speed "$(quick 300000 1500000)" -c 4 "$(address_of in)"
emit latency-half catchbasin $interval "highest rate" rows/s "$rate"
half=$(calc "$rate / 2")
watch_start -e 500 -T -d 120
load -d "$(quick 3 10)" -r "$half" -c 4 -T "$(address_of in)"
await 20 "all is visible" has_rows "$all_sent"
sleep 0.1
kill "$watch_pid"
watch_end
is "$(of rows "$watch")" "$(of sent "$load")" "every message was seen"
emit latency-half catchbasin $interval "rate" rows/s "$(of rate "$load")"
emit_times latency-half catchbasin $interval visible_ms "$watch"
emit_times latency-half catchbasin $interval read_ms "$watch"
emit latency-half catchbasin $interval "look p99" ms "$(of look_ms_p99 "$watch")"
bar latency-half catchbasin $interval "visible p99" max $((2 * interval)) "at half of the highest rate, p99 within 2 batch_intervals"
balance latency-half
emit_syncs latency-half catchbasin $interval
done_testing
