#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The steps of ./check, which starts this as process 1 of its own namespaces. Not to be run by hand.
# usage: steps.sh LONG, where LONG is empty or "yes".
set -uo pipefail

long=$1
folder=$PWD/build-check
failed_steps=()
times=()

# A step that fails is told at the end; the others go on.
step() {
	local name=$1 began=$SECONDS
	shift
	printf '\n== %s: %s\n' "$name" "$*"
	"$@" || failed_steps+=("$name")
	times+=("$(printf '%5d s  %s' $((SECONDS - began)) "$name")")
}

# build NAME MESON_ARGUMENT...: from nothing, so that no earlier run has a say.
build() {
	local name=$1
	shift
	meson setup "$folder/$name" -Dwerror=true -Dtest_service=true "$@" >"$folder/$name.setup" ||
		{ cat "$folder/$name.setup"; return 1; }
	ninja -C "$folder/$name" --quiet
}

# run_tests NAME MESON_ARGUMENT...: the results stay for count_results.
run_tests() {
	local name=$1
	shift
	[ -e "$folder/$name/build.ninja" ] || { echo "not built"; return 1; }
	meson test -C "$folder/$name" --no-rebuild --print-errorlogs --logbase "check$((++runs))" "$@"
}
runs=0

build_and_test() {
	local name=$1 suites=$2
	shift 2
	# shellcheck disable=SC2086 # a list of words
	build "$name" "$@" && run_tests "$name" $suites
}

make_room() {
	ip link set lo up
	mount -t sysfs sysfs /sys # shows the interfaces of these namespaces
	mount -t tmpfs tmpfs /run # names of namespaces, sockets and locks of the EAL
	mkdir -p /run/lock /dev/hugepages
	mount -t hugetlbfs hugetlbfs /dev/hugepages
}

# What meson wrote about each test of each run, one JSON object a line.
count_results() {
	cat "$folder"/*/meson-logs/check*.json 2>/dev/null | python3 -c '
import collections, json, sys
results = collections.Counter(json.loads(line)["result"] for line in sys.stdin)
passed, skipped = results["OK"] + results["EXPECTEDFAIL"], results["SKIP"]
failed = sum(results.values()) - passed - skipped
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))'
}

make_room || exit 2
rm -rf "$folder"
mkdir "$folder"

step "build" build plain
step "tests" run_tests plain
step "address and undefined behaviour sanitizers" build_and_test address "--suite unit --suite sim" \
	-Db_sanitize=address,undefined
if [ -n "$long" ]; then
	step "long tests" run_tests plain --suite long
fi

printf '\n== time of each step\n'
printf '%s\n' "${times[@]}"
[ ${#failed_steps[@]} = 0 ] || printf 'failed: %s\n' "${failed_steps[@]}"
count_results
[ ${#failed_steps[@]} = 0 ]
