#!/usr/bin/env bash
# /metrics: what Prometheus would read is faultless, complete, and what the manual says; and counts what was sent.
. "${top_srcdir:-.}/tests/system/lib.sh"
need curl
lint=$top_srcdir/tests/web/promlint.awk

{
	base_conf
	cat <<- CONF
		workers = 3
		[store second]
		path = $work/second.db
		[metrics]
		address = unix://$work/web.sock
		[listener in]
		address = tcp://127.0.0.1:0
		ack = commit
		[listener u]
		address = udp://127.0.0.1:0
		[listener small]
		address = unix://$work/small.sock
		store = second
		max_message = 64
		oversize = drop
	CONF
} > my.conf

get() {
	curl -sS --max-time 20 --unix-socket "$work/web.sock" "http://localhost$1"
}

# value SERIES: the number behind it.
value() {
	awk -v series="$1" 'index($0, series " ") == 1 { print $NF }' metrics
}

# A lint that finds nothing anywhere would be none: each of these lines is wrong in one way.
faulty() {
	printf "$1" | awk -f "$lint" > found
	is "$?" 1 "the lint finds: $2" && has "$(cat found)" "$2" "  and says so"
}
H='# HELP %s It is.\n# TYPE %s %s\n'
typed() {
	# shellcheck disable=SC2059 # it is a format
	printf "$H" "$1" "$1" "$2"
}
faulty "a_total 1\n" "before HELP and TYPE"
faulty "# TYPE a_total counter\na_total 1\n" "TYPE before HELP"
faulty "$(typed a counter)\na 1\n" "a counter ends in _total"
faulty "$(typed a_total gauge)\na_total 1\n" "and nothing else does"
faulty "$(typed a gauge)\na{x=\"1\"} 1\na{x=\"1\"} 2\n" "twice"
faulty "$(typed a gauge)\n$(typed b gauge)\na{x=\"1\"} 1\nb 2\na{x=\"2\"} 2\n" "do not stand together"
faulty "$(typed a_ms gauge)\na_ms 1\n" "base unit"
faulty "$(typed a gauge)\na one\n" "no number"
faulty "$(typed a gauge)\na{x=1} 1\n" "not well-formed"
faulty "$(typed a gauge)\n" "no sample"
faulty "$(typed a histogram)\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n" "not cumulative"
faulty "$(typed a histogram)\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n" "is not +Inf"
faulty "$(typed a histogram)\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n" "is not the count"

start_daemon my.conf || done_testing
ok "metrics before anything came" get /metrics > metrics
awk -f "$lint" metrics > found
is $? 0 "nothing is wrong with them" || diag "$(cat found)"
ok "5000 messages" blast -a -n 1000 -c 5 "$(address_of in)"
ok "some that are too long" blast -n 7 -s 100 "unix://$work/small.sock"
seven() { get /metrics > metrics && [ "$(value 'catchbasin_lost_messages_total{listener="small",store="second",reason="oversize"}')" = 7 ]; }
await 10 "seven are counted as lost" seven
awk -f "$lint" metrics > found
is $? 0 "nothing is wrong with them under load" || diag "$(cat found)"
is "$(value 'catchbasin_received_messages_total{listener="in",store="main"}')" 5000 "received"
is "$(value 'catchbasin_committed_messages_total{store="main"}')" 5000 "committed"
is "$(value 'catchbasin_commit_rows_sum{store="main"}')" 5000 "and in the histogram of rows"
is "$(value 'catchbasin_commit_rows_count{store="main"}')" "$(value 'catchbasin_commits_total{store="main"}')" "a count for each transaction"
is "$(value 'catchbasin_commit_seconds_count{store="main"}')" "$(value 'catchbasin_commits_total{store="main"}')" "in that of time, too"
is "$(value 'catchbasin_connections_total{listener="in",store="main",result="accepted"}')" 5 "connections"
is "$(value 'catchbasin_books_balanced{store="main"}')" 1 "the books balance"
is "$(value 'catchbasin_workers{store="main"}')" 3 "workers"
is "$(printf '%.3f' "$(value 'catchbasin_oldest_message_timestamp_seconds{store="main"}')")" \
	"$(sql 'SELECT printf("%.3f", min(received_at) / 1e9) FROM messages')" "the time of the oldest message, to the millisecond"
fds=$(find "/proc/$(daemon_pid)/fd" | tail -n +2 | wc -l)
at_least "$(value process_open_fds)" "$fds" "descriptors, as the kernel has them"
at_most "$(value process_open_fds)" $((fds + 4)) "but for those of whoever asks"

# The same numbers over the control socket.
ctl stats --prometheus > other
is "$(grep '^# ' other)" "$(grep '^# ' metrics)" "catchbasin stats --prometheus has the same metrics"

# The manual: each metric with its sentence, and no other.
awk '/^# HELP / { name = $3; sub(/^# HELP [^ ]* /, ""); print name " " $0 }' metrics | sort > told
awk '/^\.Sh/ { here = /METRICS/ } here && /^\.It Sy (catchbasin|process)_/ { name = $3; getline; print name " " $0 }' \
	"$top_srcdir/man/catchbasind.8" | sort > written
is "$(comm -23 told written)" "" "catchbasind(8) has every metric"
is "$(comm -13 told written)" "" "and no other"
for name in $(grep -oE '(catchbasin|process)_[a-z_]+' "$top_srcdir/README.md" | sort -u); do
	grep -q "^# TYPE ${name} \|^${name}[{ ]" metrics || fail "README: there is no $name"
done

books_balance
stop_daemon
is $? 0 "a clean stop"
books_balance "$store" "$work/second.db"
done_testing
