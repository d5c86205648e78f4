#!/usr/bin/env bash
# The proofs of the production code, as it is built, and then changes to it, each of which one of the proofs must find.
#
# A mutant is killed by the schedule that is kept for it in tests/schedules/mutants.txt. Where that no longer fails, its
# cases are searched again, and the test fails: `make renew-mutants` (RENEW_MUTANTS=1) searches for all and keeps anew.
# ONLY_MUTANTS="name ..." takes these alone, and no proofs.
#
# With ThreadSanitizer it is the turn of those alone whose races only it can see.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/../house/house.sh"

[ -f "$build/tests/mutants/how.sh" ] || skip_all "how to build a mutant is not known: make tests/mutants/how.sh"
has=
nm "$build/src/core/libcore.a" | grep -q ' __tsan_' && has=tsan
[ -z "$has" ] && instrumented "$build/src/core/libcore.a" && skip_all "an instrumented build would take many times as long"
export TSAN_OPTIONS="${TSAN_OPTIONS-} atexit_sleep_ms=0 exitcode=66"
own_dir
# shellcheck source=tests/mutants/mutants.sh
. "$top/tests/mutants/mutants.sh"
kept=$top/tests/schedules/mutants.txt
original=$build/tests/mutants/drive
begun=$EPOCHREALTIME

# since TIME: milliseconds.
since() {
	echo "$(((${EPOCHREALTIME/./} - ${1/./}) / 1000))"
}

# slot CPU NAME...: one after the other, all that no other slot has begun. A search keeps to one CPU: this one.
slot() {
	local cpu=$1 name begun
	shift
	taskset -cp "$cpu" "$BASHPID" > /dev/null 2>&1 || :
	for name; do
		mkdir "$dir/$name" 2> /dev/null || continue
		begun=$EPOCHREALTIME
		case $name in
		self-*) prove "$name" ;;
		*) try "$name" ;;
		esac > "$dir/$name/said" 2>&1
		echo $? > "$dir/$name/status"
		since "$begun" > "$dir/$name/ms"
	done
}

# in_turn NAME...: proofs and mutants, two at a time; the long ones first.
in_turn() {
	local cpu
	for cpu in $(sed -n 's/^Cpus_allowed_list:[^0-9]*//p' /proc/self/status | tr , '\n' |
		while IFS=- read -r from to; do seq "$from" "${to:-$from}"; done | head -n 2); do
		slot "$cpu" "$@" &
	done
	wait
}

# status, said: of a name.
status() {
	cat "$dir/$1/status"
}

said() {
	cat "$dir/$1/said"
}

prove() {
	timeout 600 "$build/catchbasind" "--diagnose=$1" && return
	echo "status $?"
	return 1
}

# field NAME FILE: a text of the one JSON object in FILE.
field() {
	sed -nE 's/^.*"'"$1"'":"(([^"\\]|\\.)*)".*/\1/p' "$2"
}

# is_found STATUS FILE: the proof fails as the mutant's own file says; of a race ThreadSanitizer tells, in FILE.err.
is_found() {
	if [ "$verdict" = race ]; then
		[ "$1" -eq 66 ] && grep -qF 'ThreadSanitizer: data race' "$2.err" && grep -qF -- "$says" "$2.err"
		return
	fi
	[ "$1" -eq 1 ] && [ "$(field verdict "$2")" = "$verdict" ] && grep -qF -- "$says" "$2"
}

told() {
	echo "status $1, $(field verdict "$2"): $(field why "$2"); $(field sentence "$2")"
}

# follow PROGRAM SCHEDULE FILE
follow() {
	timeout 60 "$1" "$2" > "$3" 2> "$3.err" < /dev/null
}

# The kept schedule kills it, twice the same, and has nothing against the original.
kill_by() {
	local status
	if [ -z "$1" ]; then
		echo "no schedule is kept"
		return 1
	fi
	follow "$program" "$1" "$program.first"
	status=$?
	if ! is_found "$status" "$program.first"; then
		told "$status" "$program.first"
		cat "$program.first.err"
		return 1
	fi
	follow "$program" "$1" "$program.again"
	cmp "$program.first" "$program.again" || return
	follow "$original" "$1" "$program.original"
	status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] && return
	echo "the original fails as well: $(told "$status" "$program.original")"
	return 1
}

# Looks for a schedule, in all cases that are to find it; the first found is told.
search() {
	local one status
	for one in "${by[@]}"; do
		# shellcheck disable=SC2086 # two words
		timeout 120 "$program" $one > "$program.searched" 2> "$program.searched.err" < /dev/null
		status=$?
		if is_found "$status" "$program.searched"; then
			field schedule "$program.searched" > "$program.schedule"
			echo "$one: $(field why "$program.searched"); $(field sentence "$program.searched")"
			return
		fi
		echo "$one: $(told "$status" "$program.searched")"
	done
	return 1
}

try() {
	local story file needs verdict says by is becomes program=$dir/$1/mutant source
	read_mutant "$top/tests/mutants/$1.mut" || return
	# The copy keeps its name: what is told of it names the file.
	source=$dir/$1/${file##*/}
	mutate "$top/$file" "$source" && build_mutant "$source" "$program" || return
	# A search has no eye for a race: the schedule it gives is one of many, and may be one that shows none.
	[ -n "$needs" ] && kill_by "$(kept_schedule "$1")" && return
	if [ -n "${RENEW_MUTANTS-}" ]; then
		search && kill_by "$(cat "$program.schedule")"
		return
	fi
	kill_by "$(kept_schedule "$1")" && return
	echo "the kept schedule does not kill it; searching:"
	search && echo "another does: make renew-mutants would keep it"
	return 1
}

mapfile -t all < <(find "$top/tests/mutants/" -name '*.mut' -exec basename {} .mut \; | sort)
mapfile -t mutants < <(mutants_of "$has")
[ -z "${ONLY_MUTANTS-}" ] || read -ra mutants <<< "$ONLY_MUTANTS"
result "$((${#all[@]} < 20))" "there are at least 20 mutants"

proofs=()
[ -n "${ONLY_MUTANTS-}${RENEW_MUTANTS-}$has" ] || proofs=(self-shutdown self-pool self-queue)

in_turn "${proofs[@]}" "${mutants[@]}"
for name in "${proofs[@]}"; do
	result "$(status "$name")" "$name: no schedule fails" "$(said "$name")"
	nothing "$name: all that was promised was searched" "$(said "$name" | grep executions |
		grep -vE ' passes  (complete|up to 2 preemptions), [0-9,]+ executions$')"
	said "$name" | grep executions | sed 's/^/# /'
done
for name in "${mutants[@]}"; do
	result "$(status "$name")" "$name: $(sed -n 's/^story: //p' "$top/tests/mutants/$name.mut")" "$(said "$name")"
done
for name in "${proofs[@]}" "${mutants[@]}"; do
	echo "# $name: $(cat "$dir/$name/ms") ms"
done
echo "# together: $(since "$begun") ms"

if [ -n "${RENEW_MUTANTS-}" ]; then
	{
		sed '/^[^#]/d' "$kept"
		for name in "${all[@]}"; do
			if [ -s "$dir/$name/mutant.schedule" ]; then
				echo "$name $(cat "$dir/$name/mutant.schedule")"
			elif [ -n "$(kept_schedule "$name")" ]; then
				echo "$name $(kept_schedule "$name")"
			fi
		done
	} > "$dir/kept" && cat "$dir/kept" > "$kept"
fi
nothing "a schedule is kept for each mutant, and for nothing else" "$(diff <(printf '%s\n' "${all[@]}") \
	<(sed -n 's/ cb1:.*//p' "$kept" | sort))"
finish
