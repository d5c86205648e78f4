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
# Locals apart from the stack, as a thorough run has them, must not make states look different that are not.
export ASAN_OPTIONS="detect_stack_use_after_return=1:${ASAN_OPTIONS-}"

# passes CASE VARIANT MOST: within so many executions. A build may have a few more than another; but states that it cannot
# tell to be the same soon make that ten times as many.
passes() {
	local executions
	"$daemon" "--diagnose=$1" "--variant=$2" --json > out 2> err < /dev/null
	result $? "$1 $2 passes" "$(cut -c1-300 out; tail -n 20 err)"
	result "$(grep -q '"complete":true' out; echo $?)" "$1 $2: every schedule is covered" "$(grep -o '"explored":.*' out)"
	executions=$(sed -n 's/.*"executions":\([0-9]*\).*/\1/p' out)
	result "$((${executions:-$3} >= $3))" "$1 $2: as every build does it, in $executions executions"
	nothing "$1 $2: and nobody has anything to say" "$(cat err)"
}

passes self-queue 1x1x2-drop-newest 2000
passes self-queue 1x1x2-drop-oldest 2000
passes self-queue 2x1x1 3000
passes self-queue 1x2x2-patient 20000
passes self-queue 1x2x2-split 5000
passes self-queue 2x1x1-abandon 5000
passes self-queue 2x1x1-asks-leaves 5000
passes self-pool 1x1x1 20000
passes self-pool 1x2x1-errands 25000
passes self-shutdown 1x1x1 7500
passes self-shutdown 1x1x2-held-calm 3000
finish
