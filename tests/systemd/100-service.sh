#!/usr/bin/env bash
# The service as it is installed: user, directories, readiness, status, reload, journal, stops that take their time.
. "${top_srcdir:-.}/tests/systemd/booted.sh"

# ---- the unit ----

is "$(systemd-analyze verify --man=no "$unit_file" "${unit_file%.service}.socket" 2>&1)" "" "systemd-analyze verify is silent"
exposure=$(systemd-analyze security --no-pager $unit | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
ok "systemd-analyze security: exposure ${exposure:-unknown} is at most 1.2" awk "BEGIN { exit !(${exposure:-10} <= 1.2) }"
has "$(getent passwd catchbasin)" ":/var/lib/catchbasin:" "systemd-sysusers has made the user"
uid=$(id -u catchbasin)
systemd-sysusers "$sysusers_file"
is "$(id -u catchbasin)" "$uid" "who stays the same"
is "$(property DynamicUser) $(property User)" "no catchbasin" "and is not one made up for each start"

# ---- the start: who is ordered after it finds everything there ----

cat > /run/after.sh <<- 'SH'
	set -e
	exec 3<> /dev/tcp/127.0.0.1/5140
	printf 'early bird\n' >&3
	printf 'early datagram' > /dev/udp/127.0.0.1/5140
	[ "$(sqlite3 -readonly "$1" 'SELECT count(*) FROM runs')" = 1 ]
	"$2" "--socket=$3" status > /dev/null
SH
cat > /run/systemd/system/after.service <<- UNIT
	[Unit]
	Requires=$unit
	After=$unit
	[Service]
	Type=oneshot
	ExecStart=$BASH /run/after.sh $store $CATCHBASIN $socket
UNIT
systemctl daemon-reload
systemctl log-level debug
set_mark
ok "a unit ordered after it finds ports, store and control socket" systemctl start after.service
is "$(property ActiveState)" active "the service runs"
is "$(notifications | grep -c '^READY=1$')" 1 "it was ready once"
await_rows 2
is "$(sql "SELECT group_concat(body, ', ') FROM (SELECT body FROM messages ORDER BY body)")" "early bird, early datagram" \
	"what that unit sent is stored"
is "$(stat -c %U:%G "/proc/$(daemon_pid)")" catchbasin:catchbasin "it runs as that user"
is "$(sed -n 's/^Cap\(Prm\|Eff\|Bnd\|Amb\):[[:space:]]*//p' "/proc/$(daemon_pid)/status" | sort -u)" 0000000000000000 \
	"without any capability"
is "$(stat -c '%a %U' /var/lib/catchbasin $store $socket /run/catchbasin | tr '\n' ' ')" \
	"750 catchbasin 640 catchbasin 660 catchbasin 755 catchbasin " "StateDirectory and RuntimeDirectory, and what is in them"
setpriv --reuid=nobody --clear-groups cat $store > /dev/null 2> err
is $? 1 "others may not read the store"
setpriv --reuid=nobody --groups "$(id -g catchbasin)" "$CATCHBASIN" "--socket=$socket" status > out
is $? 0 "who is in the group may ask the daemon"

# ---- what systemctl status shows ----

like "$(property StatusText)" '^[0-9]+k?/s in, queue [0-9]+ %, 0 lost$' "a status: $(property StatusText)"
blast -n 10000 -r 10000 -S stream tcp://127.0.0.1:5140
refreshed() { [[ $(property StatusText) =~ ^[1-9][0-9]*k?/s ]]; }
await 30 "which is refreshed: $(property StatusText)" refreshed
await_rows 10002
is "$(property WatchdogUSec)" 2min "the watchdog is set"

# ---- reload ----

set_mark
configure 50-more <<- CONF
	[listener udp]
	address = udp://127.0.0.1:5150
CONF
ok "systemctl reload" systemctl reload $unit
reloaded() { notifications | sed -n '/^RELOADING=1/,$p' | grep -q '^READY=1$'; }
await 10 "RELOADING=1, then READY=1" reloaded
like "$(notifications | tr '\n' ' ')" 'RELOADING=1 MONOTONIC_USEC=[0-9]+ |RELOADING=1, MONOTONIC_USEC=[0-9]+ ' \
	"with the moment it began"
is "$(property ActiveState)" active "the service is active again"
printf 'to the new one' > /dev/udp/127.0.0.1/5150
await_rows 10003
set_mark
configure 60-bad <<< 'nonsense'
systemctl reload $unit 2> err
is $? 1 "a bad configuration: systemctl reload fails"
is "$(property ActiveState)" active "the service is active"
await 5 "the reason is in the journal" logged '60-bad.conf:1: '
set_mark
kill -HUP "$(daemon_pid)"
await 10 "HUP does the same, and the daemon is ready again" reloaded
configure 60-bad < /dev/null
is "$(property NRestarts)" 0 "it was never restarted"

# ---- the journal's fields ----

journal() { journalctl --sync && journalctl --no-pager -o cat "$@"; }
has "$(journal CATCHBASIN_LISTENER=udp)" "listener udp: listens on udp://127.0.0.1:5150" "journalctl CATCHBASIN_LISTENER=udp"
is "$(journal CATCHBASIN_LISTENER=udp | grep -vc 'listener udp:')" 0 "and no line about another listener"
has "$(journal CATCHBASIN_STORE=main)" "store $store: created" "journalctl CATCHBASIN_STORE=main"
has "$(journal CATCHBASIN_THREAD=main -u $unit)" "ready" "journalctl CATCHBASIN_THREAD=main"
has "$(journal -u $unit -p err)" "reload refused" "journalctl -p err"
line=$(journalctl --no-pager -o json -u $unit CATCHBASIN_LISTENER=udp | head -n 1)
for part in '"SYSLOG_IDENTIFIER":"catchbasind"' '"PRIORITY":"5"' '"CODE_FILE":"' '"CODE_LINE":"' '"CODE_FUNC":"' \
	'"_SYSTEMD_UNIT":"catchbasind.service"' "\"_UID\":\"$uid\"" "\"_PID\":\"$(daemon_pid)\""; do
	has "$line" "$part" "a line has $part"
done

# ---- a stop that takes longer than systemd would wait ----

drop_in stop <<< $'[Service]\nTimeoutStopSec=3s'
lock_store
blast -n 500 -S late tcp://127.0.0.1:5140
set_mark
begun=$(date +%s%N)
systemctl stop $unit &
stopper=$!
sleep 4.6 # longer than TimeoutStopSec
unlock_store
wait $stopper
is $? 0 "systemctl stop"
took=$((($(date +%s%N) - begun) / 1000000))
at_least $took 4500 "a drain of $took ms outlives TimeoutStopSec=3s"
is "$(property Result)" success "the service has not failed"
said=$(notifications)
is "$(grep -c '^STOPPING=1$' <<< "$said")" 1 "STOPPING=1 was told"
at_least "$(grep -c '^EXTEND_TIMEOUT_USEC=' <<< "$said")" 2 "and more time asked for, again and again"
like "$said" 'STATUS=stopping: 500 messages to store, 0 lost' "with a status that says what is left"
systemctl log-level info
is "$(rows)" 10503 "nothing is lost"
books_balance
is "$(ls /run/catchbasin 2>&1)" "ls: cannot access '/run/catchbasin': No such file or directory" "RuntimeDirectory is gone"

# ---- failures ----

configure 60-bad <<< 'nonsense'
systemctl start $unit 2> err
is $? 1 "a bad configuration: no start"
is "$(property ExecMainStatus) $(property NRestarts)" "78 0" "exit 78, which is not tried again"
configure 60-bad < /dev/null
systemctl reset-failed $unit
systemctl start $unit
pid=$(daemon_pid)
kill -KILL "$pid"
await 10 "a daemon that was killed is started again" replaced "$pid"
is "$(sql "SELECT count(*) FROM loss WHERE reason = 'crash'")" 1 "which notes that there was no receipt"
blast -n 10 -S again tcp://127.0.0.1:5140
await_rows 10513
books_balance
systemctl stop $unit
is "$(property Result) $(property ExecMainStatus)" "success 0" "a clean stop"

# ---- ConfigurationDirectory, in the unit for /etc ----

rm -rf /etc/catchbasin
sed -e "s|@sbindir@|${CATCHBASIND%/*}|" -e "s|@bindir@|${CATCHBASIN%/*}|" -e 's|@sysconfdir@|/etc|' "$top_srcdir/systemd/catchbasind.service.in" \
	> /run/systemd/system/for-etc.service
systemctl daemon-reload
systemctl start for-etc 2> err
is "$(stat -c '%a %U' /etc/catchbasin)" "755 catchbasin" "ConfigurationDirectory makes /etc/catchbasin"
cp "$top_srcdir/etc/catchbasin.conf" /etc/catchbasin/
systemctl start for-etc
is $? 0 "and with the shipped configuration in it the service starts"
has "$(tr '\0' '\n' < "/proc/$(property MainPID for-etc)/environ")" CONFIGURATION_DIRECTORY=/etc/catchbasin "from there"
systemctl stop for-etc
unit=for-etc.service books_balance
finish
