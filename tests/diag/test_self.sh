#!/usr/bin/env bash
# Proofs of the production code that are small enough for every build: in an instrumented one the sanitizers watch that
# code in all its orders, with the model's locks as the only ones they know.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/../house/house.sh"

daemon=$build/catchbasind
[ -x "$daemon" ] || skip_all "catchbasind is not built"
own_dir
cd "$dir" || exit 99
export TSAN_OPTIONS="atexit_sleep_ms=0 ${TSAN_OPTIONS-}"

# passes CASE VARIANT...
passes() {
	local case=$1 variant
	shift
	for variant; do
		"$daemon" "--diagnose=$case" "--variant=$variant" > out 2> err < /dev/null
		result $? "$case $variant passes" "$(tail -n 20 out err)"
		result "$(grep -q 'search complete:' out; echo $?)" "$case $variant: every schedule is covered" "$(tail -n 4 out)"
		nothing "$case $variant: and nobody has anything to say" "$(cat err)"
	done
}

passes self-queue 1x1x2-drop-newest 1x1x2-drop-oldest 2x1x1 1x2x2-patient 1x2x2-split 2x1x1-abandon 2x1x1-asks-leaves
passes self-pool 1x1x1
passes self-shutdown 1x1x2-held-calm
finish
