#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The scenes of ./demo, which starts this as process 1 of its own namespaces. Not to be run by hand.
# usage: demo.sh BUILD_FOLDER
set -uo pipefail

build=$1
cd "$(dirname "$0")/.." || exit 1
source tests/machine.sh

lab=tests/lab/lab
ca=/run/sluice-lab/authority/ca.pem
proxy=http://10.77.1.1:3128
wrong=0

scene() { printf '\n\n== %s\n' "$1"; }
tell() { printf '   %s\n' "$@"; }

# try STATUS COMMAND...: shows a command and what it says; if it does not end with that status, the demo has failed.
try() {
	local wanted=$1 status=0
	shift
	printf '\n$ %s\n' "$*"
	"$@" 2>&1 || status=$?
	[ $status = "$wanted" ] && return
	printf '!! this ended with status %s, and should have with %s\n' $status "$wanted"
	wrong=1
}

client() {
	local wanted=$1
	shift
	try "$wanted" $lab exec client curl -sS --cacert $ca "$@"
}

show_network() {
	scene "Sluice between two Linux hosts"
	tell "The client has the addresses 10.77.1.2 and fd77:1::2, the server 10.77.2.2 and fd77:2::2. All packets" \
		"between them go through sluiced, by two DPDK ports. Names end in .test; DNS and HTTPS are the server's."
	try 0 $lab up --build "$build"
}

show_policy() {
	scene "A policy is pushed"
	tell "docs/examples/policy-lab.json has two services, one filter: a.test and all below it are allowed, b.test is" \
		"denied, and so is everything else."
	try 0 $lab sluicectl apply docs/examples/policy-lab.json
	try 0 $lab sluicectl status
}

show_transparent() {
	scene "Without any proxy set in the client: Sluice takes connections to port 443"
	tell "It answers in the server's place, reads the name in the ClientHello, asks the policy, and lets both ends talk" \
		"untouched: curl sees the server's own certificate. What is denied gets a TLS alert."
	client 0 -4 https://www.a.test/
	client 0 -6 https://www.a.test/
	client 35 https://www.b.test/
}

show_explicit() {
	scene "With Sluice as the client's proxy"
	tell "The client asks by CONNECT; what is denied gets an answer that says why."
	client 0 --proxy $proxy https://www.a.test/
	client 56 --proxy $proxy --include https://www.b.test/
}

show_explanation() {
	scene "Why?"
	tell "sluicectl asks the policy in force just as sluiced does."
	try 0 $lab sluicectl explain www.b.test
	try 0 $lab sluicectl explain --no-name
}

show_change() {
	local download=/run/sluice-lab/download
	scene "Another policy, while a download goes on"
	tell "The download is slow on purpose. A policy that allows b.test and denies a.test does not cut it, but holds for" \
		"every connection from then on; rollback brings back the one before."
	sed 's/"deny" }/"ALLOW" }/; s/"allow" }/"deny" }/; s/"ALLOW"/"allow"/' docs/examples/policy-lab.json \
		>/run/sluice-lab/other.json
	$lab exec client curl -sS --cacert $ca --limit-rate 1M https://www.a.test/10m -o "$download" \
		-w 'the download: %{size_download} octets in %{time_total} s\n' &
	sleep 1
	try 0 $lab sluicectl apply /run/sluice-lab/other.json
	client 0 https://www.b.test/
	client 35 https://www.a.test/
	try 0 $lab sluicectl rollback
	client 0 https://www.a.test/
	printf '\n'
	wait $! || { echo "!! the download was cut"; wrong=1; }
	[ "$(stat -c %s "$download")" = $((10 << 20)) ] || { echo "!! the download is not whole"; wrong=1; }
}

show_log() {
	scene "The flow log"
	tell "A line for each decision, and for each end of a flow; here the ends."
	try 0 grep '"event":"end"' /run/sluice-lab/flows.json
}

show_end() {
	scene "The end"
	try 0 $lab down
	[ $wrong = 0 ] && tell "All went as it must. docs/tutorial.md tells how to go on from here."
}

make_room || die "cannot set up the namespaces: is this root with CAP_SYS_ADMIN?"
trap '$lab down >/dev/null 2>&1' EXIT
show_network
[ $wrong = 0 ] || exit 1
show_policy
show_transparent
show_explicit
show_explanation
show_change
show_log
trap - EXIT
show_end
exit $wrong
