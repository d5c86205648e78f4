#!/usr/bin/env bash
# The command line: help, version, hints, and where socket and store are looked for.
# shellcheck source=tests/ctl/lib.sh
. "$(dirname "$0")/lib.sh"

ctl 0 "--help" --help
has "$out" "usage: catchbasin [-c FILE] [--socket=PATH] [--store=FILE] VERB" "usage"
verbs=(status top stats audit loss tail query export loglevel reload drain dump send doctor completion)
for verb in "${verbs[@]}"; do
	has "$out" "  $verb " "$verb is listed"
done
is "$(sed -n '/^Verbs:/,/^$/p' out.txt | grep -c '^  ')" "${#verbs[@]}" "and no other"
plain "--help"
for verb in "${verbs[@]}"; do
	ctl 0 "$verb --help" "$verb" --help
	has "$out" "[--store=FILE] $verb" "its own usage"
	plain "$verb --help"
	ctl 0 "-h $verb" -h "$verb"
done
ctl 0 "--version" --version
has "$out" "catchbasin " "name and version"
ctl 0 "-V" -V

ctl 64 "no verb"
one_line "no verb"
ctl 64 "an unknown verb" statsu
one_line "an unknown verb"
has "$err" 'unknown verb "statsu"; did you mean "status"?' "with a hint"
ctl 64 "a far-off verb" xylophone
hasnt "$err" "did you mean" "has none"
has "$err" "--help" "but a way on"
ctl 64 "an unknown option" --sokcet=x status
one_line "an unknown option"
has "$err" "unknown option --sokcet; did you mean --socket?" "with a hint"
ctl 64 "an unknown option of the verb" status --jsno
has "$err" "did you mean --json?" "with a hint"
ctl 64 "an unknown letter" status -x
has "$err" "unknown option -x" "named"
ctl 64 "an option without its argument" status --store
has "$err" "--store=FILE" "says how"
ctl 64 "an option with an empty one" status --store=
ctl 64 "an option with one too many" status --json=yes
ctl 64 "an operand" status now
has "$err" 'status takes no operand, and here is "now"' "named"
ctl 64 "an operand that is missing" query
has "$err" "query needs an operand: catchbasin query SQL" "says which"
ctl 64 "one operand too many" query "SELECT 1" "SELECT 2"
ctl 64 "another verb's option" status --follow
has "$err" "status has no option --follow" "named"
ctl 64 "a verb's option, even before it" --rate=3 audit
for wrong in "tail -n x" "tail -n -1" "tail --since=later" "tail --since=2026-02-30" "tail -o jason" "tail --grep=(" "export --from=0" \
	"export -o short" "export --peer=10.0.0.0/33" "top --interval=1ms" "top -n 0" "loglevel loud" "loglevel debug --for=8d" \
	"loglevel --for=1m" "drain --timeout=1h" "send nobody" "send udp://127.0.0.1" "send tcp://:1" "send udp://127.0.0.1:9 --size=0" \
	"send udp://127.0.0.1:9 --framing=lines" "send udp://127.0.0.1:9 --ack" "completion csh" "stats --json --prometheus" \
	"query SELECT --timeout=forever"; do
	# shellcheck disable=SC2086 # words
	ctl 64 "$wrong" --socket=nowhere.sock --store=nowhere.db $wrong
	one_line "$wrong"
done
ctl 64 "control characters in an argument" $'\033[31m\nx'
one_line "control characters in an argument"
plain "control characters in an argument"

# Where things are.
ctl 69 "a store that is not there" --store=nowhere.db status
one_line "a store that is not there"
has "$err" "there is no store at nowhere.db" "named"
ctl 69 "a socket that is not there" --socket=nowhere.sock status
one_line "a socket that is not there"
has "$err" "no daemon answers at nowhere.sock" "named"
hasnt "$err" "there is no store" "and no file is looked for"
ctl 69 "neither" --socket=nowhere.sock --store=nowhere.db audit
has "$err" "no daemon answers at nowhere.sock, and there is no store at nowhere.db" "both are named"
long=$(printf 'x%.0s' {1..120})
ctl 64 "a socket's path that is too long" "--socket=$long" status
has "$err" "107" "names the limit"

make_store main.db 3 0 finish
make_store side.db 4 0 finish
cat > my.conf << CONF
[control]
path = $work/c.sock
[store main]
path = $work/main.db
[store side]
path = $work/side.db
[listener a]
address = tcp://127.0.0.1:0
[listener b]
address = tcp://127.0.0.1:0
store = side
CONF
for given in "-c my.conf" "-cmy.conf" "--config my.conf" "--config=my.conf"; do
	# shellcheck disable=SC2086 # words
	ctl 0 "$given" $given status
	has "$out" "main.db" "the first store"
	has "$out" "side.db" "and the second"
done
has "$out" "status from 2 files, no daemon answers" "from where"
ctl 0 "options after the verb" status -c my.conf --store side.db
has "$out" "status from the file side.db, no daemon asked" "override the configuration"
hasnt "$out" "main.db" "this store and no other"
ctl 0 "-c with --socket" -c my.conf --socket=nowhere.sock audit
has "$out" "side.db" "falls back on the stores of the configuration"
rm main.db*
ctl 0 "one of two stores" -c my.conf status
has "$out" "status from the file $work/side.db" "is enough"
rm side.db*
ctl 69 "none of them" -c my.conf status
has "$err" "no daemon answers at $work/c.sock, and there is no store at $work/main.db or $work/side.db" "all are named"

ctl 78 "a configuration that is not there" -c nowhere.conf status
has "$err" "nowhere.conf" "named"
printf '[store main]\npth = x\n' > bad.conf
ctl 78 "a wrong configuration" -c bad.conf status
has "$err" "bad.conf:2" "file and line"
make_store main.db 1 0 finish
ctl 0 "--store needs no configuration" -c bad.conf --store=main.db status

# Without a configuration, what lies here.
bare=1
for place in /etc/catchbasin /usr/local/etc/catchbasin /run/catchbasin /var/lib/catchbasin; do
	[ ! -e $place ] || bare=0
done
if [ $bare -eq 1 ]; then
	mv main.db messages.db
	ctl 0 "without a configuration" status
	has "$out" "status from the file ./messages.db, no daemon answers" "./messages.db"
	rm messages.db*
	ctl 69 "without anything" status
	has "$err" "/run/catchbasin/control.sock or ./catchbasin.sock" "both sockets are named"
	has "$err" "/var/lib/catchbasin/messages.db or ./messages.db" "and both stores"
fi
done_testing
