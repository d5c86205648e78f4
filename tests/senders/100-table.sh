#!/usr/bin/env bash
# Real senders: every line of the README's table "Point your sender at catchbasin" is run word by word, but that 5140 is
# replaced by a free port and /run/catchbasin/in.sock by a path here. Each runs twice: straight into the daemon, and
# through wire.py, which keeps the bytes. What is stored must be what went over the wire, byte for byte, and what the
# sender was to say (expected.py). A sender that cannot be had is skipped.
. "${top_srcdir:-.}/tests/senders/lib.sh"

# Which program a row takes, and who runs its line.
sender() {
	case $1 in
	bash) echo "bash command" ;;
	'nc (OpenBSD)') echo "nc.openbsd command" ;;
	'nc (traditional)') echo "nc.traditional command" ;;
	'nc (busybox)') echo "busybox command" ;;
	ncat | socat) echo "$1 command" ;;
	logger*) echo "logger command" ;;
	rsyslog*) echo "rsyslog rsyslog" ;;
	syslog-ng*) echo "syslog-ng syslog-ng" ;;
	Python*) echo "python python" ;;
	*) echo "unknown unknown" ;;
	esac
}

find_programs busybox nc.openbsd nc.traditional ncat socat logger rsyslog syslog-ng
# Folders in which each has the name that its lines call it by.
for name in "${!program[@]}"; do
	mkdir -p "bin.$name"
	as=bin.$name/$name
	[[ $name != nc.* ]] || as=bin.$name/nc
	printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "${libraries[$name]-}" "${program[$name]}" > "$as"
	chmod +x "$as"
done

# ---- the daemon: for each row a listener to be reached straight, and one behind the wire ----

mkdir wire
awk -f "$here/table.awk" "$top_srcdir/README.md" > table
at_least "$(wc -l < table)" 26 "the README has a table of senders" || done_testing
base_conf > senders.conf
n=0
while IFS=$'\t' read -r _ over framing _; do
	n=$((n + 1))
	for way in s w; do
		case $over in
		tcp | udp) where=127.0.0.1:0 ;;
		*) where=$work/$way$n.sock ;;
		esac
		printf '[listener %s%d]\naddress = %s://%s\nframing = %s\n' $way $n "$over" "$where" "$framing"
	done >> senders.conf
done < table
start_daemon senders.conf

reached() {
	address_of "$1" | sed -E 's,^(tcp|udp)://.*:,,; s,^unix(gram)?://,,'
}

n=0
while IFS=$'\t' read -r _ over _; do
	n=$((n + 1))
	printf 's%d %s\n' $n "$(reached s$n)" >> places
	printf 'w%d %s %s\n' $n "$over" "$(reached w$n)"
done < table > ways
$python "$here/wire.py" wire < ways > wired 2> wire.log &
echo $! > wire.pid
retry 20 grep -qx ready wired || fail "the wire is up"
grep -v ready wired >> places

# ---- the senders ----

$python "$here/compare.py" file
n=0
while IFS=$'\t' read -r label over framing line; do
	n=$((n + 1))
	read -r name kind < <(sender "$label")
	why=${missing[$name]-}
	[ -z "$why" ] || skip "$label $over" "$why"
	printf '%d\t%s\t%s\t%s\n' $n "$label $over" "$framing" "${why:+skipped}" >> rows
	[ -z "$why" ] || continue
	for way in s w; do
		place=$(sed -n "s/^$way$n //p" places)
		said=${line//5140/$place}
		said=${said//\/run\/catchbasin\/in.sock/$place}
		if [ "$kind" = command ]; then
			(
				PATH=$work/bin.$name:$PATH
				timeout $((20 * TEST_SLOW)) bash -c "$said" < /dev/null > "said.$way$n" 2>&1 ||
					echo "$label $over: status $?: $said: $(cat "said.$way$n")" >> complaints
			) &
			echo $! >> commands
		else
			printf '%s\n' "$said" >> "$kind.lines"
		fi
	done
done < table

[ ! -e rsyslog.lines ] || run_rsyslog rsyslog.lines
[ ! -e syslog-ng.lines ] || run_syslog_ng syslog-ng.lines
$python "$here/log.py" python < python.lines > python.said 2>&1 || diag "Python:" "$(tail -n 5 python.said)"
for name in rsyslog syslog-ng; do
	[ ! -e $name.lines ] || log_to $name
done
# shellcheck disable=SC2046 # numbers
wait 0 $(cat commands) 2> /dev/null
is "$(cat complaints 2> /dev/null)" "" "each command of the table succeeds"

# ---- what is stored ----

compared() {
	$python "$here/compare.py" rows wire "$store" > judged 2> compare.err
}
retry 10 compared
while IFS=$'\t' read -r verdict label wrong; do
	[ "$verdict" = ok ]
	report $? "$label: stored as sent, byte for byte" || diag "$wrong"
done < judged
is "$(tail -n 1 compare.err)" "" "all rows could be compared"
at_least "$(grep -c '' judged)" 2 "and there were some"

end rsyslog syslog-ng wire
stop_daemon
is $? 0 "a clean stop"
books_balance
done_testing
