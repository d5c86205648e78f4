#!/usr/bin/env bash
# systemd's journal, told by the files and commands of docs/senders.md to pass on what it gets: each message is a row with the
# one who logged it, and what the daemon itself says does not feed itself.
. "${top_srcdir:-.}/tests/systemd/booted.sh"

# part FIRST-LINE: the code block of docs/senders.md that starts with it.
part() {
	awk -v "first=$1" '/^```/ { inside = !inside; fresh = inside; here = 0; next }
		fresh { here = $0 == first; fresh = 0 } here' "$top_srcdir/docs/senders.md"
}

# Of the machine these tests boot, not of the one a reader has.
rm /etc/systemd/journald.conf.d/test.conf
for file in /etc/systemd/journald.conf.d/catchbasin.conf /etc/systemd/system/catchbasind-journal.socket \
	/etc/catchbasin/catchbasin.conf.d/journal.conf; do
	own=${file/#\/etc\/catchbasin\/catchbasin.conf.d/$conf.d}
	mkdir -p "${own%/*}"
	part "# $file" > "$own"
	at_least "$(grep -c . "$own")" 2 "docs/senders.md has ${file##*/}"
done
part 'systemctl daemon-reload' > commands
at_least "$(grep -c . commands)" 5 "and the commands"
run bash -e commands
is $? 0 "which succeed" || diag "$(cat err)"
is "$(property ActiveState)" active "the service runs"

logger --tag app --priority user.notice 'hello from a program'
logger --tag app --priority user.debug 'hello that is left out'
echo 'hello from a pipe' | systemd-cat -t piped -p warning
stored() { [ "$(sql "SELECT count(*) FROM messages WHERE listener = 'journal' AND body GLOB '$1'")" -ge 1 ]; }
await 10 "what logger says is stored" stored '<13>??? ?? ??:??:?? app*: hello from a program'
await 10 "and what a pipe says" stored '<12>??? ?? ??:??:?? piped*: hello from a pipe'
like "$(sql "SELECT peer FROM messages WHERE body LIKE '%from a pipe'")" '^unix:pid=[0-9]+,uid=0$' "with who said it"
is "$(sql "SELECT count(*) FROM messages WHERE body LIKE '%left out%'")" 0 "without debug lines"

# With debug on, each row makes lines about it: they must not become rows.
ok "debug lines are switched on" ctl loglevel debug --for 1m
logger --tag app 'hello to a talkative daemon'
await 10 "it says what it does" logged 'commit'
await 10 "and stores" stored '*hello to a talkative daemon'
before=$(rows)
logger --tag app 'the end'
await 10 "and goes on" stored '*the end'
at_most "$(($(rows) - before))" 20 "its own debug lines do not become messages"
ok "debug lines are switched off" ctl loglevel info

systemctl stop catchbasind-journal.socket $unit
books_balance
finish
