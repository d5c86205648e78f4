#!/usr/bin/env bash
# Every refusal has its exit code, and words that say what, where and what would be right.
. "${top_srcdir:-.}/tests/system/lib.sh"

exits 64 "an unknown option" "$CATCHBASIND" --frobnicate
has "$(cat err)" "frobnicate" "is named"
is "$(wc -l < err)" 1 "in one line"
exits 64 "a word that is no option" "$CATCHBASIND" start
exits 0 "--version" "$CATCHBASIND" --version
like "$(cat out)" "catchbasind [0-9]" "says it"
exits 0 "--help" "$CATCHBASIND" -h
exits 78 "a configuration that is not there" "$CATCHBASIND" -c nowhere.conf
has "$(cat err)" "nowhere.conf" "is named"

cat > bad.conf <<- CONF
	[listener in]
	address = tcp://127.0.0.1:0
	overlow = block
	max_message = 12
	[store main]
	path = $store
	workers = many
CONF
for how in "-t -c" "-c"; do
	# shellcheck disable=SC2086
	exits 78 "a bad configuration ($how)" "$CATCHBASIND" $how bad.conf
	has "$(cat err)" 'bad.conf:3: unknown key "overlow"' "file, line and key"
	has "$(cat err)" 'did you mean "overflow"' "the nearest name"
	has "$(cat err)" "bad.conf:4:" "the second error too"
	has "$(cat err)" "64" "with its range"
	has "$(cat err)" "bad.conf:7:" "and the third"
done
not_ok "nothing was created" test -e "$store"

{ base_conf; printf '[listener in]\naddress = tcp://127.0.0.1:0\n'; } > good.conf
exits 0 "-t of a good one" "$CATCHBASIND" -t -c good.conf
not_ok "still nothing was created" test -e "$store"
exits 0 "--dump-config" "$CATCHBASIND" --dump-config -c good.conf
like "$(cat out)" "address = tcp://127.0.0.1:0 *; .*good.conf:[0-9]+" "tells each value's place"
like "$(cat out)" "workers = 2 *; default" "and the defaults"
cp out dumped.conf
exits 0 "the dump is a configuration" "$CATCHBASIND" -t -c dumped.conf

# Taken: an address, a store.
start_daemon good.conf || done_testing
{ base_conf | sed "s,messages.db,other.db,; s,catchbasin.sock,other.sock,"
	printf '[listener in]\naddress = %s\n' "$(address_of in)"; } > taken.conf
exits 71 "an address that is taken" "$CATCHBASIND" -c taken.conf
has "$(cat err)" "$(address_of in)" "is named"
{ base_conf | sed "s,catchbasin.sock,other.sock,"; printf '[listener in]\naddress = tcp://127.0.0.1:0\n'; } > second.conf
exits 73 "a store that another daemon holds" "$CATCHBASIND" -c second.conf
has "$(cat err)" "$(daemon_pid)" "names the holder's pid"
ln "$store" linked.db
sed "s,messages.db,linked.db," second.conf > linked.conf
exits 73 "the same file under another name" "$CATCHBASIND" -c linked.conf
blast -n 10 "$(address_of in)"
await_rows 10
stop_daemon
is $? 0 "the first one was not disturbed"
books_balance
rm linked.db

ln -s later.db dangling.db
{ base_conf; printf '[store two]\npath = %s\n[store three]\npath = %s\n[listener in]\naddress = tcp://127.0.0.1:0\n' \
	"$work/later.db" "$work/dangling.db"; } > twice.conf
exits 78 "two stores that turn out to be one file" "$CATCHBASIND" -c twice.conf
has "$(cat err)" "the same file" "say so"
if is_running || [ -d /run/systemd/journal ]; then
	skip "a journal that is not there" "there is one here"
else
	sed "s,target = stderr,target = journal," good.conf > journal.conf
	exits 78 "a journal that is not there" "$CATCHBASIND" -c journal.conf
fi

sed "s,messages.db,nowhere/messages.db," good.conf > nodir.conf
exits 73 "a directory that is not there" "$CATCHBASIND" -c nodir.conf
has "$(cat err)" "nowhere" "is named"

# Not ours: left as it was, byte for byte.
refused() {
	local sum
	sum=$(sha256sum < "$store")
	exits 65 "$1" "$CATCHBASIND" -c good.conf
	is "$(sha256sum < "$store")" "$sum" "is left as it was"
}
cp "$store" keep.db
sqlite3 "$store" 'PRAGMA user_version = 99'
refused "a store newer than this program"
sqlite3 "$store" 'PRAGMA user_version = 1; PRAGMA application_id = 7'
refused "somebody else's database"
printf 'this is not a database, but a text of some length, so that it is longer than a header of a hundred bytes is\n' > "$store"
refused "a text"
# shellcheck disable=SC2012
size=$(stat -c %s keep.db)
cp keep.db "$store"
rm -f "$store-wal" "$store-shm"
truncate -s $((size - 4096)) "$store"
refused "a store cut short"
rm -f "$store-wal" "$store-shm"
: > "$store"
start_daemon good.conf
is $? 0 "an empty file, as a full disk leaves it, is a new store"
stop_daemon
is $? 0 "and stops cleanly"

if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
	chmod 755 "$work"
	chmod 600 good.conf
	exits 77 "a configuration that may not be read" setpriv --reuid 65534 --regid 65534 --clear-groups "$CATCHBASIND" -c "$work/good.conf"
else
	skip "a configuration that may not be read" "this needs root and setpriv"
fi
done_testing
