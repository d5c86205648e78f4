#!/usr/bin/env bash
# The laws of the house that reading the source can prove. See CONTRIBUTING.md for what they say.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/house.sh"
cd "$top" || exit 99

own_dir
mapfile -t sources < <(find src -name '*.[ch]' | sort)
mapfile -t headers < <(find src -name '*.h' | sort)
mapfile -t all_c < <(find src tests bench -name '*.[ch]' 2>/dev/null | sort)
result "$((${#sources[@]} < 20))" "the sources are found"

awk -f tests/house/strip.awk "${sources[@]}" > "$dir/plain"
# FILE:LINE:ROOM:HEADER of every include; src/main.c is room "main".
sed -nE 's|^(src/(([a-z]+)/)?[^:]*:[0-9]+):[ \t]*#[ \t]*include[ \t]*([<"][^>"]*[>"]).*|\1:\3:\4|p' "$dir/plain" |
	sed -E 's|^(src/main\.c:[0-9]+):|\1:main|' > "$dir/includes"

# L1, L2: own headers and lower floors. Rooms of one floor do not know each other.
nothing "L1 L2: a room includes itself and lower floors" "$(awk -F: '
	BEGIN {
		split("base 0 core 1 conf 1 net 2 work 2 store 2 pipe 3 diag 3 daemon 4 main 5", table, " ")
		for (i = 1; i in table; i += 2)
			floor[table[i]] = table[i + 1]
		split("base conf store", table, " ")
		for (i in table)
			ctl_may[table[i]] = 1
	}
	$4 !~ /^"/ || $4 == "\"config.h\"" { next }
	{
		header = $4
		gsub(/"/, "", header)
		room = header
		sub(/\/.*/, "", room)
		if (header !~ /\//)
			print $1 ":" $2 ": \"" header "\" does not name its room"
		else if (room == $3 || ($3 == "ctl" && room in ctl_may))
			next
		else if ($3 == "ctl" || !($3 in floor) || !(room in floor) || floor[room] >= floor[$3])
			print $1 ":" $2 ": " $3 " includes " header
	}' "$dir/includes")"

loop=$(awk -F: '$4 ~ /^"[a-z]+\// { room = $4; sub(/^"/, "", room); sub(/\/.*/, "", room); if (room != $3) print $3, room }' \
	"$dir/includes" | sort -u | tsort 2>&1 >"$dir/order")
nothing "no cycle of rooms" "$loop"

# L3: each foreign library has one landlord.
while read -r what landlords; do
	nothing "L3: $what only in $landlords" "$(grep -E ":[<\"]$what" "$dir/includes" | grep -Ev "^($landlords):")"
done <<-'TABLE'
	event2/ src/net/[a-z_]*\.[ch]
	sqlite3\.h src/store/[a-z_]*\.[ch]
	ini\.h src/conf/file\.c
	systemd/ src/daemon/[a-z_]*\.[ch]|src/base/log[a-z_]*\.c
	jansson\.h src/base/json\.h
	(pthread|semaphore|threads|linux/futex)\.h src/base/(sync[a-z_]*|clock)\.[ch]
TABLE
nothing "L3: threads, waiting and clocks only behind base/sync and base/clock" "$(grep -E \
	'(^|[^A-Za-z0-9_])(pthread_[a-z]|sem_(init|wait|post|timedwait)|thrd_|mtx_|cnd_|(clock_)?nanosleep|usleep|sleep|clock_gettime|gettimeofday|SYS_futex)[a-z_]*[ \t]*\(|SYS_futex' \
	"$dir/plain" | grep -Ev '^src/base/(sync[a-z_]*|clock)\.[ch]:')"

# L5: the other half, mutable statics, is statics.sh.
nothing "L5: no extern in a header" "$(grep -E '^[^:]*\.h:[0-9]+:[ \t]*extern([ \t]|$)' "$dir/plain")"

nothing "L6: only pipe, daemon and ctl include conf/" "$(grep -E ':"conf/' "$dir/includes" |
	grep -Ev '^src/(conf|pipe|daemon|ctl)/')"

# L8: lengths.
too_long() {
	local limit=$1
	shift
	[ $# -eq 0 ] || awk -v limit="$limit" '{ n[FILENAME]++ }
		END { for (f in n) if (n[f] > limit) print f ": " n[f] " lines, at most " limit }' "$@" | sort
}
mapfile -t bodies < <(printf '%s\n' "${all_c[@]}" | grep '\.c$')
nothing "L8: a .c file has at most 400 lines" "$(too_long 400 "${bodies[@]}")"
nothing "L8: a header has at most 120 lines" "$(too_long 120 "${headers[@]}")"
# A function goes from the first line of its head to the brace that closes it in column 0.
nothing "L8: a function has at most 70 lines" "$(awk '
	FNR == 1 { head = 0; body = 0 }
	/^}/ {
		if (body && FNR - head + 1 > 70) print FILENAME ":" head ": " FNR - head + 1 " lines, at most 70"
		head = 0
		body = 0
		next
	}
	!body && (/^$/ || /;[ \t]*$/) { head = 0; next }
	!body && /^[A-Za-z_]/ && !head { head = FNR }
	/^\{/ && head { body = 1 }' "${bodies[@]}")"

# Room cards, every label, in order.
nothing "every header opens with its room card" "$(for h in "${headers[@]}"; do
	awk -v name="$(basename "$h" .h)" '
		BEGIN { want = split("Owns Threads Blocks Units Errors Limits Upholds", label, " "); next_label = 1 }
		FNR == 1 && $0 != "/*" { bad = "does not open with a comment"; exit }
		FNR == 2 && index($0, " * " name " - ") != 1 { bad = "the card does not begin \"" name " - \""; exit }
		/^ \*\// { exit }
		match($0, /^ \* [A-Z][a-z]+ +/) {
			if (next_label <= want && index($0, " * " label[next_label] " ") == 1) next_label++
		}
		END {
			if (!bad && next_label <= want) bad = label[next_label] " is missing or out of order"
			if (bad) print FILENAME ": " bad
		}' "$h"
done)"
nothing "every .c opens with a sentence" "$(for c in "${bodies[@]}"; do
	head -n 1 "$c" | grep -q '^/\*' || echo "$c"
done)"
nothing "every header guards itself" "$(for h in "${headers[@]}"; do
	guard=$(sed -n 's/^#ifndef \([A-Z_]*_H\)$/\1/p' "$h" | head -n 1)
	want=$(echo "${h#src/}" | tr 'a-z/.' 'A-Z__')
	[ "$guard" = "$want" ] || echo "$h: guard ${guard:-none}, wanted $want"
done)"

# What has no place in a finished tree. Letters in brackets keep this file out of its own findings.
mapfile -t texts < <(find src tests bench script systemd etc man m4 .ci ./*.md ./*.ac ./*.am autogen.sh -type f \
	! -path 'tests/fuzz/corpus/*' 2>/dev/null | sort)
nothing "no unfinished marks" "$(grep -nIE '\<(T[O]DO|F[I]XME|X[X]X)\>|not [i]mplemented|un[i]mplemented' "${texts[@]}")"
nothing "no paths of one machine" "$(grep -nIE \
	'(^|[^A-Za-z_/.])/(wor[k]/(main|shared)|hom[e]/[a-z]|roo[t]/)|\.librar[y]|far[m]-(studio|bench)' "${texts[@]}")"
finish
