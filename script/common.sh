# shellcheck shell=bash
# What script/run and script/test share: the packages they need, and a build in a directory of its own.

set -eu
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck disable=SC2034 # for those who source this
build_packages='gcc make autoconf automake pkg-config libc6-dev libevent-dev libsqlite3-dev libinih-dev libjansson-dev
	libsystemd-dev'

say() {
	printf '== %s\n' "$*" >&2
}

# The packages of those named that are not installed.
missing_packages() {
	local package
	for package; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2> /dev/null | grep -qx installed || printf '%s ' "$package"
	done
}

# Installs what is missing of the packages named. Where that cannot be done, says what is missing and ends.
need_packages() {
	local missing sudo=
	if ! command -v dpkg-query > /dev/null; then
		say "this is no Debian, so make sure of what these packages bring: $*"
		return 0
	fi
	missing=$(missing_packages "$@")
	missing=${missing% }
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		sudo='sudo -n'
	fi
	if ! command -v apt-get > /dev/null || { [ -n "$sudo" ] && ! $sudo true 2> /dev/null; }; then
		say "these packages are missing, and only root can install them: $missing"
		say "  apt-get install $missing"
		exit 1
	fi
	say "installing $missing"
	# shellcheck disable=SC2086 # words
	{
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
			$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $missing
	} > /dev/null || {
		say "apt-get could not install: $missing"
		exit 1
	}
}

# build_in DIRECTORY [CONFIGURE-ARGUMENT...]: configures it if that was never done or was done otherwise, and makes all.
build_in() {
	local dir=$1 arguments log
	shift
	arguments="$*"
	log=$dir/build.log
	[ -x "$top/configure" ] || {
		say "making configure"
		(cd "$top" && ./autogen.sh) > /dev/null
	}
	mkdir -p "$dir"
	: > "$log"
	if [ ! -e "$dir/Makefile" ] || [ "$(cat "$dir/.arguments" 2> /dev/null)" != "$arguments" ]; then
		say "configuring ${dir##*/}${arguments:+: $arguments}"
		if ! (cd "$dir" && "$top/configure" --quiet "$@") >> "$log" 2>&1; then
			tail -n 20 "$log" >&2
			return 1
		fi
		printf '%s\n' "$arguments" > "$dir/.arguments"
	fi
	say "building ${dir##*/}"
	if ! make -C "$dir" -j"$(nproc)" all >> "$log" 2>&1; then
		grep -E 'error|warning|undefined reference|\*\*\*' "$log" | head -n 30 >&2 || tail -n 20 "$log" >&2
		return 1
	fi
}
