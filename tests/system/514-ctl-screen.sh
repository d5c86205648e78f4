#!/usr/bin/env bash
# What the command does on a terminal: top draws and gives it back, bodies are safe; and doctor, completion.
. "${top_srcdir:-.}/tests/system/lib.sh"

on_pty=$top_builddir/tests/ctl/on_pty
need python3
[ -x "$on_pty" ] || skip_all "$on_pty is missing"
{
	base_conf
	cat <<- CONF
		[listener in]
		address = tcp://127.0.0.1:0
		max_connections = 10
		[listener gram]
		address = udp://127.0.0.1:0
		rcvbuf = 64K
	CONF
} > my.conf
start_daemon my.conf || done_testing
top=("$CATCHBASIN" -c my.conf top)
esc=$'\033'

# screens NAME STATUS ROWS COLUMNS KEYS ARG...: top on a terminal of that size.
screens() {
	local name=$1 status=$2
	shift 2
	run "$on_pty" "$1" "$2" "$3" "${top[@]}" "${@:4}"
	is $? "$status" "$name"
}
screens "q ends top" 0 24 80 q
has "$(cat out)" "${esc}[?1049h" "it draws on the other screen"
has "$(tail -c 40 out)" "${esc}[?25h${esc}[?1049l" "and gives the first one back, with its cursor"
has "$(cat out)" "healthy - catchbasind" "with the verdict"
has "$(cat out)" "received/s" "and rates"
screens "Esc ends it" 0 24 80 '\e'
screens "^C ends it" 0 24 80 '\c'
has "$(tail -c 40 out)" "${esc}[?1049l" "the screen is given back then, too"
screens "keys draw at once" 0 24 80 '   q' --interval=10s
at_least "$(grep -o "${esc}\[H" out | wc -l)" 4 "each of them"
screens "another size" 0 24 80 '\r q'
screens "after so many looks" 0 24 80 '' -n 3 --interval=50ms
is "$(grep -o "${esc}\[H" out | wc -l)" 3 "as many as asked for"
for size in "24 80" "10 40" "3 20" "1 1" "60 200"; do
	# shellcheck disable=SC2086 # words
	screens "a terminal of $size" 0 $size q
	rows=${size% *} columns=${size#* }
	# Between two frames: no line is wider than the terminal, and there are no more than it has.
	wide=$(tr -d '\r' < out | sed "s/${esc}\[[?0-9]*[A-Za-z]//g" | awk -v c="$columns" 'length > c && !/^catchbasin/')
	is "$wide" "" "fits its columns"
	at_most "$(sed "s/.*${esc}\[H//" out | wc -l)" "$rows" "and its rows"
done
run "${top[@]}" -n 2 --interval=50ms
is "$(grep -c '^listener' out)" 2 "without a terminal: one look below the other"
is "$(grep -c "$esc" out)" 0 "and no escape"
doomed=$(daemon_pid)
rm out
{
	retry 20 grep -qs "received/s" out
	kill -KILL "$doomed"
} &
disown "$doomed"
run "$on_pty" 24 80 '' "${top[@]}" --interval=100ms
is $? 69 "a daemon that dies ends it"
has "$(tail -n 1 out)" "catchbasin: " "with a word"
has "$(cat out)" "${esc}[?1049l" "on the first screen"
wait
rm -f daemon.pid
exits 69 "no daemon" "${top[@]}"
is "$(wc -l < err)" 1 "one line, and no other screen"
start_daemon my.conf || done_testing

# Bodies on a terminal: raw and CSV are safe there.
printf '\033]0;title\a\033[2J\302\233 gr\303\274n \342\200\256evil\n' | "$CATCHBASIN" -c my.conf send --stdin in > /dev/null
await_rows 1
for verb in "tail" "tail -o raw" "tail -o csv" "tail -o jsonl" "export -o raw" "export -o csv" "query -o csv" "query -o jsonl" "query"; do
	sql=()
	[[ $verb != query* ]] || sql=("SELECT body FROM messages")
	# shellcheck disable=SC2086 # words
	run "$on_pty" 24 80 '' "$CATCHBASIN" -c my.conf $verb "${sql[@]}"
	is $? 0 "$verb on a terminal"
	is "$(tr -d '\r\n\40-\176\200-\377' < out | wc -c)" 0 "no control character"
	is "$(grep -c $'\302\233\|\342\200\256' out)" 0 "and none that is hidden"
	has "$(cat out)" "grün" "and UTF-8"
done
run "$on_pty" 24 80 '' "$CATCHBASIN" -c my.conf send -n 3000 --rate=10000 in
has "$(cat out)" "[##" "send has a bar on a terminal"
has "$(cat out)" "100%  3,000 of 3,000" "to its end"
run "$on_pty" 24 50 '' "$CATCHBASIN" -c my.conf query "SELECT id, peer, listener, received_at FROM messages LIMIT 2"
like "$(tr -d '\r' < out)" $'received_at  [0-9]+\n\n +id  2' "a table that is too wide becomes records"

# ---- doctor ----
json() { jq -r "$1" < "$work/out"; }
command -v jq > /dev/null || json() { echo "no jq"; }
run "$CATCHBASIN" -c my.conf doctor
status=$?
ok "doctor ends with 0 or 1" test $status -le 1
is "$(awk 'length > 80' out | grep -v 'mend:')" "" "in 80 columns"
like "$(tail -n 1 out)" 'mending\.$' "and says what there is to do"
for subject in configuration daemon "receive buffer" descriptors backlog "file system" "free space" "disk sync" port SQLite clock; do
	like "$(cat out)" "(good|look|BAD|unknown) +$subject " "$subject is looked at"
done
has "$(cat out)" "listener in: the daemon holds port $(port_of in)" "the daemon holds its own ports"
run "$CATCHBASIN" -c my.conf doctor --json
if command -v jq > /dev/null; then
	is "$(json '[.findings[] | select(.verdict == "look" or .verdict == "BAD") | .mend == ""] | any')" "false" "all that needs mending says how"
fi
stop_daemon
# A port that somebody else holds, limits that are too low, a directory that is not there.
python3 -c 'import signal, socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
signal.pause()' > port.txt &
holder=$!
echo $holder > holder.pid
held() { [ -s port.txt ]; }
await 20 "somebody holds a port" held
port=$(cat port.txt)
sed "s/tcp:.*/tcp:\/\/127.0.0.1:$port/; s/max_connections = .*/max_connections = 60000/; s/rcvbuf = .*/rcvbuf = 1G/; s|$store|$work/nowhere/m.db|" my.conf > bad.conf
run prlimit --nofile=1000:1000 "$CATCHBASIN" -c bad.conf doctor
is $? 1 "what needs mending is an exit status"
has "$(cat out)" "process $holder (python3) holds port $port" "who holds the port"
has "$(cat out)" "sysctl -w net.core.rmem_max=1073741824" "how to allow the receive buffer"
has "$(cat out)" "LimitNOFILE=6" "how many descriptors"
has "$(cat out)" "install -d" "how to make the directory"
kill $holder
wait $holder 2> /dev/null
rm -f holder.pid
echo nonsense >> bad.conf
run "$CATCHBASIN" -c bad.conf doctor
is $? 1 "a wrong configuration is a finding"
like "$(cat out)" 'BAD +configuration +bad.conf:[0-9]+' "with its line"
is "$(find "$work" -name ".*" ! -path "$work")" "" "and nothing is left behind"

# ---- completion ----
for shell in bash zsh fish; do
	exits 0 "completion $shell" "$CATCHBASIN" completion $shell
	cp out "completion.$shell"
	if [ $shell = fish ]; then no_exec=--no-execute; else no_exec=-n; fi
	if command -v $shell > /dev/null; then
		ok "$shell understands it" $shell $no_exec "completion.$shell"
	else
		skip "$shell understands it" "$shell is missing"
	fi
	case $shell in bash) file=catchbasin ;; zsh) file=_catchbasin ;; fish) file=catchbasin.fish ;; esac
	if [ -d "$top_builddir/src/ctl/completion" ]; then
		ok "it is what is installed" cmp "completion.$shell" "$top_builddir/src/ctl/completion/$file"
	else
		skip "it is what is installed" "a cross compiler's program was not run"
	fi
	"$CATCHBASIN" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' > verbs
	for verb in $(cat verbs); do
		grep -q "\b$verb\b" "completion.$shell" || fail "$shell knows $verb"
	done
	for option in $("$CATCHBASIN" --help | grep -oE -- '--[a-z]+' | sort -u); do
		grep -q -- "-l ${option#--}\|$option" "completion.$shell" || fail "$shell knows $option"
	done
done
# complete WORD...: what bash would offer for the last word.
complete_with() {
	bash -c '
		. ./completion.bash
		compopt() { :; }
		COMP_WORDS=(catchbasin "$@") COMP_CWORD=$#
		_catchbasin
		printf "%s " "${COMPREPLY[@]}"' _ "$@"
}
is "$(complete_with sta)" "status stats " "verbs"
is "$(complete_with tail --f)" "--follow " "options of a verb"
is "$(complete_with --socket=x loglevel de)" "debug " "operands"
is "$(complete_with status --fol)" " " "none that it does not have"
touch a-file.conf
is "$(complete_with --config=a-f)" "a-file.conf " "files"
done_testing
