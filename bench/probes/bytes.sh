#!/usr/bin/env bash
# How many bytes of file a row of 120 bytes takes.
# shellcheck source=bench/probes/probe.sh
. "$(dirname "$0")/probe.sh"

bench_title bytes 61 "Bytes per stored row" \
	"A message of 120 bytes. Payload is the content of all its columns: the bytes of body, listener and peer, 8 of received_at, 1 of size, 3 of id."
{ base_conf; printf '[listener tcp4]\naddress = tcp://127.0.0.1:0\n'; } > my.conf
start_daemon my.conf || done_testing
count=$(quick 100000 500000)
load -n "$count" -c 4 -d 60 "$(address_of tcp4)"
await 20 "all is stored" has_rows "$count"
emit bytes catchbasin - "log while it runs" MiB "$(calc "$(stat -c %s "$store-wal") / 1048576")"
balance bytes
payload=$(sql "SELECT avg(8 + 1 + 3 + length(listener) + length(peer) + length(CAST(body AS BLOB))) FROM messages")
file=$(calc "$(stat -c %s "$store") / $count")
emit bytes catchbasin - payload bytes "$payload"
emit bytes catchbasin - file bytes "$file"
emit bytes catchbasin - "file over payload" "" "$(calc "$file / $payload")"
emit bytes catchbasin - "file over body" "" "$(calc "$file / 120")"
bar bytes catchbasin - "file over payload" max 1.25 "at most 1.25 of the row's own payload"
is "$(sql "SELECT count(*) FROM messages")" "$count" "every message is a row"
done_testing
