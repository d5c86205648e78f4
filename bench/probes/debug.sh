#!/usr/bin/env bash
# What the debug log costs when it is off, and what it does when it is on: slower, nothing lost, nobody held up.
# shellcheck source=bench/probes/probe.sh
. "$(dirname "$0")/probe.sh"

windows=${DEBUG_WINDOWS:-$(quick 4 20)}
count=$(quick 100000 1000000)
first_round=$ROUND
bench_title debug 80 "The debug log" \
	"Rate by log level, in turn; deaf: level debug, and nobody reads stderr. Instructions: what asking for the level costs a message."

# conf LEVEL
conf() {
	base_conf | sed "s/^\[log\]/&\nlevel = $1/"
	printf '[listener in]\naddress = tcp://127.0.0.1:0\n[listener dgram]\naddress = udp://127.0.0.1:0\n'
}

# run LEVEL [COUNT]. Below notice nothing tells that the daemon is ready, so it learns of its level by a reload.
run() {
	local address
	rm -f "$store"*
	conf info > my.conf
	start_daemon my.conf || done_testing
	address=$(address_of in)
	conf "${1/deaf/debug}" > my.conf
	signal_daemon HUP
	sleep 0.5
	full_speed "${2:-$count}" -c 4 "$address"
	emit debug catchbasin "$1" rate rows/s "$rate"
}

# Off: one stream at full speed, and the level goes to and fro beneath it, so that both levels see the same machine.
rm -f "$store"*
conf info > my.conf
start_daemon my.conf || done_testing
"$bench/load" -d $((windows / 2 + 3)) -c 4 "$(address_of in)" > load.json {TAP}>&- 3>&- &
load_pid=$!
sleep 1
level=info rates=()
for ((ROUND = first_round; ROUND < first_round + windows; ROUND++)); do
	begun=$(date +%s%N) from=$(sql 'SELECT max(id) FROM messages')
	sleep 0.4
	ended=$(date +%s%N) to=$(sql 'SELECT max(id) FROM messages')
	rates+=("$(calc "($to - $from) / (($ended - $begun) / 1e9)")")
	emit debug catchbasin $level rate rows/s "${rates[-1]}"
	case $level in
	info) level=warning ;;
	warning) level=info ;;
	esac
	conf $level > my.conf
	signal_daemon HUP
	sleep 0.05
done
ROUND=$first_round
wait $load_pid
await 30 "all is stored" has_rows "$(of sent "$(tail -n 1 load.json)")"
books_balance
stop_daemon
is $? 0 "a clean stop"
"$CATCHBASIN" --store="$store" audit > audit.out 2>&1
is $? 0 "the books balance" || diag "$(cat audit.out)"
# Each window against the two beside it: a machine's spells are longer than these.
for ((i = 1, ROUND = first_round; i < windows - 1; i++, ROUND++)); do
	beside="(${rates[i - 1]} + ${rates[i + 1]}) / 2"
	if ((i % 2)); then
		emit debug "info over warning" - rate "" "$(calc "$beside / ${rates[i]}")"
	else
		emit debug "info over warning" - rate "" "$(calc "${rates[i]} / ($beside)")"
	fi
done
ROUND=$first_round
bar debug "info over warning" - rate min 0.93 "debug logging off costs nothing measurable (the windows differ by some percent)"

# lost_nothing X: everything sent is a row or a counted loss; streams lose nothing.
lost_nothing() {
	local lost
	books_balance
	lost=$(sql "SELECT coalesce(sum(messages), 0) FROM loss WHERE listener = 'in'")
	emit debug catchbasin "$1" "lost of TCP" messages "$lost"
	bar debug catchbasin "$1" "lost of TCP" max 0 "with debug on nothing is lost"
}

run debug $((count / 2))
lines=$(grep -c ' debug ' "$work/daemon.log")
emit debug catchbasin debug "debug lines per message" "" "$(calc "$lines / ($count / 2)")"
load -n $((count / 20)) -r 20000 -d 60 "$(address_of dgram)"
retry 20 has_rows $((count / 2 + count / 20)) || diag "some datagrams are not rows: $(sql 'SELECT * FROM loss')"
stop_daemon
is $? 0 "a clean stop"
lost_nothing debug

# A reader of the log that reads until it is ready, and then no more: the pipe fills up.
cat > deaf.sh <<- 'SCRIPT'
	#!/usr/bin/env bash
	exec {log}>&2
	exec "$@" 2> >(
		while read -r line; do
			printf '%s\n' "$line" >&"$log"
			[[ $line == *": ready"* ]] && break
		done
		exec sleep 600
	)
SCRIPT
DAEMON_UNDER="bash $work/deaf.sh" run deaf $((count / 2))
ctl status > status.out 2>&1
is $? 0 "the control socket answers"
lost_nothing deaf
deaf_pid=$(pgrep -P "$(daemon_pid)" -x sleep)
stop_daemon
is $? 0 "a clean stop, with nobody reading the log"
[ -z "$deaf_pid" ] || kill "$deaf_pid"
"$CATCHBASIN" --store="$store" audit > audit.out 2>&1
is $? 0 "the books balance"
is "$(rows)" $((count / 2)) "every line is a row"

# Instructions: the question "is debug on", in every place a message passes.
perf=$top_builddir/tests/perf
if ! command -v valgrind > /dev/null || [ ! -x "$perf/cost_queue" ]; then
	skip "instructions" "valgrind, or tests/perf/cost_queue, is missing"
else
	for part in queue writer; do
		program=cost_queue
		[ $part = queue ] || program=cost_store
		valgrind --tool=callgrind --callgrind-out-file=counted --toggle-collect=measured "$perf/$program" $part 40960 \
			> valgrind.out 2>&1
		asked=$(callgrind_annotate --threshold=100 counted | awk '/log_debug_on/ { gsub(",", ""); n += $1 } END { print n + 0 }')
		emit debug catchbasin "$part" "asking for debug" instructions/message "$(calc "$asked / 40960")"
		bar debug catchbasin "$part" "asking for debug" max 1 "less than an instruction a message"
	done
fi
done_testing
