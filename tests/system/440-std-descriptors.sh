#!/usr/bin/env bash
# Started without standard descriptors, or with many that are not ours: the database is never one of them.
. "${top_srcdir:-.}/tests/system/lib.sh"
need perl

{
	base_conf
	printf '[listener in]\naddress = unix://%s\n' "$work/in.sock"
} > my.conf
# Of the daemon alone: ctl would go on to the file.
answers() { "$CATCHBASIN" "--socket=$socket" status > status.out 2>&1; }

# closed NAME WHICH...: starts it with those descriptors closed, drives it, and stops it.
closed() {
	local name=$1 pid fd
	shift
	rm -f "$store"*
	perl -e 'use POSIX; my $keep = shift; POSIX::close($_) for @ARGV; exec $ENV{CATCHBASIND}, "-c", "my.conf"' x "$@" \
		{TAP}>&- < /dev/null > daemon.out 2> daemon.log &
	pid=$!
	echo $pid > daemon.pid
	await 20 "$name: it starts" answers
	for fd in 0 1 2; do
		like "$(readlink "/proc/$pid/fd/$fd")" '^(/dev/null|.*/daemon\.(out|log))$' "descriptor $fd is harmless"
	done
	# Much is said, and some of it on standard error.
	signal_daemon USR2
	signal_daemon USR1
	blast -n 1000 "unix://$work/in.sock"
	await_rows 1000
	signal_daemon HUP
	stop_daemon
	is $? 0 "$name: a clean stop"
	is "$(sqlite3 "$store" 'PRAGMA integrity_check')" ok "the database is whole"
	is "$(rows)" 1000 "and complete"
	is "$(grep -ac 'told to stop' "$store")" 0 "with no log in it"
}
export CATCHBASIND
closed "no descriptor 0" 0
closed "no descriptor 2" 2
closed "no descriptors 1 and 2" 1 2
closed "none of the three" 0 1 2

# With nothing on standard error there is no receipt to look at, but in the store.
is "$(sql "SELECT received || ' ' || stored || ' ' || lost || ' ' || clean FROM runs")" "1000 1000 0 1" "the receipt is in the store"
ok "its books balance" "$CATCHBASIN" --store="$store" audit > audit.out

# What is said on a closed descriptor before the start.
for which in 1 2; do
	perl -e 'use POSIX; POSIX::close($ARGV[0]); exec $ENV{CATCHBASIND}, "--version"' $which > out 2> err
	is $? 0 "--version with descriptor $which closed"
done

# Strays: some on the store's own files, which closing would unlock for POSIX, and a listener's number at 3.
# They are closed, but for the one that is the configuration.
rm -f "$store"*
for _ in $(seq 50); do
	# shellcheck disable=SC2034 # it is only to be open
	exec {stray}< my.conf
done
: > "$store"
exec {mine}<> "$store"
start_daemon my.conf
is $? 0 "with 50 strays and one on the store it starts"
is "$(find "/proc/$(daemon_pid)/fd" -lname "$work/my.conf" | wc -l)" 0 "and has none of the 50"
blast -n 1000 "unix://$work/in.sock"
await_rows 1000
sed "s,catchbasin.sock,other.sock,; s,in.sock,other.in," my.conf > second.conf
exits 73 "a second one is kept off the store all the same" "$CATCHBASIND" -c second.conf
exec {mine}>&-
exits 73 "also when the stray is gone" "$CATCHBASIND" -c second.conf
stop_daemon
is $? 0 "a clean stop"
books_balance
for path in /dev/fd /proc/self/fd; do
	exec {stray}< my.conf
	start_daemon "$path/$stray"
	is $? 0 "a configuration that is a descriptor, in $path"
	exec {stray}<&-
	blast -n 10 "unix://$work/in.sock"
	stop_daemon
	is $? 0 "a clean stop"
done
is "$(rows)" 1020 "which was read: all is stored where it says"
books_balance
done_testing
