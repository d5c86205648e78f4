# shellcheck shell=bash
# What the tests of the command share: a directory of their own, TAP, stores and daemons made up.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top_builddir=${top_builddir:-$(cd "$here/../.." && pwd)/build}
catchbasin=${CATCHBASIN:-$top_builddir/catchbasin}
helpers=$top_builddir/tests/ctl
unset STATE_DIRECTORY RUNTIME_DIRECTORY
export LC_ALL=C TZ=UTC
# shellcheck source=tests/system/patience.sh
. "$here/../system/patience.sh"

tests_ran=0
tests_bad=0
work=$(mktemp -d "${TMPDIR:-/tmp}/catchbasin-ctl.XXXXXX") || exit 99
cd "$work" || exit 99
helper_pids=()

clean_up() {
	local pid
	for pid in "${helper_pids[@]}"; do
		kill -KILL "$pid" 2> /dev/null
	done
	cd / && rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

report() {
	tests_ran=$((tests_ran + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tests_ran" "$2"
	else
		tests_bad=$((tests_bad + 1))
		printf 'not ok %d - %s\n' "$tests_ran" "$2"
		[ -z "${3-}" ] || printf '%s\n' "$3" | sed 's/^/# /'
	fi
}

# is GOT WANT NAME; has TEXT PART NAME; hasnt TEXT PART NAME
is() {
	[ "$1" = "$2" ]
	report $? "$3" "got '$1', wanted '$2'"
}

has() {
	[[ $1 == *"$2"* ]]
	report $? "$3" "'$2' is not in '$1'"
}

hasnt() {
	[[ $1 != *"$2"* ]]
	report $? "$3" "'$2' is in '$1'"
}

# ctl STATUS NAME ARG...: runs the command; its output is in $out and $err.
ctl() {
	local want=$1 name=$2 got
	shift 2
	timeout 60 "$catchbasin" "$@" > out.txt 2> err.txt < /dev/null
	got=$?
	out=$(tr '\0' '?' < out.txt)
	err=$(tr '\0' '?' < err.txt)
	is "$got" "$want" "$name: exit status $want"
	[ "$got" -eq "$want" ] || printf '%s\n%s\n' "$out" "$err" | sed 's/^/# /'
}

# plain NAME: nothing but printable ASCII and newlines has come out, at most 80 columns wide.
plain() {
	local wide
	[ -z "$(tr -d '\n -~' < out.txt)" ] && [ -z "$(tr -d '\n -~' < err.txt)" ]
	report $? "$1: printable ASCII only"
	wide=$(awk 'length > 80' out.txt)
	[ -z "$wide" ]
	report $? "$1: readable at 80 columns" "$wide"
}

# one_line NAME: the complaint is one line on stderr, with nothing on stdout.
one_line() {
	[ "$(wc -l < err.txt)" -eq 1 ] && [ ! -s out.txt ] && [[ $err == catchbasin:\ * ]]
	report $? "$1: one line on stderr" "$out$err"
}

# make_store FILE MESSAGES LOST END
make_store() {
	"$helpers/make_store" "$@" 2> make.err || report 1 "make_store $*" "$(cat make.err)"
}

# start_helper NAME ARG...: a helper that prints a line when it is ready and ends with the descriptor $helper_in.
start_helper() {
	local name=$1 line
	shift
	rm -f "$name.in" "$name.out"
	mkfifo "$name.in" "$name.out"
	"$helpers/$name" "$@" < "$name.in" > "$name.out" &
	helper_pid=$!
	helper_pids+=("$helper_pid")
	exec {helper_in}> "$name.in"
	read -r line < "$name.out" || report 1 "$name starts" "it said nothing: ${line-}"
}

stop_helper() {
	exec {helper_in}>&-
	wait "$helper_pid"
}

done_testing() {
	printf '1..%d\n' "$tests_ran"
	[ "$tests_bad" -eq 0 ]
	exit
}
