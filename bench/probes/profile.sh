#!/usr/bin/env bash
# Where the time of a message goes: the daemon under TCP lines of 120 bytes, by instructions (callgrind: repeats, user space
# only) and by time (perf, cpu-clock: kernel and all), each split by what was going on.
#
#	profile.sh [--write]     --write puts the tables into docs/performance.md, between its marks
#	PROFILE_SQLITE=DIR       a libsqlite3.so.0 with symbols, else SQLite's inside is one lump; see docs/performance.md
#	PROFILE_MESSAGES=N       for callgrind (100000)
#	PROFILE_SECONDS=N        for perf (8)
# shellcheck source=bench/probes/probe.sh
. "$(dirname "$0")/probe.sh"
need valgrind callgrind_annotate perf

messages=${PROFILE_MESSAGES:-$(quick 20000 100000)}
seconds=${PROFILE_SECONDS:-$(quick 2 8)}
documents=$top_srcdir/docs/performance.md
durability=full
if [ -n "${PROFILE_SQLITE-}" ]; then
	export LD_LIBRARY_PATH=$PROFILE_SQLITE
fi

# What a stack is about: the first line one of whose functions is in it. The innermost matter comes first.
cat > stages <<- 'STAGES'
	fsync	sys_fdatasync|sys_fsync
	checkpoint	[wW]alCheckpoint|sqlite3_wal_checkpoint
	WAL: checksum	walChecksumBytes|walEncodeFrame
	WAL: frames written	sqlite3WalFrames|pagerWalFrames|sqlite3PagerCommitPhaseOne
	UTF-8 check	utf8_valid|utf8_char
	values of a row (virtual table)	cursor_(column|next|eof|rowid|filter)|walk_next
	page copy, b-tree	sqlite3BtreeInsert|sqlite3BtreeLast|sqlite3BtreeTableMoveto|balance_|sqlite3BtreeNext
	bytecode (VDBE)	sqlite3VdbeExec|sqlite3Step|sqlite3_step
	SQLite, the rest	sqlite3|unixWrite|libsqlite3|sqlite3_
	socket	sys_recv|__libc_recv|\<recv\>|recvmmsg
	framing	frame_next|next_line|next_body|next_octets
	batch: one copy	batch_draft|draft_copy
	queue and books	gate_|queue_|ledger_|take_|settle|turnstile|source_flush|batch_free|batch_len|count_refused|weigh
	connection and loop	conn_|feed|read_once|event_base|epoll|loop_main
STAGES

# by_stage: from lines "WEIGHT STACK", the stages and their shares of all, in the order of the table.
by_stage() {
	awk -F '\t' '
		FNR == NR { name[++n] = $1; pattern[n] = $2; next }
		{
			weight = $1
			all += weight
			for (i = 1; i <= n && $2 !~ pattern[i]; i++)
				;
			sum[i] += weight
		}
		END {
			name[n + 1] = "other"
			for (i = 1; i <= n + 1; i++)
				if (sum[i] > 0)
					printf "%s\t%.0f\t%.4f\n", name[i], sum[i], sum[i] / all
		}' stages -
}

conf() {
	base_conf
	printf 'durability = %s\n[listener in]\naddress = tcp://127.0.0.1:0\n' "$durability"
}

# ---- instructions ----

instructions() {
	conf > my.conf
	rm -f "$store"*
	# The drain waits for a slow daemon.
	sed -i '1i [daemon]\ndrain_timeout = 5m' my.conf
	DAEMON_UNDER="valgrind --tool=callgrind --callgrind-out-file=$work/calls --separate-callers=12" start_daemon my.conf ||
		done_testing
	load -n "$messages" -c 4 -d 300 "$(address_of in)"
	await 300 "all is stored" has_rows "$messages"
	stop_daemon 120
	is $? 0 "a clean stop"
	books_balance
	# Without what the loader does at the start.
	callgrind_annotate --auto=no --threshold=100 calls |
		sed -nE 's/^ *([0-9,]+) \( *[0-9.]+%\) +(.*)/\1\t\2/p' | sed -E ':a; s/^([0-9]+),/\1/; ta' |
		grep -vE "PROGRAM TOTALS|'_dl_|dl_main" | by_stage > instructions.table
}

# ---- time ----

times() {
	local pid cpu begun
	conf > my.conf
	rm -f "$store"*
	time_syncs
	start_daemon my.conf || done_testing
	pid=$(daemon_pid)
	"$bench/load" -d $((seconds + 3)) -c 4 "$(address_of in)" > load.json {TAP}>&- 3>&- &
	local load_pid=$!
	sleep 1
	cpu=$(pid_cpu "$pid") begun=$(date +%s%N)
	perf record -q -e cpu-clock -F 997 --call-graph dwarf,16384 -p "$pid" -o perf.data -- sleep "$seconds" > perf.out 2>&1 ||
		fail "perf records"
	cpu=$(calc "$(pid_cpu "$pid") - $cpu")
	wait $load_pid
	diag "perf: $cpu s of CPU in $(calc "($(date +%s%N) - $begun) / 1e9") s"
	await 30 "all is stored" has_rows "$(of sent "$(tail -n 1 load.json)")"
	stop_daemon 60
	is $? 0 "a clean stop"
	books_balance
	# One line for each sample: 1, and its functions.
	perf script -i perf.data -F comm,ip,sym,dso 2> /dev/null | awk '
		/^[^ \t]/ { if (stack) print "1\t" stack; stack = " "; next }
		NF { $1 = ""; stack = stack " " $0 }
		END { if (stack) print "1\t" stack }' | tee stacks | by_stage > times.table
}

# The same load, nothing in the way: what a message costs in all, and how long a commit waits for the disk.
cost() {
	local pid cpu
	rm -f "$store"*
	time_syncs
	start_daemon my.conf || done_testing
	pid=$(daemon_pid)
	cpu=$(pid_cpu "$pid")
	full_speed "$(quick 300000 3000000)" -c 4 "$(address_of in)"
	cpu=$(calc "($(pid_cpu "$pid") - $cpu) * 1e9 / $(of sent "$load")")
	stop_daemon 60
	is $? 0 "a clean stop"
	books_balance
	printf '%s %s %s\n' "$cpu" "$rate" "$(cat sync.json 2> /dev/null)" > cost.table
}

tables() {
	local cpu rate said
	read -r cpu rate said < cost.table
	printf 'TCP, lines of 120 bytes, 4 connections, durability %s, SQLite %s%s. ' "$durability" \
		"$(sqlite3 :memory: 'SELECT sqlite_version()')" "$([ -n "${PROFILE_SQLITE-}" ] || echo " without symbols")"
	printf 'At full speed %.0f rows/s, %.0f ns of CPU a message in all threads' "$rate" "$cpu"
	[ -z "$said" ] || printf '; %d fsyncs, %.1f ms each (p50), %.1f ms (p99), %.0f ns of waiting a message' "$(of fsyncs "$said")" \
		"$(of fsync_ms_p50 "$said")" "$(of fsync_ms_p99 "$said")" \
		"$(calc "$(of fsync_ms "$said") * 1e6 / $(of sent "$load")")"
	printf '.\n\n| | instructions a message | share of time | ns of CPU a message |\n|---|--:|--:|--:|\n'
	awk -F '\t' -v n="$messages" -v cpu="$cpu" '
		FILENAME == "stages" { order[++stages] = $1; next }
		FILENAME == "instructions.table" { count[$1] = $2 / n }
		FILENAME == "times.table" { share[$1] = $3 }
		END {
			order[++stages] = "other"
			for (i = 1; i <= stages; i++) {
				name = order[i]
				counted = "–"
				if (count[name] >= 0.5)
					counted = sprintf("%.0f", count[name])
				if (count[name] >= 0.5 || share[name] >= 0.0005)
					printf "| %s | %s | %.1f %% | %.0f |\n", name, counted, share[name] * 100, share[name] * cpu
				all += count[name]
			}
			printf "| all | %.0f | 100 %% | %.0f |\n", all, cpu
		}' stages instructions.table times.table
}

instructions
times
conf > my.conf
cost
tables > tables.md
cat tables.md >&3
if [ "${1-}" = --write ]; then
	awk '
		FNR == NR { table = table $0 "\n"; next }
		/^<!-- profile: begin/ { print; printf "\n%s\n", table; inside = 1 }
		/^<!-- profile: end/ { inside = 0 }
		!inside && !/^<!-- profile: begin/ { print }' tables.md "$documents" > new.md
	cat new.md > "$documents"
fi
done_testing
