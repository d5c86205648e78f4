# shellcheck shell=bash
# To wait for something, and to measure how long it took.
# shellcheck disable=SC2154 # work and top_builddir are those of lib.sh

# retry SECONDS COMMAND...: until it succeeds; 1 if it never did. On a machine that has no time for us the seconds are over
# before much could happen, to the daemon as to this shell: so it is also not given up before it has looked often.
retry() {
	local until=$((SECONDS + $1 * TEST_SLOW + 1)) looks=$(($1 * TEST_SLOW * 10))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$until" ] || [ "$looks" -gt 0 ] || return 1
		looks=$((looks - 1))
		sleep 0.05
	done
}

# await SECONDS NAME COMMAND...: retry as a test.
await() {
	local seconds=$1 name=$2
	shift 2
	retry "$seconds" "$@"
	report $? "$name"
}

# freeze PID: SIGSTOP, and waits until its threads stand: one that had no processor just then would go on after that.
freeze() {
	kill -STOP "$1"
	while grep -L '^State:.T' "/proc/$1/task/"*/status 2> /dev/null | grep -q .; do
		sleep 0.01
	done
}

# clock_begin: a stretch of time begins. clock_end: its ms are in $took, those in which this machine stood still in $stood.
clock_begin() {
	if [ ! -e "$work/standstill.pid" ]; then
		"$top_builddir/tests/support/standstill" "$work/standstill" > /dev/null {TAP}>&- &
		echo $! > "$work/standstill.pid"
		disown $!
		until [ -s "$work/standstill" ]; do
			is_gone "$(cat "$work/standstill.pid")" && break
			sleep 0.01
		done
	fi
	clock_began=$(date +%s%N)
	clock_stood=$(cat "$work/standstill")
}

clock_end() {
	took=$((($(date +%s%N) - clock_began) / 1000000))
	# Who watches may come to it after us.
	sleep 0.02
	stood=$(($(cat "$work/standstill") - clock_stood))
}

# in_time MS NAME: the stretch took no more, standing still not counted.
in_time() {
	at_most $((took - stood)) $(($1 * TEST_SLOW)) "$2 ($took ms)"
	[ $stood -eq 0 ] || diag "the machine stood still for $stood ms of $took"
}
