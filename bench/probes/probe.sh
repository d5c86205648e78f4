# shellcheck shell=bash
# What the probes share. A probe sources this file, drives the daemon as the system tests do (tests/system/lib.sh), and
# prints its results as JSON lines (bench/README.md, "Results") on stdout; how it goes is told on stderr.
#
#	QUICK=1      the same in small, to see that it works
#	ROUND=N      which round this is (1)
#
# Needs bench/load, bench/check and bench/probes/reader, built. Every probe ends with the books balanced.

exec 3>&1 1>&2
# shellcheck source=tests/system/lib.sh
. "${top_srcdir:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/system/lib.sh"
QUICK=${QUICK-}
ROUND=${ROUND:-1}
bench=$top_builddir/bench
reader=$bench/probes/reader
declare -A measured

for program in "$CATCHBASIND" "$bench/load" "$bench/check" "$reader"; do
	[ -x "$program" ] || {
		echo "$program is missing: make it first (make bench does)" >&2
		exit 1
	}
done
instrumented && diag "a sanitizer is built in: what is measured is the sanitizer"

# quick SMALL FULL: the one or the other.
quick() {
	if [ -n "$QUICK" ]; then printf '%s\n' "$1"; else printf '%s\n' "$2"; fi
}

# ---- results ----

# A word or a number of JSON; - is null.
json() {
	case $1 in
	-) printf 'null' ;;
	*[!0-9.]* | '') printf '"%s"' "$1" ;;
	*) printf '%s' "$1" ;;
	esac
}

# bench_title BENCH ORDER TITLE WORDS
bench_title() {
	printf '{"bench":"%s","title":"%s","says":"%s","order":%d}\n' "$1" "$3" "$4" "$2" >&3
}

# emit BENCH SERIES X METRIC UNIT VALUE
emit() {
	[[ $6 =~ ^-?[0-9]+(\.[0-9]+)?$ ]] || {
		fail "$1, $2, $3: $4 is '$6'"
		return
	}
	printf '{"bench":"%s","series":"%s","x":%s,"metric":"%s","unit":"%s","round":%d,"value":%s}\n' \
		"$1" "$2" "$(json "$3")" "$4" "$5" "$ROUND" "$6" >&3
	printf '%s  %s  %s  %s: %s %s\n' "$1" "$2" "$3" "$4" "$6" "$5"
	measured["$1/$2/$3/$4"]+="$6 "
}

# median BENCH/SERIES/X/METRIC: of what was emitted in all rounds.
median() {
	printf '%s\n' ${measured["$1"]-} | sort -g | awk 'NF { v[++n] = $1 }
		END { if (n) printf "%.6g\n", n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2 }'
}

# bar BENCH SERIES X METRIC min|max LIMIT WORDS [OVER]: a bar for the median of what was emitted, or for its ratio to that of
# another series at the same x; said here, and left to the report as well.
bar() {
	local got over verdict=misses
	got=$(median "$1/$2/$3/$4")
	if [ -n "${8-}" ]; then
		over=$(median "$1/$8/$3/$4")
		got=$(awk -v a="$got" -v b="$over" 'BEGIN { if (a != "" && b > 0) printf "%.3f", a / b }')
	fi
	printf '{"bench":"%s","series":"%s","x":%s,"metric":"%s",%s"%s":%s,"bar":"%s"}\n' "$1" "$2" "$(json "$3")" "$4" \
		"${8:+\"over\":\"$8\",}" "$5" "$6" "$7" >&3
	case $5 in
	min) [ -n "$got" ] && awk -v a="$got" -v b="$6" 'BEGIN { exit !(a >= b) }' && verdict=holds ;;
	max) [ -n "$got" ] && awk -v a="$got" -v b="$6" 'BEGIN { exit !(a <= b) }' && verdict=holds ;;
	esac
	printf 'BAR %s: %s, %s, %s: %s (%s; %s)\n' "$verdict" "$1" "$2" "$3" "$7" "$4" "${got:-nothing measured}"
}

# of NAME JSON: the value of a field of a flat object.
of() {
	printf '%s\n' "$2" | grep -oE "\"$1\":-?[0-9.]+" | head -n 1 | sed 's/.*://'
}

# calc EXPRESSION: by awk.
calc() {
	awk "BEGIN { printf \"%.3f\", $1 }"
}

# emit_times BENCH SERIES X NAME JSON: the percentiles of NAME, milliseconds.
emit_times() {
	local part
	for part in p50 p99 p999 max; do
		emit "$1" "$2" "$3" "${4%_ms} ${part/p999/p99.9}" ms "$(of "$4_$part" "$5")"
	done
}

# ---- load ----

# watch_start [READER-ARG...]: the reader watches $store from now on.
watch_start() {
	: > watch.err
	"$reader" "$@" watch "${watched-$store}" > watch.json 2> watch.err {TAP}>&- 3>&- &
	watch_pid=$!
	retry 20 grep -q watching watch.err || {
		fail "the reader watches"
		diag "$(cat watch.err)"
	}
}

# watch_end: waits for it; what it saw is in $watch.
watch_end() {
	wait "$watch_pid"
	watch=$(cat watch.json)
}

# load ARG...: what it said at the end is in $load, and what it sent is added to $all_sent.
all_sent=0
load() {
	load=$("$bench/load" "$@" | tail -n 1)
	all_sent=$((all_sent + $(of sent "$load")))
}

# full_speed COUNT [LOAD-ARG...] URL: as fast as it is taken, until all is visible to a reader. Sets $rate, rows a second.
full_speed() {
	local count=$1
	shift
	watch_start -e 1000 -n "$count" -d 300
	load -n "$count" -d 300 "$@"
	watch_end
	# shellcheck disable=SC2034 # for those who source this
	rate=$(calc "$count / (($(of last_at "$watch") - $(of started_at "$load")) / 1e9)")
}

# time_syncs: the daemons started from now on time their fsyncs, and write what they found to sync.json when they end.
# Without a compiler nothing is timed.
time_syncs() {
	# shellcheck disable=SC2086 # the compiler may come with arguments
	${build_cc:-cc} -O1 -shared -fPIC -D_GNU_SOURCE -o sync_time.so "$top_srcdir/bench/probes/sync_time.c" 2> cc.err || {
		diag "fsyncs are not timed: $(head -n 1 cc.err)"
		return
	}
	instrumented || DAEMON_UNDER="env LD_PRELOAD=$work/sync_time.so SYNC_TIME=$work/sync.json"
}

# emit_syncs BENCH SERIES X: what the daemon that has just ended found.
emit_syncs() {
	local said
	[ -s sync.json ] || return
	said=$(cat sync.json)
	emit "$1" "$2" "$3" "fsync p50" ms "$(of fsync_ms_p50 "$said")"
	emit "$1" "$2" "$3" "fsync p99" ms "$(of fsync_ms_p99 "$said")"
	emit "$1" "$2" "$3" "fsync max" ms "$(of fsync_ms_max "$said")"
	rm sync.json
}

# pid_cpu PID: seconds of CPU until now.
pid_cpu() {
	local ticks
	ticks=$(sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }')
	calc "$ticks / $(getconf CLK_TCK)"
}

# ---- the end ----

# balance BENCH [FILE...]: stops the daemon; the books must balance.
balance() {
	local bench_name=$1 before=$tests_bad
	shift
	stop_daemon 60
	is $? 0 "a clean stop"
	books_balance "$@"
	emit "$bench_name" catchbasin - "books balanced" "" $((tests_bad == before))
	bar "$bench_name" catchbasin - "books balanced" min 1 "the books balance at the end"
}
