#!/usr/bin/env bash
# What `catchbasind --diagnose=self-*` explores is what serves: the program holds queue, gate, take, pool, turnstile and stop
# once, as their objects were compiled; nobody else defines them or takes in their source; installing changes nothing.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/../house/house.sh"

daemon=$build/catchbasind
units=(core/queue core/gate core/take work/pool work/turnstile work/stop)
export LC_ALL=C
[ -x "$daemon" ] || skip_all "catchbasind is not built"
for tool in nm objdump objcopy readelf ar strip; do
	command -v "$tool" > /dev/null || skip_all "$tool is missing"
done
readelf -SW "$build/src/core/queue.o" | grep -q '\.gnu\.lto' && skip_all "the objects hold no machine code"
own_dir

# functions FILE: "SOURCE SECTION ADDRESS NAME" of each; locals come behind the name of their source, globals have "-". What
# clang adds for a sanitizer is there once for the whole program.
functions() {
	objdump -t "$1" | awk '
		/ df \*ABS\*/ { source = $NF; next }
		$NF ~ /^[a-z]+san\.module_[cd]tor$/ { next }
		/^[0-9a-f]+ ......F \./ {
			rest = substr($0, length($1) + 2)
			section = substr(rest, 9)
			sub(/[ \t].*/, "", section)
			print (rest ~ /^l/ ? source : "-"), section, $1, $NF
		}'
}

# code FILE SECTION: its bytes, one in a line.
code() {
	local section=$dir/section.$BASHPID
	objcopy -O binary --only-section="$2" "$1" "$section" 2> /dev/null && od -An -v -tx1 -w1 "$section"
}

# The bytes the linker may write: four or eight of each relocation, and of some on x86 the instruction before them.
relocated() {
	objdump -r -j "$2" "$1" | awk '$2 ~ /^R_/ { print $1, ($2 ~ /GOTPCRELX/ ? 3 : 0), ($2 ~ /64$/ ? 8 : 4) }'
}

# start_of PROGRAM SECTION: where it begins, in hexadecimal.
start_of() {
	objdump -h -j "$2" "$1" | awk -v name="$2" '$2 == name { print $4 }'
}

# where OBJECT SECTION PROGRAM: how far behind the start of the program's .text the section begins, as all of its functions
# say; those that others may call stand there once. Two sources of one name may have locals of one name: more lines then.
where() {
	local start
	start=$((16#$(start_of "$3" .text)))
	awk -v section="$2" '
		FNR == NR { if ($2 == section) want[$1 " " $4] = $3; next }
		($1 " " $4) in want { print $3, want[$1 " " $4], $1, $4 }' <(functions "$1") <(functions "$3") |
		while read -r there here source name; do
			echo "$((16#$there - 16#$here - start)) $source $name"
		done > "$dir/places"
	awk -v want="$(functions "$1" | grep -c "^[^ ]* $2 ")" '
		$2 == "-" && there[$3]++ { print $3 " is there twice"; bad = 1 }
		{ count[$1]++ }
		END {
			for (at in count) if (count[at] == want) { print at; found = 1 }
			exit bad || !found
		}' "$dir/places"
}

# differs OBJECT SECTION PLACE: what is not the same in $dir/program, from there on.
differs() {
	tail -n "+$(($3 + 1))" "$dir/program" | head -n "$(wc -l < "$dir/object")" | paste - "$dir/object" |
		awk -v what="$1 $2" '
			function number(hex, n, i) {
				for (n = i = 0; i++ < length(hex);)
					n = 16 * n + index("0123456789abcdef", substr(hex, i, 1)) - 1
				return n
			}
			FNR == NR { for (i = number($1) - $2; i < number($1) + $3; i++) open[i] = 1; next }
			!((FNR - 1) in open) && $1 != $2 { differ++ }
			END {
				if (differ) print what ": " differ " bytes differ"
				if (FNR == 0) print what ": nothing to compare"
			}' "$dir/relocated" -
}

# same_code OBJECT PROGRAM: says what is not the same.
same_code() {
	local section at places wrong
	[ "$(functions "$1" | wc -l)" -ge 4 ] || echo "$1: hardly a function"
	[ -s "$dir/program" ] || code "$2" .text > "$dir/program"
	functions "$1" | cut -d ' ' -f 2 | sort -u | while read -r section; do
		if ! places=$(where "$1" "$section" "$2" 2>&1); then
			echo "$1: the functions of $section are not where they should be: $places $(cat "$dir/places")"
			continue
		fi
		code "$1" "$section" > "$dir/object"
		relocated "$1" "$section" > "$dir/relocated"
		for at in $places; do
			wrong=$(differs "$1" "$section" "$at")
			[ -n "$wrong" ] || break
		done
		[ -z "$wrong" ] || echo "$wrong"
	done
}

# defined FILE...: which of the units' global functions these objects and archives define, and how often.
defined() {
	nm --defined-only -A "$@" 2> /dev/null | awk -v names="$(cat "$dir/names")" '
		BEGIN { n = split(names, name); for (i = 1; i <= n; i++) mine[name[i]] = 1 }
		NF > 2 && $(NF - 1) ~ /^[TtWw]$/ && $NF in mine { print $NF }' | sort | uniq -c | awk '{ print $2, $1 }'
}

# not_once FILE...: those that are not there exactly once.
not_once() {
	defined "$@" | diff - <(sed 's/$/ 1/' "$dir/names") | grep '^[<>]'
}

# taken_in DIRECTORY...: includes of a unit's source.
taken_in() {
	grep -rnE '^[[:blank:]]*#[[:blank:]]*include.*[/"<](queue|gate|take|pool|turnstile|stop)\.c[">]' "$@" --include='*.[chsS]' \
		--include='*.inc'
}

for unit in "${units[@]}"; do
	functions "$build/src/$unit.o" | sed -n 's/^- .* //p'
done | sort > "$dir/names"
result "$(($(wc -l < "$dir/names") < 30))" "the units have functions that others call"

for unit in "${units[@]}"; do
	room=${unit%/*} member=${unit#*/}.o
	archive=$build/src/$room/lib$room.a
	[ "$(ar t "$archive" | grep -cx "$member")" -eq 1 ] && ar p "$archive" "$member" | cmp - "$build/src/$unit.o"
	result $? "$unit: the archive holds the object, once"
	nothing "$unit: the program has it once, byte for byte but for what the linker fills in" \
		"$(same_code "$build/src/$unit.o" "$daemon" 2>&1)"
done
nothing "each function is in the program once" "$(not_once "$daemon")"
mapfile -t archives < <(find "$build/src" -name 'lib*.a' | sort)
nothing "and in the archives once" "$(not_once "${archives[@]}")"
mapfile -t others < <(find "$build/src/diag" "$build/src/main.o" "$build/tests/diag" "$build/tests/mutants" -name '*.o' \
	2> /dev/null)
nothing "no object of the diagnosis or its tests defines one" "$(defined "${others[@]}" < /dev/null)"
nothing "the proofs call them from outside" "$(for name in queue_new queue_take gate_offer pool_start; do
	nm -u "$build/src/diag/libdiag.a" | grep -qw "$name" || echo "$name"
done)"
nothing "nobody can put another in their place when the program starts" "$(nm -D --defined-only "$daemon" 2> /dev/null |
	grep -wFf "$dir/names")"
nothing "no source takes in theirs" "$(taken_in "$top/src" "$top/tests")"

# What is installed, and what is left of it when it is stripped.
(unset MAKEFLAGS MFLAGS MAKELEVEL && "${MAKE:-make}" -C "$build" install-sbinPROGRAMS DESTDIR="$dir/root") > "$dir/log" 2>&1
installed=$(find "$dir/root" -name catchbasind 2> /dev/null)
[ -n "$installed" ] && cmp "$installed" "$daemon"
result $? "what is installed is what was built" "$(tail -n 5 "$dir/log")"
strip -o "$dir/stripped" "$daemon"
for program in "$dir/stripped" ${CATCHBASIND:+"$CATCHBASIND"}; do
	differ=
	for section in .text .rodata .data.rel.ro; do
		cmp -s <(code "$program" "$section") <(code "$daemon" "$section") || differ+=" $section"
	done
	nothing "stripping leaves code and constants as they were${CATCHBASIND:+: ${program##*/}}" "$differ"
done

# And all of this would be noticed.
cp "$build/src/core/queue.o" "$dir/queue.o"
offset=$((16#$(objdump -h -j .text "$dir/queue.o" | awk '$2 == ".text" { print $6 }')))
first=$((16#$(functions "$dir/queue.o" | sed -nE 's/^- .text ([0-9a-f]+) queue_close$/\1/p')))
printf '\x90\x90' | dd of="$dir/queue.o" bs=1 seek=$((offset + first)) conv=notrunc 2> /dev/null
same_code "$dir/queue.o" "$daemon" 2>&1 | grep -q 'bytes differ'
result $? "an object with one instruction changed is not the same"
objcopy --redefine-sym queue_close=queue_closed "$build/src/core/queue.o" "$dir/queue.o"
same_code "$dir/queue.o" "$daemon" 2>&1 | grep -q 'not where they should be'
result $? "nor is one with another function"
objcopy --keep-global-symbol=queue_take "$build/src/core/take.o" "$dir/second.o"
[ -n "$(not_once "${archives[@]}" "$dir/second.o")" ] && [ -n "$(defined "$dir/second.o")" ]
result $? "a second definition is found"
printf '#include "core/queue.c"\n' > "$dir/copy.c"
[ -n "$(taken_in "$dir")" ]
result $? "a source that takes in another is found"
finish
