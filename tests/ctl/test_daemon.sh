#!/usr/bin/env bash
# What the command makes of a daemon's answers, good and bad.
# shellcheck source=tests/ctl/lib.sh
. "$(dirname "$0")/lib.sh"

# reply VERB TEXT
reply() {
	printf '%s' "$2" > "answers/$1"
}

mkdir answers
start_helper fake_daemon s.sock answers
make_store m.db 2 0 finish

columns='"received":1234567,"kernel":5,"stored":1234000,"lost":72,"queued":400,"in_flight":100'
reply audit '{"v":1,"ok":true,"verb":"audit","data":{"daemon":{"pid":811,"version":"9"},"balanced":true,"stores":[
{"name":"main","path":"/p","balanced":true,"total":{'"$columns"'},"listeners":[{"listener":"in","balanced":true,'"$columns"'}]}]}}'
tr -d '\n' < answers/audit > answers/one && mv answers/one answers/audit
ctl 0 "audit" --socket=s.sock audit
has "$out" "audit from the daemon, pid 811" "says where from"
has "$out" "1,234,567" "grouped"
has "$out" "The books balance." "in words"
plain "audit"
ctl 0 "audit --json" --socket=s.sock audit --json
is "$out" "$(sed 's/.*"data"://; s/}$//' answers/audit)" "the daemon's data as it is"
ctl 0 "the daemon comes first" --socket=s.sock --store=m.db audit
has "$out" "from the daemon, pid 811" "with a store given too"
ctl 0 "a store alone" --store=m.db audit
hasnt "$out" "811" "asks no daemon"

sed 's/"queued":400/"queued":397/g' answers/audit > answers/one && mv answers/one answers/audit
ctl 65 "columns that do not add up" --socket=s.sock audit
has "$out" "in: 3 messages came in and are nowhere" "are seen here too"
has "$out" "The books do NOT balance." "and said"
sed 's/"balanced":true/"balanced":false/g' answers/audit > answers/one && mv answers/one answers/audit
ctl 65 "books that the daemon says are wrong" --socket=s.sock --json audit
reply audit '{"v":1,"ok":true,"data":{"daemon":{"pid":1},"stores":[]}}'
ctl 65 "no books at all" --socket=s.sock audit

reply status '{"v":1,"ok":true,"verb":"status","data":{"daemon":{"pid":811,"version":"9","uptime_ms":90061000,"stopping":true},
"total":{"balanced":true,'"$columns"',"losses":[{"reason":"kernel","messages":5,"bytes":0}]},
"stores":[{"name":"main","path":"/p","queue":{"messages":500,"capacity_messages":262144},"pool":{"state":"retrying","why":"disk full"}}],
"listeners":[{"name":"in","address":"tcp://127.0.0.1:1","overflow":"block","account":{"balanced":true,'"$columns"'},
"counters":[{"name":"unheard_of","unit":"furlongs","value":1234}]}]}}'
tr -d '\n' < answers/status > answers/one && mv answers/one answers/status
ctl 0 "status" --socket=s.sock status
plain "status"
has "$out" "up 1d 1h" "for how long"
has "$out" "STOPPING" "that it stops"
has "$out" "retrying: disk full" "what is wrong"
has "$out" "unheard_of 1,234 furlongs" "a counter nobody has told this command of"
has "$out" "kernel 5" "the losses"

reply loss '{"v":1,"ok":true,"verb":"loss","data":{"daemon":{"pid":811},"stores":[{"name":"main","path":"/p","losses":
[{"listener":"in","reason":"oversize","messages":3,"bytes":4000}]},{"name":"side","path":"/q","losses":[]}]}}'
tr -d '\n' < answers/loss > answers/one && mv answers/one answers/loss
ctl 0 "loss" --socket=s.sock loss
has "$out" "oversize" "the reason"
has "$out" "4,000" "the bytes"
has "$out" "no loss in this run" "and none where there is none"
plain "loss"

# Names as long as can be, and hostile ones.
name=$(printf 'n%.0s' {1..60})
sed "s/\"listener\":\"in\"/\"listener\":\"$name\"/" answers/loss > answers/one && mv answers/one answers/loss
ctl 0 "a long name" --socket=s.sock loss
plain "a long name"
reply loss '{"v":1,"ok":true,"data":{"daemon":{"pid":811},"stores":[{"name":"\u001b[2J","path":"\u009b1m\n\\","losses":[{"listener":"gr\u00fcn","reason":"\u0007"}]}]}}'
ctl 0 "hostile names" --socket=s.sock loss
plain "hostile names"
has "$out" '\x1b[2J' "escaped"
ctl 0 "hostile names as JSON" --socket=s.sock loss --json
plain_json=$(tr -d '\n -~' < out.txt)
is "$plain_json" "" "ASCII only"

# Members missing, of other types.
for data in '{}' '{"daemon":{}}' '{"daemon":7,"stores":7}' '{"daemon":{"pid":"x"},"stores":[1,null,{}],"listeners":[{},"x"],"total":[]}' \
	'{"daemon":{},"stores":[{"listeners":[{}],"losses":[{}],"queue":[],"pool":"x","total":null}]}'; do
	for verb in status audit loss; do
		reply "$verb" "{\"v\":1,\"ok\":true,\"data\":$data}"
		timeout 20 "$catchbasin" --socket=s.sock "$verb" > out.txt 2> err.txt
		code=$?
		[ $code -eq 0 ] || [ $code -eq 65 ]
		report $? "$verb survives $data" "exit status $code: $(cat err.txt)"
	done
done

# Answers that are none.
reply status '{"v":1,"ok":false,"exit":75,"error":"I \u001b[1mwill not"}'
ctl 75 "a daemon that will not" --socket=s.sock status
one_line "a daemon that will not"
has "$err" 'says: I \x1b[1mwill not' "its words, escaped"
for line in 'nonsense' '[]' '{"v":2,"ok":true,"data":{}}' '{"v":1,"ok":true}' '{"v":1}' '{"v":1,"ok":false}' '{"v":1,"ok":false,"exit":0}' \
	'{"v":1,"ok":false,"exit":99999}' '(nothing)' ''; do
	reply status "$line"
	ctl 69 "answer '$line'" --socket=s.sock status
	one_line "answer '$line'"
done
ctl 69 "a daemon's bad answer is no reason to read the file" --socket=s.sock --store=m.db status
rm answers/status
ctl 69 "the request itself" --socket=s.sock status

# Somebody who takes the question and says nothing; the patience is 10 s.
reply status '{"v":1,"ok":true,"data":{"daemon":{"pid":1}}}'
freeze "$helper_pid"
ctl 69 "a daemon that hangs" --socket=s.sock status
has "$err" "does not answer within 10 s" "in words"
kill -CONT "$helper_pid"
stop_helper

ctl 0 "a daemon that is gone" --socket=s.sock --store=m.db status
has "$out" "status from the file m.db, no daemon answers" "the file is read"
: > plain.sock
ctl 69 "a plain file in the place of the socket" --socket=plain.sock status
if [ "$(id -u)" -ne 0 ]; then
	start_helper fake_daemon s.sock answers
	chmod 0 s.sock
	ctl 77 "a socket without permission" --socket=s.sock status
	one_line "a socket without permission"
	ctl 77 "it is no reason to read the file" --socket=s.sock --store=m.db status
	stop_helper
fi
done_testing
