#!/usr/bin/env bash
# What the documents show of --diagnose is what it prints: every ```console block is run. A line of "..." stands for any
# lines; line numbers of the source, and the width of columns, may differ.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/../house/house.sh"

[ -x "$build/catchbasind" ] || skip_all "catchbasind is not built"
own_dir
cd "$dir" || exit 99
PATH=$build:$PATH

# Lines without what may differ.
plain() {
	sed -E 's/\.c:[0-9]+/.c:N/g; s/[[:blank:]]+/ /g; s/ $//; s/^ //'
}

# Blocks of a document: each command to N.command, what it is to print to N.wanted.
blocks() {
	awk -v dir="$dir" '
		/^ *```console/ { inside = 1; next }
		/^ *```/ { inside = 0 }
		!inside { next }
		/^ *\$ / { n++; sub(/^ *\$ /, ""); print > (dir "/" n ".command"); printf "" > (dir "/" n ".wanted"); next }
		{ print > (dir "/" n ".wanted") }' "$1"
}

# Is what was wanted in what came, piece after piece?
holds() {
	awk 'NR == FNR { came[++count] = $0; next }
		{ wanted[++lines] = $0 }
		END {
			at = 1
			for (i = 1; i <= lines; i = next_piece) {
				for (next_piece = i; next_piece <= lines && wanted[next_piece] != "..."; next_piece++)
					;
				length_of = next_piece - i
				next_piece++
				if (!length_of) continue
				for (found = 0; at + length_of - 1 <= count; at++) {
					for (k = 0; k < length_of && came[at + k] == wanted[i + k]; k++)
						;
					if (k == length_of) { found = 1; break }
				}
				if (!found) { print "not there: " wanted[i] " (and " length_of - 1 " more lines)"; exit 1 }
				at += length_of
			}
		}' "$1" "$2"
}

# All cases, in the manual in the words of the list.
catchbasind --diagnose > list
nothing "the manual lists the cases as --diagnose does" "$(diff <(cat list) <(awk '
	/^\.Ss Cases/ { inside = 1 }
	inside && /^\.El/ { exit }
	inside && /^\.It Cm / { getline words; print $3 "  " words }' "$top/man/catchbasind.8"))"
nothing "docs/diagnose.md names every case" "$(while read -r name _; do
	grep -qE "(\`|--diagnose=)$name\b" "$top/docs/diagnose.md" || echo "$name"
done < list)"

# Commands without output, too; whole proofs have a test of their own.
awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 } inside && /^catchbasind /' "$top/docs/diagnose.md" |
	grep -vE -- '--diagnose=self-[a-z]+ *(#.*)?$' > commands
while read -r command; do
	bash -c "$command" > out 2>&1 < /dev/null
	result $? "docs/diagnose.md: $command" "$(tail -n 3 out)"
done < commands
result "$(($(wc -l < commands) < 2))" "there are such commands"

for document in docs/diagnose.md README.md; do
	rm -f ./*.command ./*.wanted
	blocks "$top/$document"
	for command in $(printf '%s\n' ./*.command | sort -V); do
		[ -e "$command" ] || continue
		number=${command%.command}
		bash "$command" 2>&1 < /dev/null | plain > "$number.came"
		plain < "$number.wanted" > "$number.plain"
		said=$(holds "$number.came" "$number.plain")
		result $? "$document: $(cut -c1-90 "$command")" "$said"
	done
done
finish
