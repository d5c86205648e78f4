#!/usr/bin/env bash
# Each header compiles alone, with this build's compiler and flags.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/house.sh"

[ -e "$build/config.h" ] || skip_all "$build is not configured"
own_dir
cd "$top" || exit 99
while read -r header; do
	printf '#include "config.h"\n#include "%s"\n' "${header#src/}" > "$dir/alone.c"
	# shellcheck disable=SC2086 # words
	said=$(${build_cc:-cc} ${build_cppflags-} -I"$top/src" -I"$build" ${build_cflags--std=gnu11 -Wall} -Werror \
		-fsyntax-only "$dir/alone.c" 2>&1)
	result $? "${header#src/} stands alone" "$said"
done < <(find src -name '*.h' | sort)
finish
