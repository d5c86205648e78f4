# shellcheck shell=bash
# What the system tests share. A test sources this file, drives the programs as users do, and ends with done_testing:
#
#	. "${top_srcdir:-.}/tests/system/lib.sh"
#	{ base_conf; printf '[listener in]\naddress = tcp://127.0.0.1:0\n'; } > my.conf
#	start_daemon my.conf
#	blast -n 1000 "tcp://127.0.0.1:$(port_of in)"
#	stop_daemon
#	is $? 0 "a clean stop"
#	is "$(rows)" 1000 "every message is a row"
#	books_balance
#	done_testing
#
# The test runs in a directory of its own, $work, gone at the end (KEEP=1 keeps it). CATCHBASIND and CATCHBASIN name other
# programs than those just built, such as installed ones. TEST_SLOW multiplies every patience, for slow builds.

set -u
lib_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top_srcdir=${top_srcdir:-$(cd "$lib_dir/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
CATCHBASIND=${CATCHBASIND:-$top_builddir/catchbasind}
CATCHBASIN=${CATCHBASIN:-$top_builddir/catchbasin}
TEST_SLOW=${TEST_SLOW:-1}
# The daemon must not take this terminal's or this service's surroundings for its own.
unset NOTIFY_SOCKET LISTEN_FDS LISTEN_PID LISTEN_FDNAMES JOURNAL_STREAM STATE_DIRECTORY RUNTIME_DIRECTORY WATCHDOG_USEC WATCHDOG_PID
export LC_ALL=C TZ=UTC

tests_ran=0
tests_bad=0
# Which daemon is meant, for tests with several: who=second start_daemon second.conf
who=daemon

work=$(mktemp -d "${TMPDIR:-/tmp}/catchbasin-test.XXXXXX") || exit 99
cd "$work" || exit 99
store=$work/messages.db
socket=$work/catchbasin.sock

# ---- TAP ----

# Results go where the test's output went at the start, so that "ok NAME COMMAND > file" catches the command's only.
exec {TAP}>&1

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

report() {
	tests_ran=$((tests_ran + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tests_ran" "$2" >&"$TAP"
	else
		tests_bad=$((tests_bad + 1))
		printf 'not ok %d - %s\n' "$tests_ran" "$2" >&"$TAP"
	fi
	return "$1"
}

pass() {
	report 0 "$1"
}

fail() {
	report 1 "$1"
}

# ok NAME COMMAND...: passes if the command succeeds.
ok() {
	local name=$1
	shift
	"$@"
	report $? "$name"
}

# not_ok NAME COMMAND...: passes if it fails.
not_ok() {
	local name=$1
	shift
	! "$@"
	report $? "$name"
}

# is GOT WANT NAME
is() {
	[ "$1" = "$2" ]
	report $? "$3" || {
		diag "got '$1', wanted '$2'"
		return 1
	}
}

# at_least GOT MINIMUM NAME, and at_most: whole numbers.
at_least() {
	[ "${1:--1}" -ge "$2" ] 2> /dev/null
	report $? "$3" || diag "got '$1', wanted at least $2"
}

at_most() {
	[ -n "$1" ] && [ "$1" -le "$2" ] 2> /dev/null
	report $? "$3" || diag "got '$1', wanted at most $2"
}

# has TEXT PART NAME; like TEXT REGEX NAME
has() {
	[[ $1 == *"$2"* ]]
	report $? "$3" || diag "'$2' is not in '$1'"
}

like() {
	[[ $1 =~ $2 ]]
	report $? "$3" || diag "'$1' is not like '$2'"
}

skip() {
	tests_ran=$((tests_ran + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tests_ran" "$1" "$2" >&"$TAP"
}

skip_all() {
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

# need COMMAND...: without one of them there is nothing to test.
need() {
	local command
	for command; do
		command -v "$command" > /dev/null || skip_all "$command is missing"
	done
}

# True with a sanitizer in the programs: for tests of speed and memory.
instrumented() {
	grep -Eqa '__(asan|tsan|ubsan)_' "$CATCHBASIND"
}

done_testing() {
	local said
	said=$(grep -hE 'ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:|Assertion .* failed|possible deadlock:' \
		"$work"/*.log "$work"/*.log.[0-9]* "$work"/err 2> /dev/null)
	if [ -n "$said" ]; then
		fail "no sanitizer, no assert and no order of locks has spoken"
		diag "$said"
	fi
	printf '1..%d\n' "$tests_ran"
	[ "$tests_bad" -eq 0 ]
	exit
}

# shellcheck source=tests/system/patience.sh
. "$lib_dir/patience.sh"
# shellcheck source=tests/system/store.sh
. "$lib_dir/store.sh"

# ---- the daemon ----

# The sections every configuration here needs: this store, this control socket, stderr.
base_conf() {
	cat <<- CONF
		[log]
		target = stderr
		[control]
		path = $socket
		[store main]
		path = $store
	CONF
}

daemon_pid() {
	cat "$work/$who.pid" 2> /dev/null
}

daemon_log() {
	cat "$work/$who.log" 2> /dev/null
}

is_running() {
	local pid
	pid=$(daemon_pid)
	[ -n "$pid" ] && ! is_gone "$pid"
}

is_ready_or_gone() {
	grep -Eq "${READY_LINE:-: ready( |$)}" "$work/$who.log" || ! is_running
}

# launch_daemon [CONF [ARG...]]: starts it and does not wait. CONF may be empty: then without -c, in $work.
launch_daemon() {
	local n=1
	while [ -e "$work/$who.log.$n" ]; do
		n=$((n + 1))
	done
	[ ! -e "$work/$who.log" ] || mv "$work/$who.log" "$work/$who.log.$n"
	: > "$work/$who.log"
	[ -z "${1-}" ] || set -- -c "$@"
	[ -n "${1-}" ] || shift $(($# > 0))
	# shellcheck disable=SC2086 # DAEMON_UNDER is words: a wrapper such as "prlimit --nofile=64"
	${DAEMON_UNDER-} "$CATCHBASIND" "$@" > "$work/$who.out" 2>> "$work/$who.log" < /dev/null {TAP}>&- &
	echo $! > "$work/$who.pid"
}

# start_daemon [CONF [ARG...]]: starts it and waits until it is ready. 1 if it is gone instead; its log is shown.
start_daemon() {
	launch_daemon "$@"
	if retry 20 is_ready_or_gone && is_running; then
		return 0
	fi
	diag "$who did not start:" "$(tail -n 20 "$work/$who.log")"
	return 1
}

# wait_daemon [SECONDS]: until it has gone by itself; gives its exit status, 124 if it stays.
wait_daemon() {
	local pid
	pid=$(daemon_pid)
	if ! retry "${1:-30}" is_gone "$pid"; then
		return 124
	fi
	wait "$pid" 2> /dev/null
	local status=$?
	rm -f "$work/$who.pid"
	return $status
}

# Gone, or dead and only waiting to be waited for.
is_gone() {
	local state
	state=$(sed -n 's/^State:[ \t]*\(.\).*/\1/p' "/proc/$1/status" 2> /dev/null)
	[ -z "$state" ] || [ "$state" = Z ]
}

# stop_daemon: SIGTERM, and its exit status.
stop_daemon() {
	kill -TERM "$(daemon_pid)" 2> /dev/null
	wait_daemon "$@"
}

# kill_daemon: SIGKILL, and waits until it is gone.
kill_daemon() {
	# The shell would say "Killed".
	{
		kill -KILL "$(daemon_pid)"
		wait_daemon 10
	} 2> /dev/null
	return 0
}

# signal_daemon NAME
signal_daemon() {
	kill "-$1" "$(daemon_pid)"
}

# address_of LISTENER: the address in force, from the log: "listener in: listens on tcp://127.0.0.1:43121".
address_of() {
	local line
	line=$(grep -E "listen(s|ing) on" "$work/$who.log" | grep -E "(^|[^A-Za-z0-9_-])$1[]:,\" ]" |
		grep -oE '(udp|tcp|unix|unixgram)://[^ ,;)"]+' | tail -n 1)
	[ -n "$line" ] || diag "no address of listener $1 in the log" >&2
	printf '%s\n' "$line"
}

port_of() {
	address_of "$1" | sed 's/.*://'
}

# logged REGEX: the log has such a line.
logged() {
	grep -Eq -- "$1" "$work/$who.log"
}

# ctl ARG...: the command for people, told of this test's store and socket.
ctl() {
	"$CATCHBASIN" "--socket=$socket" "--store=$store" "$@"
}

# run COMMAND...: at most a minute; output in $work/out and $work/err; gives the exit status.
run() {
	timeout $((60 * TEST_SLOW)) "$@" > "$work/out" 2> "$work/err" < /dev/null
}

# exits STATUS NAME COMMAND...
exits() {
	local want=$1 name=$2 got
	shift 2
	run "$@"
	got=$?
	is "$got" "$want" "$name" || diag "$(tail -n 5 "$work/err")"
}

# ---- the load ----

# blast ARG...: see blast -h; what it said is in $blast_said, its parts by `field`.
blast() {
	blast_said=$("$top_builddir/tests/support/blast" "$@")
	local status=$?
	[ $status -eq 0 ] || diag "blast $*: status $status: $blast_said"
	return $status
}

# field NAME [TEXT]: N of "NAME=N" in the text, by default what the last blast said.
field() {
	printf '%s\n' "${2-$blast_said}" | grep -oE "(^|[ (])$1=[^ )]*" | head -n 1 | sed 's/^[^=]*=//'
}

# ---- the end ----

clean_up() {
	local status=$? file
	trap - EXIT
	for file in "$work"/*.pid; do
		[ ! -e "$file" ] || kill -KILL "$(cat "$file")" 2> /dev/null
	done
	# What went on here, if it went wrong.
	if [ "$tests_bad" -gt 0 ] || [ "$status" -ne 0 ]; then
		for file in "$work"/*.log; do
			[ ! -s "$file" ] || diag "---- ${file##*/}:" "$(tail -n 30 "$file")"
		done
	fi
	if [ -n "${KEEP-}" ]; then
		diag "kept: $work"
	else
		cd / && rm -rf "$work"
	fi
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[ -x "$CATCHBASIND" ] || {
	echo "Bail out! $CATCHBASIND is missing"
	exit 1
}
need sqlite3
