# shellcheck shell=bash
# For tests of retention, after lib.sh: a store with limits that a reload changes, and a listener that acknowledges commits.

# keeping_conf KEY...: a configuration with these in the store.
keeping_conf() {
	base_conf
	[ $# -eq 0 ] || printf '%s\n' "$@"
	printf '[listener in]\naddress = tcp://127.0.0.1:0\nack = commit\n'
}

# limit KEY...: puts these into force.
limit() {
	keeping_conf "$@" > my.conf
	ctl reload > /dev/null
}

# shellcheck disable=SC2119
rows_are() { [ "$(rows 2> /dev/null)" = "$1" ]; }
