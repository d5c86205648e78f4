#!/usr/bin/env bash
# The programs we built are hardened: position independent, relocations read-only, fortified, stack protected.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/house.sh"

command -v readelf > /dev/null || skip_all "readelf is missing"
for name in catchbasind catchbasin; do
	bin=$build/$name
	if [ ! -x "$bin" ]; then
		result 1 "$name is built"
		continue
	fi
	instrumented "$bin" && skip_all "an instrumented build is not hardened"
	case " ${build_cflags-} " in
	*" -D_FORTIFY_SOURCE="*) fortified=yes ;;
	*) fortified=no ;;
	esac
	readelf -hW "$bin" | grep -Eq 'Type: +DYN'
	result $? "$name: position independent"
	readelf -dW "$bin" | grep -Eq 'FLAGS_1.*PIE'
	result $? "$name: marked as PIE"
	readelf -lW "$bin" | grep -q GNU_RELRO
	result $? "$name: read-only relocations"
	readelf -dW "$bin" | grep -Eq 'BIND_NOW|FLAGS.*NOW'
	result $? "$name: all symbols bound at start"
	readelf -lW "$bin" | grep -E 'GNU_STACK' | grep -Eqv 'RWE'
	result $? "$name: stack not executable"
	! readelf -lW "$bin" | grep -Eq 'LOAD.* (RWE|WE) '
	result $? "$name: nothing both writable and executable"
	! readelf -dW "$bin" | grep -Eq 'R(UN)?PATH'
	result $? "$name: no library path of its own"
	readelf --dyn-syms -W "$bin" | grep -q __stack_chk_fail
	result $? "$name: stack protector"
	if [ "$fortified" = yes ]; then
		readelf --dyn-syms -W "$bin" | grep -Eq '__[a-z]+_chk(@|$)'
		result $? "$name: fortified"
	else
		skip "$name: fortified" "CFLAGS do not optimise"
	fi
done
# The C library's own start files are not marked, so the program is not: our objects are.
case " ${build_cflags-} " in
*" -fcf-protection "*)
	unmarked=$(for lib in "$build"/src/*/lib*.a; do
		readelf -nW "$lib" 2> /dev/null | awk '/^File:/ { if (file && !ibt) print file; file = $2; ibt = 0 }
			/IBT/ { ibt = 1 } END { if (file && !ibt) print file }'
	done)
	nothing "every object is built for control-flow protection" "$unmarked"
	;;
*) skip "every object is built for control-flow protection" "the compiler does not know it here" ;;
esac
finish
