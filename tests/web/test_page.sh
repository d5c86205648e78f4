#!/usr/bin/env bash
# The status page in a real browser, of a real daemon: figures live, messages only text, by keyboard, for a screen reader,
# wide and narrow, light and dark; a daemon that goes away and comes back; no error, and nobody else asked.
# shellcheck source=tests/system/lib.sh
. "${top_srcdir:-.}/tests/system/lib.sh"
need python3
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
	skip_all "chromium is missing"

conf() {
	base_conf
	printf '[listener in]\naddress = tcp://127.0.0.1:0\nmax_message = 600\n[listener u]\naddress = udp://127.0.0.1:0\n'
	printf 'max_message = 100\noversize = drop\n[metrics]\naddress = 127.0.0.1:%s\n' "$1"
}

conf 0 > my.conf
start_daemon my.conf || done_testing
web=$(grep -oE 'metrics and status page: http://[^ ]*' "$work/daemon.log" | grep -o 'http:.*')
conf "${web//[!0-9]/ }" | sed -E 's/^(address = 127.0.0.1:).* ([0-9]+) *$/\1\2/' > my.conf

act() {
	case $1 in
	load)
		"$top_builddir/tests/support/blast" -n 1000000 -r 3000 -s 90 -t 120 "$(address_of in)" > blast.out 2>&1 &
		loader=$!
		;;
	quiet)
		kill "$loader"
		wait "$loader" 2> /dev/null
		;;
	strangers)
		printf 'evil \033[31mred <script>window.pwned = 1</script><img src=x onerror=window.pwned=1> \342\200\256gnp.exe\n' > evil
		printf '\377\376 binary\0line\n%0900d\n' 0 >> evil
		cat evil > "/dev/tcp/127.0.0.1/$(port_of in)"
		printf '%0200d' 0 > "/dev/udp/127.0.0.1/$(port_of u)"
		;;
	one) printf 'one more\n' > "/dev/tcp/127.0.0.1/$(port_of in)" ;;
	stop) stop_daemon > stopped ;;
	start) start_daemon my.conf ;;
	esac
}

mkdir pictures
coproc VISIT { PYTHONDONTWRITEBYTECODE=1 python3 "$top_srcdir/tests/web/page.py" "$browser" "$web" "$work/pictures" 2> err; }
visit=$VISIT_PID
end=''
while read -r -t $((120 * TEST_SLOW)) -u "${VISIT[0]}" word rest; do
	case $word in
	ok) pass "$rest" ;;
	no) fail "$rest" ;;
	'#') diag "$rest" ;;
	do)
		act "$rest"
		echo >&"${VISIT[1]}"
		;;
	skip)
		skip "the page in a browser" "$rest"
		end=1
		break
		;;
	end)
		end=1
		break
		;;
	esac
done
ok "the visit comes to its end" test -n "$end"
wait "$visit" 2> /dev/null
[ ! -s err ] || diag "$(tail -n 5 err)"
[ -z "${PICTURES-}" ] || cp pictures/*.png "$PICTURES"
stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
