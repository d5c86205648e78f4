#!/usr/bin/env bash
# What the command says of a store file when no daemon is asked.
# shellcheck source=tests/ctl/lib.sh
. "$(dirname "$0")/lib.sh"

# json FILTER: of what the last ctl printed; nothing to check without jq.
json() {
	jq -r "$1" < out.txt 2>&1
}
has_jq=$(command -v jq)

make_store s.db 1234 5 finish
for verb in status audit loss; do
	ctl 0 "$verb" --store=s.db "$verb"
	has "$out" "$verb from the file s.db, no daemon asked" "says where from"
	plain "$verb"
done
ctl 0 "audit" --store=s.db audit
has "$out" "The books balance." "in words"
has "$out" "1,239" "received, grouped"
has "$out" "1,234 rows of this run are there, 1,234 were stored" "the rows"
has "$out" "stopped cleanly" "the stop"
ctl 0 "status" --store=s.db status
has "$out" "messages 1,234, ids 1 to 1,234, lost 5, runs 1" "the totals"
ctl 0 "loss" --store=s.db loss
has "$out" "queue_full" "the reason"
ctl 0 "audit --json" --store=s.db audit --json
is "$(wc -l < out.txt)" 1 "one line"
if [ -n "$has_jq" ]; then
	is "$(json '[.daemon, .balanced, (.stores | length)] | tostring')" '[null,true,1]' "its frame"
	is "$(json '.stores[0].last_run | [.id, .receipt, .clean, .received, .kernel, .stored, .lost, .rows, .balanced] | tostring')" \
		'[1,true,true,1239,0,1234,5,1234,true]' "the receipt"
	ctl 0 "status --json" --store=s.db --json status
	is "$(json '.stores[0] | [.path, .messages, .first_id, .last_id, .lost, .losses, .runs, .last_run.id] | tostring')" \
		'["s.db",1234,1,1234,5,1,1,1]' "the totals"
	ctl 0 "loss --json" --store=s.db loss --json
	is "$(json '.stores[0].losses[0] | [.listener, .reason, .messages, .bytes] | tostring')" '["udp","queue_full",5,50]' "the row"
fi

# Books that do not balance: a row is gone; a receipt that says too much.
if command -v sqlite3 > /dev/null; then
	sqlite3 s.db 'DELETE FROM messages WHERE id = 7'
	ctl 65 "a row is gone" --store=s.db audit
	has "$out" "1,233 rows of this run are there, 1,234 were stored: that is not the same" "in words"
	has "$out" "The books do NOT balance." "and clearly"
fi
make_store f.db 10 0 forge
ctl 65 "a forged receipt" --store=f.db audit
has "$out" "10 rows of this run are there, 11 were stored: that is not the same" "in words"
plain "a forged receipt"

# No receipt.
make_store c.db 10 0 crash
ctl 65 "a crashed run" --store=c.db audit
has "$out" "no receipt, nobody holds the store: it crashed" "in words"
has "$out" "The books cannot be audited." "and clearly"
plain "a crashed run"
ctl 0 "status of it" --store=c.db status
has "$out" "it crashed" "says so"
make_store c.db 0 0 finish
ctl 0 "the run after it" --store=c.db audit
ctl 0 "loss" --store=c.db loss
has "$out" "crash" "has a row for the crash"
plain "loss of a crash"

start_helper make_store h.db 10 0 hold
ctl 65 "a run that goes on" --store=h.db audit
has "$out" "process $helper_pid holds the store" "who holds it"
has "$out" "ask the daemon" "and what to do"
plain "a run that goes on"
if [ -n "$has_jq" ]; then
	ctl 65 "as JSON" --store=h.db audit --json
	is "$(json '.stores[0].last_run | [.receipt, .holder, .received, .balanced] | tostring')" "[false,$helper_pid,null,false]" "no receipt"
fi
stop_helper

# Names that would like to drive a terminal.
make_store e.db 1 3 evil
ctl 0 "loss with evil names" --store=e.db loss
plain "loss with evil names"
has "$out" '\x1b[31mred\x0a\xc2\x9b' "escaped"
has "$out" 'not\xffutf8' "even what is no UTF-8"
ctl 0 "loss --json with evil names" --store=e.db loss --json
is "$(wc -l < out.txt)" 1 "one line"
[ -z "$(tr -d '\n -~' < out.txt)" ]
report $? "ASCII only"
make_store $'ev\033il.db' 1 0 finish
ctl 0 "a file with such a name" $'--store=ev\033il.db' status
plain "a file with such a name"

make_store none.db 0 0 finish
ctl 0 "no loss" --store=none.db loss
has "$out" "no loss" "said in words"
ctl 0 "an audit of no messages" --store=none.db audit
ctl 0 "a status of no messages" --store=none.db status

# What is no store.
printf 'hello, this is no database\n' > text.db
ctl 65 "a text file" --store=text.db status
one_line "a text file"
: > empty.db
ctl 65 "an empty file" --store=empty.db audit
is "$(wc -c < empty.db)" 0 "it stays empty"
mkdir dir.db
timeout 60 "$catchbasin" --store=dir.db status > out.txt 2> err.txt
report $((!$?)) "a directory is an error"
if [ "$(id -u)" -ne 0 ]; then
	chmod 0 none.db
	ctl 77 "a file without permission" --store=none.db status
	one_line "a file without permission"
fi

# A command that cannot say what it has to say.
if [ -e /dev/full ]; then
	"$catchbasin" --store=f.db status > /dev/full 2> err.txt
	is $? 74 "a full disk behind stdout: exit status 74"
fi
done_testing
