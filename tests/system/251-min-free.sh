#!/usr/bin/env bash
# min_free on a small disk: the oldest messages go first, then the store is held, then what is dropped is counted, and with
# space it goes on by itself; each step is one line, and the books balance all the way.
if [ -z "${IN_NAMESPACE-}" ]; then
	# A small file system of its own that nobody else sees, gone with the last process in it.
	for how in -m -rm; do
		if unshare $how mount -t tmpfs none /tmp 2> /dev/null; then
			IN_NAMESPACE=1 exec unshare $how "$BASH" "$0" "$@"
		fi
	done
	echo '1..0 # SKIP only root, or who may make namespaces, can mount a small disk'
	exit 0
fi
. "${top_srcdir:-.}/tests/system/lib.sh"
need curl

mkdir disk
mount -t tmpfs -o size=96m none "$work/disk" || skip_all "no file system can be mounted here"
trap 'status=$?; cd /; umount -l "$work/disk"; (exit $status); clean_up' EXIT
store=$work/disk/messages.db
free_mib() { echo $(($(stat -f -c '%a * %S' disk) >> 20)); }
metric() { curl -s "$web/metrics" | sed -n "s/^$1{store=\"main\"} //p"; }
code() { curl -s -o body -w '%{http_code}' "$web$1"; }
received() { ctl audit --json | grep -Eq "\"received\": *$1\b"; }
# Lines of the log about the space, as words in order: prune held again.
told() {
	daemon_log | sed -nE 's/.*make room$/prune/p; s/.*nothing is stored until.*/held/p; s/.*storing goes on after.*/again/p
		s/.*were deleted for it in.*/enough/p' | tr '\n' ' '
}

conf() {
	printf '[daemon]\ndrain_timeout = 10s\n'
	base_conf
	printf 'min_free = %s\nqueue_messages = 2000\n' "$1"
	printf '[listener in]\naddress = tcp://127.0.0.1:0\n[listener drop]\naddress = udp://127.0.0.1:0\noverflow = drop-newest\n'
	printf '[metrics]\naddress = 127.0.0.1:0\n'
}
conf 24M > my.conf
start_daemon my.conf || done_testing
web=$(grep -oE 'metrics and status page: http://[^ ]*[0-9]' "$work/$who.log" | grep -o 'http:.*')
is "$(code /readyz)" 200 "ready"
is "$(metric catchbasin_store_room)" 0 "there is enough room"
is "$(metric catchbasin_min_free_bytes)" $((24 << 20)) "min_free is a metric"

# 1. More than the disk holds: the oldest go, all the newer are stored, the sender notices nothing.
# What is stored is asked without reading the store, as who reads keeps its log.
count=200000
blast -n $count -s 1000 -t 100 -S many "$(address_of in)"
is "$(field sent)" $count "$count messages of 1,000 bytes are sent to a disk of 96 MiB"
last_stored() { [ "$(metric catchbasin_committed_messages_total)" = $count ]; }
await 60 "the last is stored"  last_stored
is "$(told)" "prune " "that the oldest make room is told once"
is "$(metric catchbasin_store_room)" 1 "and is a metric"
at_least "$(free_mib)" 16 "the floor holds, but for what is under way: $(free_mib) MiB are free"
at_least "$(rows)" 20000 "$(rows) messages are left"
is "$(sql "SELECT max(id) - min(id) + 1 - count(*) FROM messages")" 0 "they are the newest, without a gap"
is "$(sql "SELECT (SELECT count(*) FROM messages) + (SELECT pruned FROM runs)")" $count "and those that went are counted"
has "$(ctl status)" PRUNING "catchbasin status says so"
ok "the books balance" ctl audit > audit.out

# 2. Others take what there is, again and again: the store shrinks to the size of min_free, and goes on in that.
before=$(rows)
blast -n 15000 -s 1000 -r 10000 -t 100 -S ring "$(address_of in)" > ring.out &
sender=$!
shrunk() {
	local spare=$(($(free_mib) - 12))
	[ $spare -le 0 ] || fallocate -l ${spare}M "disk/ballast.$((squeezes += 1))"
	! kill -0 $sender 2> /dev/null && [ "$(stat -c %s "$store")" -le $((30 << 20)) ]
}
squeezes=0
await 30 "others take what is left, and the store shrinks" shrunk
wait $sender
is $? 0 "who sends meanwhile notices nothing"
ring() { [ "$(metric catchbasin_committed_messages_total)" = $((count + 15000)) ]; }
await 20 "all is stored" ring
like "$(told)" '^prune (enough prune )*$' "and nothing was held"
at_most "$(rows)" $((before - 1)) "more of the oldest went: $before, now $(rows)"
at_least "$(rows)" 18000 "but not all: a store of the size of min_free is left alone"

# 3. With a min_free that is more than the store has, it is held; what cannot wait is dropped and counted, who can wait waits.
lines="$(told)held "
conf 50% > my.conf
ctl reload > reload.out
is $? 0 "half of the disk is to be free"
blast -n 9000 -s 1000 -t 100 -S waits "$(address_of in)" > waits.out &
sender=$!
await 20 "it is held" logged 'nothing is stored until'
is "$(metric catchbasin_min_free_bytes)" $((48 << 20)) "a share is told in bytes"
is "$(metric catchbasin_store_room)" 2 "held is a metric"
is "$(code /readyz)" 503 "not ready"
has "$(cat body)" "held" "and why"
is "$(code /healthz)" 503 "nor healthy"
has "$(ctl status)" HELD "catchbasin status says so"
full() { ctl status --json | grep -Eq '"held_sources": *[1-9]'; }
await 20 "the stream is held back" full
rows_held=$(rows)
blast -n 3000 -s 100 -r 30000 -S drops "$(address_of drop)"
dropped() { [ "$(curl -s "$web/metrics" | sed -n 's/^catchbasin_lost_messages_total{listener="drop",store="main",reason="queue_full"} //p')" = 3000 ]; }
await 20 "3,000 datagrams are counted as dropped" dropped
ok "the books balance while it is held" ctl audit > audit.out
is "$(rows)" "$rows_held" "nothing was stored meanwhile"
is "$(told)" "$lines" "and that was told once"

# 4. With space it goes on by itself.
rm -f disk/ballast*
clock_begin
await 20 "it goes on" logged 'storing goes on after'
clock_end
in_time 2000 "within two seconds"
wait $sender
is $? 0 "all of the stream is sent"
stream() { [ "$(sql "SELECT max(id) FROM messages")" = $((count + 24000)) ]; }
await 20 "and stored" stream
ordered waits-0 9000
is "$(code /readyz)" 200 "ready again"
loss_told() { [ "$(sql "SELECT coalesce(sum(messages), 0) FROM loss WHERE reason = 'queue_full' AND listener = 'drop'")" = 3000 ]; }
await 20 "the loss is in the store" loss_told
is "$(told)" "${lines}again " "told once"
ok "the books balance" ctl audit > audit.out

# 5. Held at a stop: the reserve is for that.
fallocate -l $(($(free_mib) - 20))M disk/ballast
blast -n 1500 -s 4000 -S last "$(address_of in)"
held_again() { [ "$(metric catchbasin_store_room)" = 2 ]; }
await 30 "held again" held_again
await 10 "messages wait" received $((count + 24000 + 3000 + 1500))
at_most "$(sql "SELECT count(*) FROM messages WHERE body LIKE 'last-0 %'")" 1499 "not all are stored"
stop_daemon 30
is $? 0 "a stop stores what was accepted, with the space that was kept back"
is "$(sql "SELECT count(*) FROM messages WHERE body LIKE 'last-0 %'")" 1500 "every message of it"
is "$(number left)" 0 "nothing is left: $(receipt)"
is "$(number received)" "$(($(number stored) + $(number lost)))" "the receipt balances"
is "$(number queue_full)" 3000 "with 3,000 lost to the full queue"
is "$(sql "SELECT stored - pruned FROM runs")" "$(rows)" "the rows are those stored, less those deleted"
ok "and catchbasin audit agrees" "$CATCHBASIN" --store="$store" audit > audit.out
is "$(sqlite3 "$store" 'PRAGMA integrity_check')" ok "the database is whole"
done_testing
