#!/usr/bin/env bash
# Instructions per message through framing, batch, queue and writer, counted by callgrind, against budget.txt. A count
# repeats to the instruction or nearly, whatever else the machine does; so a few percent more are a real regression.
#
#	budget.sh --renew      writes what messages cost now into budget.txt (make budget)
#
# A count depends on compiler, optimisation, libc, processor and the tools: with others than the budget's nothing is judged.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/../house/house.sh"

budget=$top/tests/perf/budget.txt
perf=$build/tests/perf

# name program messages margin-%: the messages are whole takes of 4,096. "writer" is all instructions of it for datagrams,
# most of them SQLite's; "-lines" is for lines of one read; "-own" those of our code alone.
cases='
frame-newline cost_frame 40960 5
frame-octet cost_frame 40960 5
batch cost_queue 40960 5
batch-lines cost_queue 40960 5
queue cost_queue 40960 8
writer cost_store 40960 3
writer-own cost_store 40960 5
writer-lines cost_store 40960 3
writer-lines-own cost_store 40960 5
'

command -v valgrind > /dev/null || skip_all "valgrind is missing: no instructions are counted"
[ -x "$perf/cost_store" ] || {
	result 1 "the drivers are built"
	finish
}
instrumented "$perf/cost_store" && skip_all "a sanitizer or gcov is built in: its instructions would be counted"
own_dir

# What a count depends on beside the source, a line each.
facts() {
	local level cpu=plain
	"$perf/cost_store" --facts
	level=$(printf '%s\n' ${build_cflags-} | grep -E '^-(O|flto)' | tail -n 1)
	printf 'optimised %s\n' "${level:-?}"
	printf 'valgrind %s\n' "$(valgrind --version | sed -E 's/^valgrind-([0-9]+\.[0-9]+).*/\1/')"
	# valgrind shows a program one of few processors, by what the real one can do.
	grep -qw avx /proc/cpuinfo && cpu=avx
	grep -qw avx2 /proc/cpuinfo && cpu=avx2
	printf 'cpu %s\n' "$cpu"
}

# count CASE PROGRAM MESSAGES: instructions per message, with one decimal.
count() {
	TMPDIR=$dir valgrind --tool=callgrind --callgrind-out-file="$dir/counted" --toggle-collect=measured \
		"$perf/$2" "${1%-own}" "$3" > "$dir/out" 2>&1 || return 1
	case $1 in
	*-own)
		callgrind_annotate --threshold=100 "$dir/counted" | grep -F "/$2]" | tr -d ,
		;;
	*)
		sed -nE 's/^==[0-9]+== Collected : ([0-9]+).*/\1/p' "$dir/out"
		;;
	esac | awk -v n="$3" '{ sum += $1 } END { if (sum > 0) printf "%.1f\n", sum / n }'
}

each_case() {
	local name program messages margin
	while read -r name program messages margin; do
		[ -z "$name" ] || "$1" "$name" "$program" "$messages" "$margin"
	done <<< "$cases"
}

renew_case() {
	local got
	got=$(count "$1" "$2" "$3")
	[ -n "$got" ] || {
		cat "$dir/out" >&2
		exit 1
	}
	printf '%s %s %s\n' "$1" "$got" "$4"
}

renew() {
	grep -E '^#' "$budget" > "$dir/budget"
	facts | sed 's/^/fact /' >> "$dir/budget"
	each_case renew_case >> "$dir/budget"
	diff -u "$budget" "$dir/budget"
	cat "$dir/budget" > "$budget"
}

judge_case() {
	local name=$1 budgeted margin got
	read -r budgeted margin < <(awk -v name="$name" '$1 == name { print $2, $3 }' "$budget")
	[ -n "$margin" ] || {
		result 1 "$name: has a budget" "make budget gives it one"
		return
	}
	if [ "${name%-own}" = writer ] && [ "$sqlite_differs" ]; then
		skip "$name" "$sqlite_differs"
		return
	fi
	got=$(count "$name" "$2" "$3")
	[ -n "$got" ] || {
		result 1 "$name: counted" "$(tail -n 20 "$dir/out")"
		return
	}
	awk -v got="$got" -v budgeted="$budgeted" -v margin="$margin" 'BEGIN { exit got > budgeted * (1 + margin / 100) }'
	result $? "$name: $got instructions per message, budget $budgeted and $margin %" \
		"if it is worth it: make budget, and commit tests/perf/budget.txt with the reason"
	awk -v got="$got" -v budgeted="$budgeted" -v margin="$margin" -v name="$name" 'BEGIN {
		if (got < budgeted * (1 - margin / 100))
			printf "# %s has become cheaper: make budget, so that it stays so\n", name }'
}

[ "${1-}" != --renew ] || {
	renew
	exit
}
facts | sort > "$dir/facts"
sed -n 's/^fact //p' "$budget" | sort > "$dir/budgeted"
differs=$(comm -23 "$dir/facts" "$dir/budgeted" | tr '\n' ',' | sed 's/,$//; s/,/, /g')
sqlite_differs=
case $differs in
'') ;;
'sqlite '*) [ "${differs#*,}" != "$differs" ] || sqlite_differs="another library: $differs" ;;
esac
[ -z "$differs" ] || [ "$sqlite_differs" ] || skip_all "the budget was counted with other tools; here: $differs"
each_case judge_case
finish
