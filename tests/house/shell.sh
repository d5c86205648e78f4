#!/usr/bin/env bash
# Every script of ours is clean to shellcheck: no error and no warning.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/house.sh"

command -v shellcheck > /dev/null || skip_all "shellcheck is missing"
cd "$top" || exit 99
while read -r script; do
	# SC1083, SC2093: it does not know {ARRAY[1]}>&-.
	said=$(shellcheck -S warning -e SC1083,SC2093 -x -P SCRIPTDIR -P "$top" "$script" 2>&1)
	result $? "$script" "$said"
done < <({
	find autogen.sh tests script bench -name '*.sh' 2> /dev/null
	find script bench .ci -type f ! -name '*.mk' ! -name '*.sh' -exec grep -lE '^#!.*[/ ](ba)?sh' {} + 2> /dev/null
} | sort -u)
finish
