#!/usr/bin/env bash
# Boots a systemd of its own, with the programs of this build installed, and runs one test in it.
#
#	boot.sh TEST
#
# The test finds this machine's files under their own paths, the build among them, and may change what it likes: it writes
# to a layer in memory. Around it are a cgroup and namespaces for mounts, processes, IPC, host name and network. When the
# test has ended, or this script is killed in whatever way, all of it is gone. It is no wall against a hostile program.
#
# Where this cannot be (it takes root, overlayfs, cgroup v2, systemd and dbus) one line of TAP says why, and the status is
# 0. Else the status is the test's; 99 if the boot failed, which is no reason to skip.
set -u

# ---- inside the namespaces, as process 1: lay out the root and become systemd ----

become_systemd() {
	local base=$1 root=$1/root kept read_write name
	set -e
	# Seen from outside: who is to be entered.
	read -r kept _ < /proc/self/stat
	echo "$kept" > "$base/init"
	hostname catchbasin-test

	mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
	# What belongs to the machine is read-only; what belongs to our network may be written.
	for name in sys sys/net; do
		mount --bind "$root/proc/$name" "$root/proc/$name"
		read_write=ro
		[ $name = sys ] || read_write=rw
		mount -o "remount,bind,$read_write,nosuid,nodev,noexec" "$root/proc/$name"
	done
	[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
	mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
	mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
	mount -t tmpfs -o mode=755,nosuid,nodev,size=256m tmpfs "$root/run"
	mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
	mount -t tmpfs -o mode=755,nosuid,noexec,size=1m tmpfs "$root/dev"
	for name in null zero full random urandom tty; do
		: > "$root/dev/$name"
		mount --bind "/dev/$name" "$root/dev/$name"
	done
	mkdir "$root/dev/pts" "$root/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5,nosuid,noexec devpts "$root/dev/pts"
	mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
	ln -s pts/ptmx "$root/dev/ptmx"
	ln -s /proc/self/fd "$root/dev/fd"
	ln -s fd/0 "$root/dev/stdin"
	ln -s fd/1 "$root/dev/stdout"
	ln -s fd/2 "$root/dev/stderr"
	# The build and its source lie where they lie outside, also below /tmp.
	while read -r name; do
		mkdir -p "$root$name"
		mount --bind "$name" "$root$name"
		mount -o remount,bind,ro "$root$name"
	done < "$base/shown"

	cd "$root"
	mkdir -p run/outside
	pivot_root . run/outside
	umount -l /run/outside
	rmdir /run/outside
	mount --make-rshared /
	exec env -i container=catchbasin-test PATH="$PATH" LANG=C.UTF-8 \
		setpriv --bounding-set -sys_module,-sys_time,-sys_rawio "$systemd" --system --unit=catchbasin-test.target \
		--log-target=journal --show-status=no < /dev/null > /dev/null 2>&1
}

# ---- outside ----

skip_all() {
	printf '1..0 # SKIP no systemd can be booted here: %s\n' "$1"
	exit 0
}

give_up() {
	printf '# %s\n' "$@"
	printf 'Bail out! %s\n' "$1"
	exit 99
}

look_around() {
	local command
	[ "$(id -u)" = 0 ] || skip_all "it takes root"
	for command in unshare nsenter setpriv mount hostname pivot_root; do
		command -v $command > /dev/null || skip_all "$command is missing"
	done
	[ -n "$systemd" ] || skip_all "systemd is not installed"
	[ -x /usr/bin/dbus-daemon ] || [ -x /usr/bin/dbus-broker-launch ] || skip_all "dbus is not installed"
	[ -e "$top_builddir/systemd/catchbasind.service" ] || skip_all "this build has no units"
	unshare --mount --pid --fork --ipc --uts --net --cgroup true 2> /dev/null || skip_all "no namespaces can be made"
}

# Everything that this machine would start is left out; what systemd itself wants to do to a machine, too.
quiet_root() {
	local root=$1 unit
	rm -rf "$root"/etc/systemd/system/* "$root"/etc/systemd/*.conf.d "$root"/etc/rc[0-9S].d/* "$root"/var/log/journal
	mkdir -p "$root"/{proc,sys,dev,run,tmp,etc/systemd/system,etc/systemd/journald.conf.d}
	: > "$root/etc/fstab"
	: > "$root/etc/machine-id"
	rm -f "$root/etc/resolv.conf" "$root/usr/sbin/policy-rc.d"
	printf '127.0.0.1 localhost\n::1 localhost\n' > "$root/etc/hosts"
	for unit in systemd-{networkd,resolved,timesyncd,logind,pstore,modules-load,binfmt,hwdb-update}.service \
		systemd-networkd.socket systemd-udevd{.service,-control.socket,-kernel.socket} systemd-udev-trigger.service \
		getty.target console-getty.service {apt-daily,apt-daily-upgrade,systemd-tmpfiles-clean}.timer \
		dev-hugepages.mount sys-kernel-{config,debug,tracing}.mount proc-sys-fs-binfmt_misc.automount; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
	cat > "$root/etc/systemd/system/catchbasin-test.target" <<- 'UNIT'
		[Unit]
		Requires=basic.target dbus.socket
		After=basic.target dbus.socket
	UNIT
	# Tests say more than the journal would take from a service.
	cat > "$root/etc/systemd/journald.conf.d/test.conf" <<- 'CONF'
		[Journal]
		Storage=volatile
		RateLimitIntervalSec=0
		ForwardToSyslog=no
		ReadKMsg=no
		Audit=no
	CONF
}

# What is installed is what a packager gets: make install.
install_build() {
	local root=$1 upper=$2 unit
	# It has a /tmp and no home; the source and the build are laid over what would be installed below them.
	case $(realpath -m "$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$top_builddir/systemd/catchbasind.service")") in
	/tmp/* | /var/tmp/* | "${HOME%/}"/* | "$top_srcdir"/* | "$top_builddir"/*)
		skip_all "the service would not see its program in this prefix"
		;;
	esac
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$top_builddir" install "DESTDIR=$root" > "$base/install.log" 2>&1 ||
		give_up "make install failed" "$(tail -n 20 "$base/install.log")"
	unit=$(find "$upper" -name catchbasind.service ! -path '*/etc/*' | head -n 1)
	[ -n "$unit" ] || give_up "make install has installed no unit"
	unit=${unit#"$upper"}
	# A prefix that systemd does not know: as `systemctl link` would.
	case $unit in
	/usr/lib/* | /lib/* | /usr/local/lib/*) ;;
	*) ln -s "$unit" "${unit%.service}.socket" "$root/etc/systemd/system/" ;;
	esac
}

clean_up() {
	local status=$? n
	trap '' INT TERM HUP
	trap - EXIT
	# What this script has started, by its number; the kernel ends what lives in their namespace.
	for n in "${runner-}" "${holder-}"; do
		[ -z "$n" ] || kill -KILL "$n" 2> /dev/null
		[ -z "$n" ] || wait "$n" 2> /dev/null
	done
	if [ -n "${group-}" ]; then
		echo 1 2> /dev/null > "$group/cgroup.kill"
		for n in {1..100}; do
			find "$group" -depth -type d -exec rmdir {} + 2> /dev/null
			[ -d "$group" ] || break
			sleep 0.05
		done
	fi
	if [ -n "${base-}" ]; then
		cd / && umount -l "$base" && rmdir "$base"
	fi
	exit "$status"
}

inside() {
	nsenter --target "$init" --mount --uts --ipc --net --pid --cgroup -- "$@"
}

is_booted() {
	[ -n "$init" ] || read -r init 2> /dev/null < "$base/init" || return 1
	[ -S "/proc/$init/root/run/systemd/private" ] || return 1
	case $(inside timeout -k 1 5 systemctl is-system-running 2> /dev/null) in
	running | degraded) return 0 ;;
	esac
	return 1
}

# An empty cgroup that a killed run has left, named after its process.
sweep_groups() {
	local old
	for old in "$base"/cgroup/catchbasin-test-*; do
		[ -d "$old" ] && [ ! -d "/proc/${old##*-}" ] && find "$old" -depth -type d -exec rmdir {} + 2> /dev/null
	done
}

boot() {
	local until=$((SECONDS + 60))
	sweep_groups
	group=$base/cgroup/catchbasin-test-$$
	mkdir "$group" || give_up "no cgroup can be made"
	(
		echo "$BASHPID" > "$group/cgroup.procs" || exit 99
		exec setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount --propagation private --ipc --uts --net \
			--cgroup -- "$BASH" "$self" --inside "$base" < /dev/null > "$base/boot.log" 2>&1
	) &
	holder=$!
	init=
	until is_booted; do
		kill -0 $holder 2> /dev/null || give_up "systemd ended before it had booted" "$(cat "$base/boot.log")"
		[ $SECONDS -lt $until ] || give_up "systemd has not booted within a minute" "$(cat "$base/boot.log")" \
			"$(inside timeout 5 journalctl -b --no-pager 2>&1 | tail -n 40)"
		sleep 0.02
	done
}

run_test() {
	local limit=$((${TEST_LIMIT:-300} * ${TEST_SLOW:-1})) name env=()
	for name in top_srcdir top_builddir build_cc TEST_SLOW RESTARTS HUPS SLOW_SECONDS; do
		[ -z "${!name-}" ] || env+=("--setenv=$name=${!name}")
	done
	inside systemd-run --quiet --wait --collect --pipe --unit=catchbasin-test --property=Type=exec \
		--working-directory=/root --setenv=HOME=/root "--setenv=PATH=$PATH" --setenv=CATCHBASIN_BOOTED=1 "${env[@]}" \
		-- timeout --kill-after=5 "$limit" "$BASH" "$1" <&0 &
	runner=$!
	# In the background, as a trap waits for a foreground command.
	wait $runner
	local status=$?
	runner=
	[ $status -ne 124 ] || printf 'Bail out! the test took more than %d s\n' "$limit"
	return $status
}

export LC_ALL=C HOME="${HOME:-/nowhere}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
self=$(realpath "${BASH_SOURCE[0]}")
for systemd in /usr/lib/systemd/systemd /lib/systemd/systemd ''; do
	[ ! -x "$systemd" ] || break
done
case ${1-} in
--inside)
	become_systemd "$2"
	exit 99
	;;
'') give_up "usage: boot.sh TEST" ;;
esac
top_srcdir=$(realpath "${top_srcdir:-${self%/*/*/*}}")
top_builddir=$(realpath "${top_builddir:-$top_srcdir/build}")
if [ -z "${CATCHBASIN_UNSHARED-}" ]; then
	look_around
	# Every mount from here on is seen by nobody else, and gone with this process.
	CATCHBASIN_UNSHARED=1 exec unshare --mount --propagation private -- "$BASH" "$self" "$@"
fi
unset CATCHBASIN_UNSHARED

test=$(realpath "$1")
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
base=$(mktemp -d "${TMPDIR:-/tmp}/catchbasin-boot.XXXXXX") || exit 99
mount -t tmpfs -o mode=755,size=2g tmpfs "$base" || skip_all "no tmpfs can be mounted"
mkdir "$base"/{upper,layer,root,cgroup}
mount -t cgroup2 cgroup2 "$base/cgroup" 2> /dev/null || skip_all "there is no cgroup v2"
mount -t overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/layer" overlay "$base/root" 2> /dev/null ||
	skip_all "there is no overlayfs"
printf '%s\n' "$top_srcdir" "$top_builddir" > "$base/shown"
quiet_root "$base/root"
install_build "$base/root" "$base/upper"
boot
run_test "$test"
