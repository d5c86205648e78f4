#!/usr/bin/env bash
# What the programs say of themselves, the manual and the README agree.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/house.sh"
cd "$top" || exit 99
own_dir

daemon=$build/catchbasind
ctl=$build/catchbasin

# Options of a --help text: -c and --config of "-c, --config=FILE".
help_options() {
	grep -oE '(^|[ ,[(|])--?[A-Za-z][A-Za-z-]*' | grep -oE -- '--?[A-Za-z][A-Za-z-]*' |
		grep -E -- '^(--[a-z]|-[A-Za-z]$)' | sort -u
}

# Options of an mdoc page that are its program's own: "Fl -config" in an item or the synopsis.
man_options() {
	sed 's/\\-/-/g' "$1" | awk '
		/^\.Sh / { part = $0 }
		/^\.(It|Op|Nm|Fl|Oo|Ao)/ && part ~ /SYNOPSIS|DESCRIPTION|OPTIONS/' |
		grep -oE 'Fl -?[A-Za-z][A-Za-z-]*' | sed -E 's/^Fl /-/' | grep -E -- '^(--[a-z]|-[A-Za-z]$)' | sort -u
}

if [ -x "$daemon" ]; then
	"$daemon" --help < /dev/null > "$dir/help" 2> "$dir/stray"
	result $? "catchbasind --help succeeds" "$(cat "$dir/stray")"
	help_options < "$dir/help" > "$dir/told"
	man_options man/catchbasind.8 > "$dir/written"
	result "$(($(wc -l < "$dir/told") < 6))" "catchbasind --help lists its options"
	nothing "catchbasind(8) has every option of --help" "$(comm -23 "$dir/told" "$dir/written")"
	nothing "catchbasind --help has every option of catchbasind(8)" "$(comm -13 "$dir/told" "$dir/written")"
	# In the README, an option on a line that calls the daemon is one it has.
	grep -E 'catchbasind' README.md | grep -oE 'catchbasind( [^`|;&]*)?' | help_options |
		grep -E '^--[a-z]' > "$dir/shown"
	nothing "README shows no option that catchbasind does not have" "$(comm -23 "$dir/shown" "$dir/told")"

	"$daemon" --describe=conf > "$dir/conf" 2> "$dir/stray"
	result $? "catchbasind --describe=conf succeeds" "$(cat "$dir/stray")"
	nothing "etc/catchbasin.conf is what --describe=conf says" "$(diff -u etc/catchbasin.conf "$dir/conf" | head -n 20)"
	"$daemon" --describe=man > "$dir/keys" 2> "$dir/stray"
	result $? "catchbasind --describe=man succeeds" "$(cat "$dir/stray")"
	# Every line of the key table as mdoc is a line of the page, whatever stands around it.
	nothing "catchbasin.conf(5) holds what --describe=man says" \
		"$(grep -v '^\.\\"' "$dir/keys" | grep -vxFf man/catchbasin.conf.5 | head -n 20)"
else
	result 1 "catchbasind is built"
fi

if [ -x "$ctl" ]; then
	"$ctl" --help < /dev/null > "$dir/help" 2> "$dir/stray"
	result $? "catchbasin --help succeeds" "$(cat "$dir/stray")"
	# Verbs: "  audit [--json]   does the ..." ; in the page ".It Cm audit".
	sed -nE 's/^ +([a-z][a-z-]*)( .*)?$/\1/p' "$dir/help" | grep -vxE 'catchbasin|or' | sort -u > "$dir/told"
	sed -nE 's/^\.It (Cm|Ic) ([a-z][a-z-]*).*/\2/p' man/catchbasin.1 | sort -u > "$dir/written"
	result "$(($(wc -l < "$dir/told") < 1))" "catchbasin --help lists its verbs"
	nothing "catchbasin(1) has every verb of --help" "$(comm -23 "$dir/told" "$dir/written")"
	nothing "catchbasin --help has every verb of catchbasin(1)" "$(comm -13 "$dir/told" "$dir/written")"
	help_options < "$dir/help" > "$dir/told"
	man_options man/catchbasin.1 > "$dir/written"
	nothing "catchbasin(1) has every option of --help" "$(comm -23 "$dir/told" "$dir/written")"
else
	result 1 "catchbasin is built"
fi

for page in catchbasind.8 catchbasin.1 catchbasin.conf.5 catchbasin-store.5; do
	if [ ! -e "man/$page" ]; then
		result 1 "man/$page is there"
	elif command -v mandoc > /dev/null; then
		nothing "$page is clean mdoc" "$(mandoc -Tlint -W warning "man/$page" 2>&1)"
	else
		skip "$page is clean mdoc" "mandoc is missing"
	fi
done

# Files the README and its companions point at are there.
nothing "no dead link in the documents" "$(for doc in README.md ARCHITECTURE.md CONTRIBUTING.md NEWS.md; do
	grep -oE '\]\([^)#: ]+' "$doc" | sed 's/^](//' | sort -u | while read -r target; do
		[ -e "$target" ] || echo "$doc: $target"
	done
done)"
finish
