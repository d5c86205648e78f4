# shellcheck shell=bash
# For lib.sh: what is in the store, and whether the books balance.

# sql QUERY [FILE]
sql() {
	sqlite3 -readonly -batch -cmd '.timeout 10000' "${2-$store}" "$1"
}

# rows [FILE]
# shellcheck disable=SC2120
rows() {
	sql 'SELECT count(*) FROM messages' "$@"
}

has_rows() {
	# shellcheck disable=SC2119
	[ "$(rows 2> /dev/null)" -ge "$1" ] 2> /dev/null
}

# await_rows COUNT [SECONDS]: until so many are stored.
await_rows() {
	retry "${2:-20}" has_rows "$1" || {
		# shellcheck disable=SC2119
		diag "$(rows) rows, wanted $1"
		return 1
	}
}

# lock_store [FILE]: nobody else can write to it until unlock_store.
lock_store() {
	local said=
	coproc LOCK { exec sqlite3 -batch -bail -cmd '.timeout 20000' "${1-$store}" 2>&1; }
	echo 'BEGIN EXCLUSIVE; SELECT 1;' >&"${LOCK[1]}"
	read -r -u "${LOCK[0]}" said
	[ "$said" = 1 ] || fail "${1-$store} can be locked: ${said:-nothing was said}"
}

unlock_store() {
	echo 'ROLLBACK;' >&"${LOCK[1]}"
	exec {LOCK[1]}>&-
	wait "$LOCK_PID" 2> /dev/null
}

# The numbers a source sent, as stored: each once and in the order sent. ordered SRC-CONNECTION COUNT [FIRST]
ordered() {
	local got
	got=$(sql "SELECT count(*), count(DISTINCT n), coalesce(min(n), 0), coalesce(max(n), 0), coalesce(sum(n < before), 0) FROM (
		SELECT n, lag(n, 1, 0) OVER (ORDER BY id) AS before FROM (
			SELECT id, CAST(substr(body, length('$1') + 2) AS INTEGER) AS n FROM messages WHERE body LIKE '$1 %'))")
	is "$got" "$2|$2|${3:-1}|$((${3:-1} + $2 - 1))|0" "$1: $2 messages, each once and in order"
}

# The last receipt of the log, without its time and thread.
receipt() {
	daemon_log | grep -oE 'receipt: .*' | tail -n 1
}

# books_balance [FILE...]: of a running daemon, what it says; of a stopped one, its receipt, and every store against
# its rows, asked from SQLite itself and from `catchbasin audit`.
books_balance() {
	local said file
	if is_running; then
		said=$(ctl audit 2>&1)
		report $? "the books balance while it runs" || diag "$said"
		return
	fi
	said=$(receipt)
	is "$(($(number received) + $(number kernel)))" "$(($(number stored) + $(number lost)))" \
		"the receipt balances: ${said:-none}"
	[ $# -gt 0 ] || set -- "$store"
	for file; do
		said=$("$CATCHBASIN" --store="$file" audit 2>&1)
		report $? "the books of ${file##*/} balance" || diag "$said"
		said=$(sql "
			SELECT r.stored = (SELECT count(*) FROM messages WHERE id BETWEEN r.first_id AND r.last_id) + CASE
			           WHEN r.pruned > 0 AND r.last_id > 0 THEN max(0, min(r.last_id + 1, (SELECT coalesce(min(id), r.last_id + 1)
			                                       FROM messages)) - r.first_id)
			           ELSE 0 END,
			       r.lost = (SELECT coalesce(sum(messages), 0) FROM loss WHERE to_at >= r.started_at),
			       r.received + (SELECT coalesce(sum(messages), 0) FROM loss
			                     WHERE to_at >= r.started_at AND reason = 'kernel') = r.stored + r.lost,
			       (SELECT value FROM meta WHERE key = 'last_id') >= (SELECT coalesce(max(id), 0) FROM messages),
			       coalesce(r.pruned, 0) = 0 OR (SELECT sum(pruned) FROM runs) + (SELECT count(*) FROM messages) =
			           (SELECT value FROM meta WHERE key = 'last_id')
			FROM runs AS r ORDER BY id DESC LIMIT 1" "$file")
		is "$said" "1|1|1|1|1" "the rows of ${file##*/} are those of its last run" ||
			diag "$(sql "SELECT 'run', * FROM runs ORDER BY id DESC LIMIT 1; SELECT 'loss', * FROM loss" "$file")"
	done
}

# A number of the receipt, 0 where it is not told.
number() {
	local n
	n=$(field "$1" "$(receipt)")
	printf '%s\n' "${n:-0}"
}
