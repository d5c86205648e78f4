#!/usr/bin/env bash
# L5: mutable statics and globals are those of statics.allow, no more and no fewer. The object files tell.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/house.sh"

command -v nm > /dev/null || skip_all "nm is missing"
mapfile -t libs < <(find "$build/src" -name 'lib*.a' | sort)
[ ${#libs[@]} -gt 0 ] || skip_all "nothing built in $build"
instrumented "${libs[0]}" && skip_all "an instrumented build has the tool's data in it"

own_dir
allow=$top/tests/house/statics.allow
nothing "every line of statics.allow gives a reason" "$(grep -Ev '^(#|$)|^src/[a-z_/]+\.c:[A-Za-z0-9_]+ .{10,}' "$allow")"
sed -nE 's/^(src[^ ]*) .*/\1/p' "$allow" | sort > "$dir/allowed"

# name|value|class|type|size|line|section: what is writable after relocation. gcc calls a static of a function
# NAME.NUMBER, clang FUNCTION.NAME.
for lib in "${libs[@]}"; do
	room=${lib#"$build/"}
	nm --format=sysv --defined-only "$lib" 2> /dev/null | awk -F'|' -v room="${room%/*}" '
		{ gsub(/ +$/, "", $1); gsub(/^ +| +$/, "", $4); gsub(/ /, "", $7) }
		/\[[^]]*\.o\]:$|^[^|]*\.o:$/ { file = $0; sub(/.*\[/, "", file); sub(/\.o\]?:$/, "", file); sub(/^.*-/, "", file) }
		NF >= 7 && ($7 ~ /^\.(data|bss|tdata|tbss|lbss|ldata)/ || $7 ~ /COM/) && $7 !~ /^\.data\.rel\.ro/ &&
		$4 !~ /SECTION|FILE/ {
			name = $1
			sub(/\.[0-9]+$/, "", name)
			sub(/^.*\./, "", name)
			print room "/" file ".c:" name
		}'
done | sort -u > "$dir/found"

nothing "no mutable statics but those allowed" "$(comm -23 "$dir/found" "$dir/allowed")"
nothing "every allowed static is still there" "$(comm -13 "$dir/found" "$dir/allowed")"
finish
