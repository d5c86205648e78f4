# shellcheck shell=bash
# What the house tests share: TAP, and where things are.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=${top_srcdir:-$(cd "$here/../.." && pwd)}
# shellcheck disable=SC2034 # for those who look at what was built
build=${top_builddir:-$top/build}
tests_ran=0
tests_bad=0

# result STATUS NAME [DETAIL]: one line of TAP; what a failure has to say stands below it as comments.
result() {
	tests_ran=$((tests_ran + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tests_ran" "$2"
	else
		tests_bad=$((tests_bad + 1))
		printf 'not ok %d - %s\n' "$tests_ran" "$2"
		[ -z "${3-}" ] || printf '%s\n' "$3" | sed 's/^/# /'
	fi
}

# nothing NAME FINDINGS: passes if there are none.
nothing() {
	if [ -z "$2" ]; then
		result 0 "$1"
	else
		result 1 "$1" "$2"
	fi
}

# skip NAME WHY
skip() {
	tests_ran=$((tests_ran + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tests_ran" "$1" "$2"
}

skip_all() {
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

# A directory of our own, gone at the end.
own_dir() {
	dir=$(mktemp -d "${TMPDIR:-/tmp}/catchbasin-house.XXXXXX") || exit 99
	trap 'rm -rf "$dir"' EXIT
}

# True if the library was built with a sanitizer or for gcov: then it is full of the tool's own data.
instrumented() {
	nm "$1" 2>/dev/null | grep -Eq ' (__(asan|tsan|ubsan)_|__sanitizer_|__gcov_)'
}

finish() {
	printf '1..%d\n' "$tests_ran"
	[ "$tests_bad" -eq 0 ]
	exit
}
