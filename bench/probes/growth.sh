#!/usr/bin/env bash
# Rate and latency as things grow: rows in the store, workers, stores, readers. GROWTH=sizes,workers,stores,readers,retention
# says which (all); more by environment:
#
#	GROWTH_SIZES="1 10"      millions of rows in the store; make bench-growth: 1 10 50
#	GROWTH_DIR=DIR           the large store is kept there and used again
#	GROWTH_LIMIT=150         seconds: what would begin later is left out
#	GROWTH_ROUNDS=3
# shellcheck source=bench/probes/probe.sh
. "$(dirname "$0")/probe.sh"
need sqlite3

parts=${GROWTH:-sizes,workers,stores,readers,retention}
limit=${GROWTH_LIMIT:-$(quick 20 150)}
rounds=${GROWTH_ROUNDS:-$(quick 1 3)}
count=${GROWTH_COUNT:-$(quick 100000 1000000)}
first_round=$ROUND
bytes_per_row=180

# wanted PART
wanted() {
	[[ ,$parts, == *,$1,* ]] || return 1
	[ "$SECONDS" -lt "$limit" ] && return 0
	diag "$1: left out, $limit s are over"
	return 1
}

# fresh_conf WORKERS [STORE...]: stores in files of their own, a TCP listener for each.
fresh_conf() {
	local n=$1 name
	shift
	printf '[log]\ntarget = stderr\n[control]\npath = %s\n' "$socket"
	for name; do
		printf '[store %s]\npath = %s/%s.db\nworkers = %s\n' "$name" "$work" "$name" "$n"
		printf '[listener %s]\naddress = tcp://127.0.0.1:0\nstore = %s\n' "$name" "$name"
	done
}

remove_stores() {
	rm -f "$work"/*.db "$work"/*.db-wal "$work"/*.db-shm
}

# run BENCH SERIES X LISTENER: into $store at full speed; rate and how far commits lie apart.
run() {
	full_speed "$count" -c 4 "$(address_of "$4")"
	emit "$1" "$2" "$3" rate rows/s "$rate"
	emit "$1" "$2" "$3" "commit to commit p99" ms "$(of gap_ms_p99 "$watch")"
}

# latency BENCH SERIES X LISTENER RATE: every message stamped.
latency() {
	local base
	base=$(sql 'SELECT max(id) FROM messages')
	watch_start -e 500 -T -d 120
	load -d 2 -r "$5" -c 4 -T "$(address_of "$4")"
	seen() { [ "$(sql 'SELECT max(id) FROM messages')" -ge "$1" ]; }
	retry 20 seen $((base + $(of sent "$load"))) || fail "all is visible"
	sleep 0.1
	kill "$watch_pid"
	watch_end
	emit "$1" "$2" "$3" "visible p99" ms "$(of visible_ms_p99 "$watch")"
}

# ---- rows in the store ----

# fill FILE ROWS: rows until there are so many, by the fastest way: no journal, no sync, SQLite alone.
fill() {
	local there from=0
	there=$(sqlite3 "$1" 'SELECT coalesce(max(id), 0) FROM messages')
	[ "$there" -lt "$2" ] || return 0
	diag "filling ${1##*/} from $there to $2 rows"
	while [ "$there" -lt "$2" ]; do
		from=$((there + 1))
		there=$((there + 5000000 < $2 ? there + 5000000 : $2))
		sqlite3 -batch "$1" > fill.out <<- SQL || return 1
			PRAGMA journal_mode = delete;
			PRAGMA journal_mode = off;
			PRAGMA synchronous = off;
			PRAGMA cache_size = -65536;
			BEGIN EXCLUSIVE;
			INSERT INTO messages(id, received_at, listener, peer, size, body)
			SELECT value, 1700000000000000000 + value * 1000, 'tcp4', '127.0.0.1:43121', 120,
				printf('<14>1 2026-11-22T12:00:00.000000Z bench load 1 - - %s 0000 %09d',
					'the quick brown fox jumps over the lazy dog the quick b', value)
			FROM generate_series($from, $there);
			UPDATE meta SET value = $there WHERE key = 'last_id';
			COMMIT;
			PRAGMA journal_mode = wal;
		SQL
	done
	sync "$1"
}

sizes() {
	local dir=${GROWTH_DIR:-$work/large} million n free half there count=$((count / 2))
	bench_title growth-rows 70 "Growth: rows in the store" \
		"x is millions of rows in the filled store at first, it grows by some; a small store is fed in turn with it, $((2 * rounds)) rounds. Fsyncs are those of both."
	time_syncs
	mkdir -p "$dir"
	for million in ${GROWTH_SIZES:-$(quick 0.2 "1 10")}; do
		wanted sizes || break
		n=$(awk -v m="$million" 'BEGIN { printf "%d", m * 1000000 }')
		free=$(df --output=avail -B1 "$dir" | tail -n 1)
		there=$(stat -c %s "$dir/large.db" 2> /dev/null || echo 0)
		if [ "$free" -lt $((n * bytes_per_row - there + (4 << 30))) ]; then
			diag "$million million rows: left out, the disk has only $((free >> 30)) GiB left"
			break
		fi
		remove_stores
		{
			fresh_conf 2 small
			printf '[store large]\npath = %s/large.db\n[listener large]\naddress = tcp://127.0.0.1:0\nstore = large\n' "$dir"
		} > my.conf
		# The daemon makes the tables.
		[ -e "$dir/large.db" ] || {
			start_daemon my.conf || done_testing
			stop_daemon
		}
		fill "$dir/large.db" "$n" || {
			fail "filling to $n rows"
			return
		}
		start_daemon my.conf || done_testing
		for ((ROUND = first_round; ROUND < first_round + 2 * rounds; ROUND++)); do
			store=$work/small.db run growth-rows "small store" "$million" small
			store=$dir/large.db run growth-rows "filled store" "$million" large
		done
		half=$(calc "$(median "growth-rows/small store/$million/rate") / 2")
		# What is rare needs more of them.
		for ((ROUND = first_round; ROUND < first_round + rounds + rounds / 2; ROUND++)); do
			# What one leaves for the disk must not always meet the other.
			((ROUND % 2)) || store=$dir/large.db latency growth-rows "filled store" "$million" large "$half"
			store=$work/small.db latency growth-rows "small store" "$million" small "$half"
			((ROUND % 2)) && store=$dir/large.db latency growth-rows "filled store" "$million" large "$half"
		done
		bar growth-rows "filled store" "$million" rate min 0.9 "the rate falls by no more than 10 %" "small store"
		bar growth-rows "filled store" "$million" "visible p99" max 1.1 "p99 at half the rate grows by no more than 10 %" "small store"
		ROUND=$first_round
		balance growth-rows "$work/small.db" "$dir/large.db"
		emit_syncs growth-rows catchbasin "$million"
	done
	DAEMON_UNDER=
	[ "$dir" != "$work/large" ] || rm -rf "$dir"
}

# ---- workers, stores ----

workers() {
	local n
	bench_title growth-workers 71 "Growth: workers of one store" "x is workers; one store, 4 connections. One of them writes at a time."
	for ((ROUND = first_round; ROUND < first_round + rounds; ROUND++)); do
		for n in 1 2 4 8; do
			remove_stores
			fresh_conf $n main > my.conf
			start_daemon my.conf || done_testing
			store=$work/main.db run growth-workers catchbasin $n main
			ROUND=$first_round balance_quietly "$work/main.db"
		done
	done
	ROUND=$first_round
}

# balance_quietly FILE...: as balance, and only what is wrong is a result.
balance_quietly() {
	stop_daemon 60
	is $? 0 "a clean stop"
	books_balance "$@"
}

# One load and one watch for each store, all at once; the rate of all together.
stores() {
	local n name names begun ended i
	bench_title growth-stores 72 "Growth: stores on files of their own" \
		"x is stores, each with a listener, a sender and a file; the rate is that of all together."
	for ((ROUND = first_round; ROUND < first_round + rounds; ROUND++)); do
		for n in 1 2 4; do
			names=$(printf 's%d ' $(seq $n))
			remove_stores
			# shellcheck disable=SC2086 # words
			fresh_conf 2 $names > my.conf
			start_daemon my.conf || done_testing
			for name in $names; do
				watched=$work/$name.db watch_start -e 2000 -n $((count / n)) -d 120
				mv watch.json "watch-$name.json"
				printf '%s\n' "$watch_pid" > "$name.watching"
			done
			for name in $names; do
				"$bench/load" -n $((count / n)) -c 2 -d 120 "$(address_of "$name")" > "load-$name.json" {TAP}>&- 3>&- &
				echo $! > "$name.loading"
			done
			begun=0 ended=0
			for name in $names; do
				wait "$(cat "$name.loading")" "$(cat "$name.watching")"
				i=$(of started_at "$(tail -n 1 "load-$name.json")")
				[ $begun -ne 0 ] && [ "$begun" -lt "$i" ] || begun=$i
				i=$(of last_at "$(cat "watch-$name.json")")
				[ "$ended" -gt "$i" ] || ended=$i
			done
			emit growth-stores catchbasin $n rate rows/s "$(calc "$((count / n * n)) / (($ended - $begun) / 1e9)")"
			# shellcheck disable=SC2046 # words
			balance_quietly $(printf "$work/%s.db " $names)
		done
	done
	ROUND=$first_round
}

# ---- readers ----

readers() {
	local kind other
	bench_title growth-readers 73 "Growth: readers of the store" \
		"Who else looks at the store: nobody; one that reads all new rows every 100 ms; one that scans the whole table without a pause."
	remove_stores
	fresh_conf 2 main > my.conf
	start_daemon my.conf || done_testing
	store=$work/main.db full_speed "$count" -c 4 "$(address_of main)"
	for ((ROUND = first_round; ROUND < first_round + rounds; ROUND++)); do
		for kind in nobody tail scan; do
			other=
			case $kind in
			tail) "$reader" -e 100000 tail "$work/main.db" > "$kind.json" {TAP}>&- 3>&- & other=$! ;;
			scan) "$reader" -e 100 scan "$work/main.db" > "$kind.json" {TAP}>&- 3>&- & other=$! ;;
			esac
			store=$work/main.db run growth-readers catchbasin $kind main
			emit growth-readers catchbasin $kind "log" MiB "$(calc "$(stat -c %s "$work/main.db-wal") / 1048576")"
			[ -n "$other" ] || continue
			kill "$other"
			wait "$other"
			emit growth-readers catchbasin $kind "rows read" rows/s \
				"$(calc "$(of rows "$(cat $kind.json)") / $(of seconds "$(cat $kind.json)")")"
		done
	done
	ROUND=$first_round
	balance growth-readers "$work/main.db"
}

# ---- retention ----

# buckets STORE: "bound count" of its commits' times so far.
buckets() {
	ctl stats --prometheus | sed -nE "s/^catchbasin_commit_seconds_bucket\{store=\"$1\",le=\"([^\"]+)\"\} ([0-9]+)$/\1 \2/p"
}

# commit_p99 BEFORE AFTER: files of buckets; milliseconds, between two bounds as if evenly spread.
commit_p99() {
	paste -d ' ' "$1" "$2" | awk '{ bound[NR] = $1; n[NR] = $4 - $2 } END {
		for (i = 1; i <= NR; i++) {
			if (n[i] < n[NR] * 0.99) continue
			low = i > 1 ? bound[i - 1] : 0
			below = i > 1 ? n[i - 1] : 0
			printf "%.3f\n", 1000 * (bound[i] == "+Inf" ? low : low + (bound[i] - low) * (n[NR] * 0.99 - below) / (n[i] - below))
			exit
		}
	}'
}

retention() {
	local kind before keep=$((count / 4))
	bench_title growth-retention 74 "Retention at full load" \
		"Three stores of one daemon are fed in turn: all, without a limit; able, with a limit that is far away, so that its file is made to become smaller; kept, filled to its limit before, so that for each message one is deleted."
	remove_stores
	fresh_conf 2 all able kept > my.conf
	sed -i "/^\[store kept\]/a keep_messages = $keep
		/^\[store able\]/a keep_messages = 1000000000" my.conf
	time_syncs
	start_daemon my.conf || done_testing
	for kind in all able kept; do
		store=$work/$kind.db full_speed "$keep" -c 4 "$(address_of $kind)"
	done
	for ((ROUND = first_round; ROUND < first_round + rounds; ROUND++)); do
		for kind in $(if ((ROUND % 2)); then echo all kept able; else echo able kept all; fi); do
			buckets $kind > before
			store=$work/$kind.db run growth-retention $kind full $kind
			buckets $kind > after
			emit growth-retention $kind full "commit p99" ms "$(commit_p99 before after)"
			[ $kind = kept ] || continue
			pruned_to() { [ "$(sqlite3 -readonly "$work/kept.db" 'SELECT count(*) FROM messages')" -eq "$keep" ]; }
			before=$EPOCHREALTIME
			await 20 "what pruning was behind comes after the load" pruned_to
			emit growth-retention kept full "behind" ms "$(calc "(${EPOCHREALTIME} - $before) * 1000")"
		done
	done
	ROUND=$first_round
	emit growth-retention kept full "longest step" ms \
		"$(calc "1000 * $(ctl stats --prometheus | sed -n 's/^catchbasin_prune_step_max_seconds{store="kept"} //p')")"
	bar growth-retention kept full "commit p99" max 1.5 "pruning at full load leaves the commits' p99 within 1.5 of what it is without" all
	bar growth-retention able full rate min 0.9 "a file that can become smaller costs no more than a tenth of the rate" all
	balance growth-retention "$work/all.db" "$work/able.db" "$work/kept.db"
	emit_syncs growth-retention all full
}

# ---- all ----

for part in sizes workers stores readers retention; do
	wanted $part || continue
	$part
done
done_testing
