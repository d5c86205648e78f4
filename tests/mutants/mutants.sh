# shellcheck shell=bash
# Mutants: what is in a file of theirs, and how one is built. Wants $top, $build and $dir.
#
# A mutant is a file NAME.mut: lines "word: text" (story, file, verdict, says; by, as often as need be; needs: tsan, where
# only ThreadSanitizer can tell, with the verdict "race"), then, once or more, each after a line of its own, the exact text that is there (--- is) and what it becomes (--- becomes), up to
# --- end. Whole lines, so often that each text is there only once.

# shellcheck disable=SC2154 # top and build are of house.sh, mutant_* of how.sh: how this build compiles and links

# shellcheck source=/dev/null
. "$build/tests/mutants/how.sh"

# read_mutant FILE: story, file, needs, verdict, says, by[], is[] and becomes[] of it; 1 if it is none.
read_mutant() {
	local line part=head n=-1
	story='' file='' needs='' verdict='' says='' is=() becomes=() by=()
	while IFS= read -r line; do
		case $part:$line in
		'head:--- is' | 'becomes:--- is')
			part=is
			n=$((n + 1))
			is[n]='' becomes[n]=''
			;;
		'is:--- becomes') part=becomes ;;
		'becomes:--- end') part=end ;;
		'head:story: '*) story=${line#story: } ;;
		'head:file: '*) file=${line#file: } ;;
		'head:needs: '*)
			# shellcheck disable=SC2034 # of who reads the mutant
			needs=${line#needs: }
			;;
		'head:verdict: '*) verdict=${line#verdict: } ;;
		'head:says: '*) says=${line#says: } ;;
		'head:by: '*) by+=("${line#by: }") ;;
		is:*) is[n]+=$line$'\n' ;;
		becomes:*) becomes[n]+=$line$'\n' ;;
		*)
			echo "$1: what is this? $line"
			return 1
			;;
		esac
	done < "$1"
	if [ "$part" != end ] || [ -z "$story" ] || [ -z "$file" ] || [ -z "$verdict" ] || [ -z "$says" ] ||
		[ ${#by[@]} -eq 0 ]; then
		echo "$1: something is missing"
		return 1
	fi
}

# mutate FROM TO: writes the source FROM with each is[] become its becomes[]; 1 if one is not there exactly once.
mutate() {
	local text rest count i
	text=$(< "$1")$'\n'
	for i in "${!is[@]}"; do
		rest=${text//"${is[i]}"/}
		count=$(((${#text} - ${#rest}) / ${#is[i]}))
		if [ "$count" -ne 1 ] || [ "${is[i]}" = "${becomes[i]}" ]; then
			echo "$1: text $((i + 1)) that is to be changed is there $count times"
			return 1
		fi
		text=${text/"${is[i]}"/"${becomes[i]}"}
	done
	printf '%s' "$text" > "$2"
}

# build_mutant SOURCE PROGRAM: SOURCE stands in for the original of its name.
build_mutant() {
	(
		cd "$build" || exit
		$mutant_compile -w -c "$1" -o "$2.o" && $mutant_link -o "$2" tests/mutants/drive.o "$2.o" $mutant_libs
	)
}

# mutants_of NEEDS: the names of those that need that of a build; without it, of those that need nothing.
mutants_of() {
	if [ -n "$1" ]; then
		grep -lx "needs: $1" "$top"/tests/mutants/*.mut
	else
		grep -L '^needs: ' "$top"/tests/mutants/*.mut
	fi | sed 's|.*/||; s|\.mut$||'
}

# kept_schedule NAME: the one kept, if there is one.
kept_schedule() {
	sed -n "s/^$1 \(cb1:.*\)/\1/p" "$top/tests/schedules/mutants.txt"
}
