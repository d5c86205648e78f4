#!/usr/bin/env bash
# The examples of catchbasin(1), word by word: what stands behind "$ " is run, what is shown below it is what comes.
. "${top_srcdir:-.}/tests/system/lib.sh"

need nc
{
	base_conf
	cat <<- CONF
		[listener udp]
		address = udp://127.0.0.1:0
		[listener tcp]
		address = tcp://127.0.0.1:0
	CONF
} > my.conf
start_daemon my.conf || done_testing
# The command as people type it, told of this test's daemon; ports and places differ.
mkdir bin
printf '#!/bin/sh\nexec "%s" -c "%s/my.conf" "$@"\n' "$CATCHBASIN" "$work" > bin/catchbasin
chmod +x bin/catchbasin
PATH=$work/bin:$PATH

# Plain text of the section; a line "$ COMMAND", then what it prints, until the next or a line that is not indented.
awk '
	/^\.Sh / { here = $2 == "EXAMPLES" }
	!here { next }
	/^\.Bd / { shown = 1; next }
	/^\.Ed/ { shown = 0; print "."; next }
	shown { gsub(/\\e/, "\\"); gsub(/\\\(en/, "–"); gsub(/\\&/, ""); print "|" $0 }' \
	"$top_srcdir/man/catchbasin.1" > examples
at_least "$(grep -c '^|\$ ' examples)" 12 "there are examples"

# Numbers, blanks, places: whatever they are.
loose() {
	sed -E 's/[][\\.*^$(){}?+|]/\\&/g; s/\\\.\\\.\\\./.*/g; s|[a-z/]*/messages\\\.db|.*|g; s/[0-9][0-9,]*(\\\.[0-9]+)?/[0-9][0-9,.]*/g; s/ +/ +/g; s/(ms|KiB|MiB|bytes|s):/[a-z]+:/g; s/1,000,000 bytes/.*/'
}
# shows NAME OUTPUT WANTED: each wanted line is found, in order.
shows() {
	local at=1 line pattern found
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		pattern=$(loose <<< "$line")
		found=$(tail -n +$at "$2" | grep -nE -- "^$pattern *\$" | head -n 1 | cut -d: -f1)
		if [ -z "$found" ]; then
			fail "$1: shows '$line'"
			diag "$(cat "$2")" "as /$pattern/"
			return
		fi
		at=$((at + found))
	done < "$3"
	pass "$1: what it prints is what the manual shows"
}
command=
: > wanted
play() {
	[ -n "$command" ] || return 0
	timeout $((60 * TEST_SLOW)) bash -c "$command" > shown 2> err < /dev/null
	is $? 0 "$command" || diag "$(cat err)"
	[ ! -s wanted ] || shows "$command" shown wanted
	case $command in
	*send*) await_rows 10000 ;;
	esac
	command=
	: > wanted
}
while IFS= read -r line; do
	case $line in
	'|$ '*)
		play
		command=${line#'|$ '}
		;;
	'|'*) [ -z "$command" ] || echo "${line#|}" >> wanted ;;
	*) play ;;
	esac
done < examples
play
stop_daemon
books_balance
done_testing
