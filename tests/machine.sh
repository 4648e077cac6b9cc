# SPDX-License-Identifier: BSD-3-Clause
# Sourced by ./check and ./demo, in the folder of the sources: what they do to the machine, and undo. The functions
# before make_room are for outside of their namespaces, that one is for the first process within.

say() { printf '== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 2; }

# One of them at a time on a machine, as hugepages belong to all. Descriptor 9 holds the lock; no child inherits it.
lock=/run/lock/sluice-check
hugepages=/proc/sys/vm/nr_hugepages

take_lock() {
	mkdir -p "${lock%/*}"
	exec 9<>"$lock"
	flock --nonblock 9 || die "already running: $(cat "$lock"). Wait for it to end."
	printf '%s, pid %s in %s since %s\n' "$0" "$$" "$PWD" "$(date '+%F %T')" >"$lock"
}

restore_hugepages() {
	[ -s "$lock.hugepages" ] || return 0
	say "hugepages: back to the $(cat "$lock.hugepages") of before"
	cat "$lock.hugepages" >"$hugepages"
	rm "$lock.hugepages"
}

# reserve_hugepages NUMBER: half of them will do.
reserve_hugepages() {
	local wanted=$1 before
	before=$(cat "$hugepages")
	if [ "$before" -ge "$wanted" ]; then
		say "hugepages: $before are reserved already"
		return
	fi
	echo "$before" >"$lock.hugepages"
	echo "$wanted" >"$hugepages"
	say "hugepages: raised from $before to $(cat "$hugepages"); put back at the end"
	[ "$(cat "$hugepages")" -ge $((wanted / 2)) ] ||
		die "memory is too short or too fragmented for $((wanted / 2)) hugepages"
}

# Names of the packages of these groups ("build|style").
packages() {
	sed -nE "s/^($1): //p" tests/packages
}

# install_packages GROUPS
install_packages() {
	local missing policy=/usr/sbin/policy-rc.d
	# shellcheck disable=SC2046,SC2016 # a list of words; a format of dpkg-query's
	missing=$(comm -13 <(dpkg-query -Wf '${db:Status-Abbrev} ${Package}\n' | sed -n 's/^ii  *//p' | sort -u) \
		<(printf '%s\n' $(packages "$1") | sort -u) | xargs)
	if [ -z "$missing" ]; then
		say "packages: all are installed"
		return
	fi
	say "packages: installing $missing"
	# Servers that the lab uses must not start by being installed.
	[ -e $policy ] || { printf '#!/bin/sh\n# sluice-check\nexit 101\n' >$policy; chmod +x $policy; }
	apt-get -qq update
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get -qqy -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing >/dev/null
	let_services_start
}

let_services_start() {
	! grep -qsx '# sluice-check' /usr/sbin/policy-rc.d || rm /usr/sbin/policy-rc.d
}

# set_up GROUPS HUGEPAGES: of what was done `tidy_up` undoes all but the packages, and may be called at any time.
set_up() {
	take_lock
	restore_hugepages # of one that was killed
	install_packages "$1" 9>&- </dev/null
	reserve_hugepages "$2"
}

tidy_up() {
	let_services_start
	restore_hugepages
	rmdir --ignore-fail-on-non-empty /etc/netns 2>/dev/null || true
}

# in_namespaces SCRIPT ARGUMENT...: as process 1 of namespaces of its own, which end with it.
in_namespaces() {
	say "network, process and mount namespaces of their own for all that follows"
	setpriv --pdeathsig KILL unshare --mount --net --pid --ipc --fork --kill-child=KILL --mount-proc \
		bash "$@" 9>&- </dev/null &
	wait $!
}

make_room() {
	# In order: the interfaces of these namespaces; names of namespaces, sockets and locks of the EAL; hugepages;
	# files that the lab puts over those of /etc.
	ip link set lo up && mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /run &&
		mkdir -p /run/lock /dev/hugepages && mount -t hugetlbfs hugetlbfs /dev/hugepages &&
		mkdir -p /etc/netns && mount -t tmpfs tmpfs /etc/netns
}
