# shellcheck shell=bash
# What the tests with real senders share: the programs, and how rsyslog and syslog-ng are run beside the daemon.
# shellcheck source=tests/system/lib.sh
. "${top_srcdir:-.}/tests/system/lib.sh"

need python3
here=$top_srcdir/tests/senders
# Programs that are not installed are unpacked here, once for this build.
cache=${SENDERS_CACHE:-$top_builddir/tests/senders/packages}
python=/usr/bin/python3
[ -x $python ] || python=python3
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

declare -A program=() libraries=() missing=()

# find_one NAME: the one installed, or else one fetched.
find_one() {
	local path command=$1
	[ "$1" != rsyslog ] || command=rsyslogd
	if path=$(command -v "$command"); then
		printf 'program=%s\n' "$path" > "$work/found.$1"
	else
		"$top_srcdir/script/unpack" "$1" "$cache/$1" > "$work/found.$1" 2> "$work/missing.$1"
	fi
}

# find_programs NAME...: sets program and libraries of each, or why it is missing.
# shellcheck disable=SC2034 # for those who source this
find_programs() {
	local name key value
	# All at once: apt takes a while for each.
	for name; do
		find_one "$name" &
	done
	wait
	for name; do
		while IFS='=' read -r key value; do
			case $key in
			program) program[$name]=$value ;;
			libraries) libraries[$name]=$value ;;
			esac
		done < "$work/found.$name"
		[ -n "${program[$name]-}" ] || missing[$name]=$(cat "$work/missing.$name")
	done
}

# modules NAME PATTERN: the folder of a fetched program's modules; an installed one finds them by itself.
modules() {
	[[ ${program[$1]} != "$cache"/* ]] || compgen -G "$cache/$1/$2" | head -n 1
}

# run_rsyslog FILE: in the foreground, with the lines of FILE, and rsyslog.sock to log to.
run_rsyslog() {
	local beside
	beside=$(modules rsyslog 'usr/lib/*/rsyslog')
	{
		printf 'global(workDirectory="%s" net.enableDNS="off")\n' "$work"
		printf 'module(load="imuxsock" SysSock.Use="off")\n'
		printf 'input(type="imuxsock" Socket="%s/rsyslog.sock" RateLimit.Interval="0")\n' "$work"
		cat "$1"
	} > rsyslog.conf
	LD_LIBRARY_PATH=${libraries[rsyslog]-} "${program[rsyslog]}" -n -C -f "$work/rsyslog.conf" \
		-i "$work/rsyslog.own" ${beside:+-M "$beside"} > rsyslog.log 2>&1 &
	echo $! > rsyslog.pid
}

# run_syslog_ng FILE: the same, with syslog-ng.sock and syslog-ng.log.
run_syslog_ng() {
	local beside
	beside=$(modules syslog-ng 'usr/lib/syslog-ng/[0-9]*')
	{
		printf '@version: current\noptions { stats-freq(0); };\n'
		printf 'source s_src { unix-dgram("%s/syslog-ng.sock"); };\n' "$work"
		cat "$1"
	} > syslog-ng.conf
	LD_LIBRARY_PATH=${libraries[syslog-ng]-} "${program[syslog-ng]}" -F -e --no-caps -f "$work/syslog-ng.conf" \
		-R "$work/syslog-ng.persist" -p "$work/syslog-ng.own" -c "$work/syslog-ng.ctl" \
		${beside:+--module-path "$beside"} > syslog-ng.log 2>&1 &
	echo $! > syslog-ng.pid
}

# log_to NAME: the texts of expected.py to rsyslog or syslog-ng.
log_to() {
	retry 15 test -S "$1.sock" || diag "$1 did not start:" "$(tail -n 5 "$1.log")"
	$python "$here/log.py" socket "$work/$1.sock"
}

# end NAME...: what was started here, by its number.
end() {
	local name pid
	for name; do
		[ -e "$work/$name.pid" ] || continue
		pid=$(cat "$work/$name.pid")
		kill -TERM "$pid" 2> /dev/null
		wait "$pid" 2> /dev/null
		rm "$work/$name.pid"
	done
}

# block LANGUAGE: the code blocks of that language in docs/senders.md.
block() {
	awk -v "begin=\`\`\`$1" '$0 == begin { here = 1; next } /^```/ { here = 0 } here' "$top_srcdir/docs/senders.md"
}
