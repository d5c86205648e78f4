#!/usr/bin/env bash
# What the daemon is asked to do: reload, loglevel, drain, dump, stats; who may ask; and what it does to others.
. "${top_srcdir:-.}/tests/system/lib.sh"

conf() {
	base_conf
	cat <<- CONF
		workers = ${1:-2}
		batch_messages = ${2:-4096}
		[listener in]
		address = tcp://127.0.0.1:0
		[listener gram]
		address = udp://127.0.0.1:0
	CONF
}
asked=("$CATCHBASIN" "--socket=$socket")
conf > my.conf
start_daemon my.conf || done_testing
json() { jq -r "$1" < "$work/out"; }
command -v jq > /dev/null || json() { echo "no jq"; }

# ---- loglevel ----
exits 0 "loglevel" "${asked[@]}" loglevel
is "$(cat out)" "log level info, as configured" "as configured"
exits 0 "loglevel debug" "${asked[@]}" loglevel debug --for=1m
has "$(cat out)" "log level debug for" "for a while"
blast -n 10 -S debug "$(address_of in)"
await 5 "debug lines appear" logged 'debug .*begin'
exits 0 "for a shorter while" "${asked[@]}" loglevel debug --for=500ms
await 5 "it ends by itself" logged 'the time is over: log level info'
exits 0 "loglevel again" "${asked[@]}" loglevel
is "$(cat out)" "log level info, as configured" "as configured"
exits 0 "without a time" "${asked[@]}" loglevel debug
has "$(cat out)" "for 10m 0s" "ten minutes"
exits 0 "put back" "${asked[@]}" loglevel configured
is "$(cat out)" "log level info, as configured" "at once"
exits 64 "a level there is none of" "${asked[@]}" loglevel loud

# ---- reload ----
exits 0 "reload" "${asked[@]}" reload
is "$(cat out)" "reloaded, generation 1: nothing has changed" "with its generation"
conf 3 100 > my.conf
exits 0 "a changed configuration" "${asked[@]}" reload
like "$(grep '^applied: ' out)" 'my\.conf:[0-9]+: \[store main\] batch_messages: 100, was 4096' "what was applied"
like "$(grep '^waits: ' out)" 'my\.conf:[0-9]+: \[store main\] workers: 3, was 2: not applied, this takes a restart' "what waits"
echo "[sotre main]" >> my.conf
echo "pth = x" >> my.conf
exits 78 "a wrong one" "${asked[@]}" reload
has "$(cat err)" 'unknown section [sotre main]; did you mean [store' "with the reasons"
is "$(grep -vc '^catchbasin: ' err)" 0 "each a line"
has "$(tail -n 1 err)" "nothing was changed" "and what came of it"
exits 0 "it goes on" "${asked[@]}" status
has "$(cat out)" "reloads 2" "with the generation before"
conf 3 100 > my.conf
printf '[listener taken]\naddress = tcp://127.0.0.1:%s\n' "$(port_of in)" >> my.conf
exits 78 "an address that is taken" "${asked[@]}" reload
has "$(cat err)" "in use" "says so"
conf 3 100 > my.conf
exits 0 "all is well again" "${asked[@]}" reload --json
command -v jq > /dev/null && is "$(json '[.generation, (.waiting | length), (.reasons | length)] | tostring')" "[3,1,0]" "in numbers"

# ---- drain ----
exits 0 "drain of nothing" "${asked[@]}" drain
has "$(cat out)" "0 messages stored meanwhile, 0 lost" "takes no time"
blast -n 50000 -s 100 -S load "$(address_of in)" &
blaster=$!
for i in 1 2 3 4 5; do
	exits 0 "drain under load, $i" "${asked[@]}" drain
	like "$(cat out)" '^drained in .*, 0 lost$' "loses nothing"
done
wait $blaster
await_rows 50010
ok "everything is stored" has_rows 50010
"$CATCHBASIN" --socket="$socket" drain --hold=$((3 + 2 * TEST_SLOW))s > hold.out 2>&1 &
holder=$!
paused() { ctl status | grep -q PAUSED; }
await 5 "a drain that holds" paused
exits 75 "another one meanwhile" "${asked[@]}" drain
has "$(cat err)" "another drain is under way" "has to wait"
before=$(rows)
blast -n 100 -S held "$(address_of gram)"
sleep 0.3 # time enough to read them
is "$(rows)" "$before" "nothing is read while it holds"
wait $holder
is $? 0 "it ends"
await_rows $((before + 100))
ok "what came meanwhile is stored" has_rows $((before + 100))

# A drain that cannot end, and one that a stop ends.
lock_store
blast -n 10 -S locked "$(address_of in)"
arrived() { ctl audit --json | grep -Eq '"received": *'$((before + 110))'\b'; }
await 5 "it has what was sent" arrived
exits 75 "a drain of a store that is locked" "${asked[@]}" drain --timeout=500ms
has "$(cat err)" "messages left to store" "in words"
unlock_store
await_rows $((before + 110))
exits 0 "it reads again" "${asked[@]}" audit

# ---- dump and stats ----
exits 0 "dump" "${asked[@]}" dump
has "$(cat out)" "no thread waits for a lock" "who waits"
await 5 "the rest is in the log" logged 'queue main: '
exits 0 "stats" "${asked[@]}" stats
like "$(cat out)" 'committed_messages_total store=main +50,' "for people"
exits 0 "stats as JSON" "${asked[@]}" stats --json
command -v jq > /dev/null && is "$(json '[.metrics[] | select(.name == "catchbasin_books_balanced") | .samples[0].value] | tostring')" "[1]" "in numbers"
exits 0 "stats for Prometheus" "${asked[@]}" stats --prometheus

# What promtool would find: order, HELP and TYPE before samples, names, units, doubles.
lint() {
	awk '
		function bad(why) { print FILENAME ":" FNR ": " why ": " $0; n++ }
		/^# HELP / {
			if ($3 in help) bad("HELP twice")
			if (NF < 4) bad("no words")
			help[$3] = 1; family = $3; next
		}
		/^# TYPE / {
			if ($3 != family) bad("TYPE without HELP before")
			if ($4 != "counter" && $4 != "gauge" && $4 != "histogram") bad("no type")
			if (($4 == "counter") != ($3 ~ /_total$/)) bad("_total is for counters, and for all of them")
			if ($3 !~ /^(catchbasin|process)_[a-z_]+$/) bad("no good name")
			if ($3 ~ /_(ms|us|milliseconds|microseconds|kb|kib|minutes|percent)(_total)?$/) bad("no base unit")
			if ($3 ~ /(_count|_sum|_bucket)$/ && $4 != "histogram") bad("a name kept for histograms")
			next
		}
		/^#|^$/ { bad("neither HELP nor TYPE"); next }
		{
			name = $0; sub(/[ {].*/, "", name)
			if (name != family && name !~ "^" family "_(bucket|sum|count)$") bad("a sample of another metric")
			line = $0; value = line; sub(/.*[} ]/, "", value)
			if (value !~ /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/ && value != "+Inf") bad("no number")
			series = line; sub(/ [^ ]*$/, "", series)
			if (series in seen) bad("a series twice")
			seen[series] = 1
			if (series ~ /{/ && series !~ /^[a-z_]+{([a-z_]+="([^"\\]|\\["\\n])*",?)+}$/) bad("labels")
		}
		END { exit n > 0 }' "$1"
}
ok "the text is what Prometheus wants" lint out
for name in received_messages_total received_bytes_total received_datagrams_total kernel_dropped_total lost_messages_total \
	truncated_messages_total connections socket_rcvbuf_bytes socket_rcvbuf_used_bytes queue_messages queue_bytes \
	queue_capacity_bytes queue_high_water_bytes committed_messages_total at_risk_messages last_commit_timestamp_seconds \
	db_bytes disk_free_bytes config_generation config_last_reload_success build_info; do
	grep -q "^catchbasin_${name}[ {]" out || fail "catchbasin_$name is there"
done
has "$(grep '^process_' out)" "process_resident_memory_bytes" "and the process itself"
is "$(grep '^catchbasin_config_generation ' out)" "catchbasin_config_generation 3" "with the right numbers"

# ---- who may ask ----
chmod 755 "$work"
if [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups "$CATCHBASIN" --version > /dev/null 2>&1; then
	stranger=(setpriv --reuid=65534 --regid=65534 --clear-groups "${asked[@]}")
	member=(setpriv --reuid=65534 --regid=0 --clear-groups "${asked[@]}")
	exits 77 "a stranger cannot connect" "${stranger[@]}" status
	chmod 666 "$socket"
	exits 77 "or is refused where the mode lets him in" "${stranger[@]}" status
	has "$(cat err)" "root, the daemon's user and its group" "in words"
	exits 0 "the daemon's group may look" "${member[@]}" status
	for order in reload drain "loglevel debug" dump; do
		# shellcheck disable=SC2086 # words
		exits 77 "and may not $order" "${member[@]}" $order
	done
	await 5 "it is logged" logged 'reload refused to process [0-9]+ \(uid 65534\)'
	chmod 660 "$socket"
fi

# ---- nobody, somebody who stops ----
for verb in reload drain dump stats "loglevel debug" top; do
	# shellcheck disable=SC2086 # words
	exits 69 "$verb without a daemon" "$CATCHBASIN" --socket=nowhere.sock $verb
	is "$(wc -l < err)" 1 "one line"
	# shellcheck disable=SC2086
	exits 69 "$verb of a store alone" "$CATCHBASIN" --store="$store" $verb
done
"$CATCHBASIN" --socket="$socket" drain --hold=30s > hold.out 2>&1 &
holder=$!
await 5 "a drain that holds" paused
stop_daemon
is $? 0 "a stop ends it"
wait $holder
status=$?
ok "and it says so" test "$status" -eq 75 -o "$status" -eq 69
books_balance
done_testing
