#!/usr/bin/env bash
# catchbasind --diagnose as people use it: the list, what is shown, schedules that repeat, and every exit code.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/../house/house.sh"

daemon=$build/catchbasind
[ -x "$daemon" ] || skip_all "catchbasind is not built"
own_dir
cd "$dir" || exit 99
replays=${DIAGNOSE_REPLAYS:-20}
# A sanitizer that sleeps for a second at each end would make hours of this.
export TSAN_OPTIONS="atexit_sleep_ms=0 ${TSAN_OPTIONS-}"

# run ARGUMENT...: status, out and err of catchbasind with these.
run() {
	"$daemon" "$@" > out 2> err < /dev/null
	status=$?
}

# refused PART ARGUMENT...: status 64, nothing on standard output, and one line of words with PART.
refused() {
	local part=$1
	shift
	run "$@"
	[ "$status" -eq 64 ] && [ ! -s out ] && [ "$(wc -l < err)" -eq 1 ] && grep -qF -- "$part" err
	result $? "catchbasind $*: refused, \"$part\"" "status $status: $(cat err)"
}

# The list.
run --diagnose
result "$status" "--diagnose lists the cases"
nothing "a line each: name, two spaces, description" "$(grep -vE '^[a-z][a-z0-9-]*  [^ ].*$' out)"
nothing "all of the contract are there" "$(for name in race race-sqlite deadlock deadlock-missed-unlock deadlock-helper \
	deadlock-abba rlock slot-pipeline slot-early-release queue-drain queue-lost-tail queue-stuck-producer \
	daemon-thread swallowed-error semaphore timer barrier threads-join lost-wakeup; do
	grep -q "^$name  " out || echo "$name"
done)"
mapfile -t cases < <(cut -d ' ' -f 1 out | grep -v '^self-')

# Every case: as expected, the same twice, and narrow.
: > schedules
for name in "${cases[@]}"; do
	run "--diagnose=$name"
	[ "$status" -eq 0 ] && [ ! -s err ]
	result $? "$name: every variant behaves as expected" "status $status: $(cat err)"
	mv out first
	run "--diagnose=$name"
	cmp -s first out
	result $? "$name: the same output a second time"
	nothing "$name: fits 100 columns" "$(awk 'length > 100' first)"
	sed -nE 's/^schedule (cb1:.*)$/\1/p' first >> schedules
done
result "$(($(wc -l < schedules) < 30))" "schedules are told"

# What is told repeats, byte for byte.
while read -r schedule; do
	run --diagnose --replay="$schedule"
	result "$status" "${schedule:0:60} repeats" "$(cat err)"
	nothing "and fits 100 columns" "$(awk 'length > 100' out)"
	mv out first
	nothing "$replays times the same" "$(for ((i = 0; i < replays; i++)); do
		"$daemon" --diagnose --replay="$schedule" 2>&1 | cmp -s - first || echo "replay $i differs"
	done)"
done < schedules
abba=$(grep '^cb1:deadlock-abba:broken:' schedules)
mapfile -t kept < <(cat "$top"/tests/schedules/*.txt 2> /dev/null | grep '^cb1:')
nothing "${#kept[@]} schedules of bugs once found still repeat, and fit 100 columns" "$(for schedule in "${kept[@]}"; do
	"$daemon" --diagnose --replay="$schedule" > out 2> err || echo "$schedule: $(cat err)"
	awk 'length > 100' out
done)"

# What does not fit is told.
run --diagnose --replay="${abba%:*}:00000000"
[ "$status" -eq 3 ] && grep -q digest err
result $? "another digest: status 3" "status $status: $(cat err)"
run --diagnose --replay=cb1:deadlock-abba:broken:A2BA:00000000
[ "$status" -eq 3 ] && grep -q 'step 4: the schedule wants A (main); who could go on: B (transfer), C (audit)' err
result $? "a schedule that leads elsewhere: status 3, with step, thread and who could go on" "status $status: $(cat err)"
refused "byte 26:" --diagnose --replay=cb1:deadlock-abba:broken:x:00000000
refused "begins with cb1:" --diagnose --replay=nonsense
refused "there is none" --diagnose --replay=cb1:no-such-case:broken:A:00000000
refused "there is none" --diagnose --replay=cb1:race:no-such-variant:A:00000000
refused "another case" --diagnose=race "--replay=$abba"
refused "no place beside it" --diagnose "--replay=$abba" --explore
refused "unknown case \"no-such-case\"" --diagnose=no-such-case
refused "no variant \"no-such-variant\"; it has broken" --diagnose=race --variant=no-such-variant
refused "a case is wanted" --diagnose --explore
refused "means something only beside --diagnose" --explore

# One variant, searches, dice.
run --diagnose=race --variant=fixed
[ "$status" -eq 0 ] && grep -q 'variant fixed' out && ! grep -q 'variant broken' out
result $? "--variant shows one"
run --diagnose=race --variant=fixed --explore
[ "$status" -eq 0 ] && grep -q complete out
result $? "--explore says that the search was complete"
grep -q 'executions in' err && ! grep -q ' a second' out
result $? "and how fast, beside the output"
run --diagnose=race --explore
grep -qE '4 of 6 +ends in 1' out && grep -qE '2 of 6 +ends in 2' out
result $? "the table of outcomes is exact"
# A case that is no run of the model has nothing to count, and says so, in text as in JSON.
run --diagnose=race-sqlite --variant=broken --explore
said=$(tr '\n' ' ' < out | tr -s ' ' | grep -o 'the value ends in 1; .*[a-z]\.')
[ "$status" -eq 0 ] && [[ $said == *"played once, in this order"* ]]
result $? "--explore of a real file: played once, nothing to search"
run --diagnose=race-sqlite --variant=broken --explore --json
grep -qF "\"sentence\":\"${said%.}\"" out && grep -q '"explored":null' out
result $? "and --json says the same" "$said"
for seed in 1 2; do
	run --diagnose=deadlock-abba --variant=broken --seed=$seed
	[ "$status" -eq 0 ] && grep -q 'schedule cb1:deadlock-abba:broken:' out
	result $? "--seed=$seed finds the deadlock"
	tr '\n' ' ' < out | tr -s ' ' | grep -q 'found at random in execution'
	result $? "and says that it was at random"
done
run --diagnose=race --variant=fixed --seed=1
tr '\n' ' ' < out | tr -s ' ' | grep -q 'NO FAILURE FOUND as expected: searched at random from 1, which covers nothing for certain: 10,000 executions'
result $? "a search at random that finds nothing says so, too"

# For programs and for browsers.
run --diagnose=race --json
[ "$status" -eq 0 ] && [ "$(wc -l < out)" -eq "$(grep -c '^{.*}$' out)" ] && [ "$(wc -l < out)" -ge 2 ]
result $? "--json: an object a line"
nothing "with the fields of the contract" "$(for field in case variant verdict schedule steps; do
	[ "$(grep -c "\"$field\":" out)" -eq "$(wc -l < out)" ] || echo "$field"
done)"
if command -v python3 > /dev/null; then
	python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)' < out 2> err
	result $? "which is JSON" "$(cat err)"
else
	skip "which is JSON" "python3 is missing"
fi
# The same keys everywhere, on every level: a program that reads one case reads them all.
if command -v python3 > /dev/null; then
	for name in "${cases[@]}"; do
		"$daemon" "--diagnose=$name" --json < /dev/null
	done > all.json
	"$daemon" --diagnose --replay="$abba" --json < /dev/null >> all.json
	"$daemon" --diagnose=race --seed=1 --json < /dev/null >> all.json
	nothing "every object of $(wc -l < all.json) has the same keys as the others of its kind" "$(python3 -c '
import json, sys

keys = {}

def look(value, path, where):
    if isinstance(value, dict):
        known = keys.setdefault(path, (set(value), where))
        if known[0] != set(value):
            print(where, path or "the object itself", "has other keys than", known[1], sorted(known[0] ^ set(value)))
        for key, inner in value.items():
            look(inner, path + "." + key, where)
    elif isinstance(value, list):
        for inner in value:
            look(inner, path + "[]", where)

for line in open("all.json"):
    run = json.loads(line)
    look(run, "", run["case"] + " " + run["variant"])
if ".steps[]" not in keys or ".threads[]" not in keys or ".explored" not in keys or ".waits" not in keys:
    print("not all kinds have been seen:", sorted(keys))
' 2>&1 | head -20)"
	rm all.json
else
	skip "the same keys everywhere" "python3 is missing"
fi
run --diagnose=deadlock-abba --html=page.html
[ "$status" -eq 0 ] && grep -qi '<html' page.html && ! grep -qE '(src|href)="?https?:' page.html
result $? "--html writes a page of its own"
cp page.html first.html
run --diagnose=deadlock-abba --html=page.html
cmp -s page.html first.html
result $? "the same page a second time"
run --diagnose=deadlock-abba --html=no/such/directory/page.html
[ "$status" -ne 0 ] && grep -q 'no/such/directory' err
result $? "a page that cannot be written is an error" "status $status: $(cat err)"
rm -f page.html first.html
nothing "no store and no socket is left behind" "$(find . -mindepth 1 ! -name out ! -name err ! -name first ! -name schedules)"
finish
