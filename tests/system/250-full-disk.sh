#!/usr/bin/env bash
# The disk fills up while the daemon runs: nothing is lost, one warning in ten seconds, and on as soon as there is space.
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

mkdir disk
mount -t tmpfs -o size=24m none "$work/disk" || skip_all "no file system can be mounted here"
trap 'status=$?; cd /; umount -l "$work/disk"; (exit $status); clean_up' EXIT
store=$work/disk/messages.db
fill() {
	dd if=/dev/zero of=disk/ballast bs=64k 2> /dev/null
	dd if=/dev/zero of=disk/rest bs=512 2> /dev/null
	[ "$(stat -f -c %f disk)" = 0 ]
}
release() { rm -f disk/ballast disk/rest; }
{
	printf '[daemon]\ndrain_timeout = 1s\n'
	base_conf
	printf '[listener in]\naddress = tcp://127.0.0.1:0\n'
} > my.conf
start_daemon my.conf || done_testing
pid=$(daemon_pid)
blast -n 1000 -S before "$(address_of in)"
await_rows 1000
blast -n 40000 -r 10000 -S through "$(address_of in)" > blast.out &
sender=$!
ok "the disk is full" fill
await 10 "which is told" logged 'warning.*messages.db: .*full.*holding [0-9,]+ messages, retrying'
received() { ctl audit --json | grep -Eq "\"received\": *$1\b"; }
await 20 "messages are taken all the same" received 41000
wait $sender
is $? 0 "the sender notices nothing"
has "$(ctl status)" "full" "catchbasin status names the reason"
ok "the books balance meanwhile" ctl audit > audit.out
is "$(daemon_log | grep -c 'messages.db: .*retrying')" 1 "one warning, not one for each try"
at_most "$(rows)" 40999 "not all could be stored"
ok "space is made" release
clock_begin
await 10 "and all is stored" has_rows 41000
clock_end
in_time 1000 "within a second"
await 5 "and that is told" logged 'storing again'
is "$(daemon_pid) $(is_running && echo runs)" "$pid runs" "by the same process"
ordered through-0 40000
blast -n 100 -S after "$(address_of in)"
await_rows 41100
books_balance
stop_daemon
is $? 0 "a clean stop"
books_balance
is "$(sqlite3 "$store" 'PRAGMA integrity_check')" ok "the database is whole"

# A stop on a full disk: what cannot be stored is told, and the next start goes on from there.
start_daemon my.conf || done_testing
fill
blast -n 20000 -s 500 -S left "$(address_of in)"
await 10 "20,000 messages wait" received 20000
stop_daemon
is $? 75 "a stop on a full disk leaves messages behind"
stored=$(number stored)
is "$((stored + $(number shutdown)))" 20000 "each of them counted: $(receipt)"
at_least "$(number left)" 1 "some as left"
exits 74 "a start on a full disk" "$CATCHBASIND" -c my.conf
has "$(cat err)" "messages.db" "names the store"
has "$(cat err)" "full" "and why"
mkdir disk/new
sed "s,disk/messages.db,disk/new/messages.db," my.conf > new.conf
run "$CATCHBASIND" -c new.conf
like $? '^7[34]$' "so does a start of a store that is not there yet"
release
start_daemon my.conf || done_testing
is "$(sql "SELECT count(*) FROM loss WHERE reason = 'crash'")" 1 "the next start notes that no receipt was left"
blast -n 100 -S later "$(address_of in)"
await 10 "has what the receipt said, and goes on" has_rows $((41100 + stored + 100))
is "$(rows)" $((41100 + stored + 100)) "with nothing twice"
stop_daemon
is $? 0 "a clean stop"
books_balance
is "$(sql "SELECT max(id) - min(id) + 1 - count(*) FROM messages")" 0 "ids are dense"
start_daemon new.conf
is $? 0 "the store that could not be made is made now"
store=$work/disk/new/messages.db
stop_daemon
is $? 0 "and stops cleanly"
books_balance
done_testing
