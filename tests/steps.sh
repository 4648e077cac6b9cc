#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The steps of ./check, which starts this as process 1 of its own namespaces. Not to be run by hand.
# usage: steps.sh BUILD_FOLDER LONG, where LONG is empty or "yes".
set -uo pipefail
source tests/machine.sh

folder=$1
long=$2
failed_steps=()
times=()
runs=0

# step NAME COMMAND...: a step that fails is told at the end; the others go on.
step() {
	local name=$1 began=$SECONDS
	shift
	printf '\n== %s\n' "$name"
	"$@" || failed_steps+=("$name")
	times+=("$(printf '%5d s  %s' $((SECONDS - began)) "$name")")
}

# build NAME MESON_ARGUMENT...
build() {
	local name=$1
	shift
	meson setup "$folder/$name" -Dwerror=true -Dtest_service=true "$@" >"$folder/$name.setup" ||
		{ cat "$folder/$name.setup"; return 1; }
	ninja -C "$folder/$name" --quiet
}

# run_tests NAME MESON_ARGUMENT...: the results stay for tell_results.
run_tests() {
	local name=$1
	shift
	[ -e "$folder/$name/build.ninja" ] || { echo "$name is not built"; return 1; }
	meson test -C "$folder/$name" --no-rebuild --print-errorlogs --logbase "check$((++runs))" "$@"
}

# One build serves this and the fuzzing: by Clang, as all else is built by GCC. What is instrumented has three times the
# time, as it takes up to that.
address_sanitizer() {
	CC=clang-14 build address -Dfuzzing=true -Db_sanitize=address,undefined -Db_lundef=false &&
		run_tests address --suite unit --suite sim --timeout-multiplier 3
}

# Without setarch, the addresses of newer kernels are more random than the thread sanitizer can bear.
thread_sanitizer() {
	build thread -Db_sanitize=thread && run_tests thread --suite unit --suite sim --timeout-multiplier 5 --wrapper 'setarch -R'
}

# A minute of the clock each, four at a time on whatever there is: enough for the kept corpus and a look around it.
fuzz() {
	run_tests address --suite fuzz --num-processes 4
}

debian13() {
	tests/debian13/build "$folder/debian13-root" "$folder/debian13" --logbase "check$((++runs))"
}

# From what Meson wrote about each test of each run, one JSON object a line: what failed and why, then the count.
tell_results() {
	cat "$folder"/*/meson-logs/check*.json 2>/dev/null | python3 -c '
import collections, json, sys
tests = [json.loads(line) for line in sys.stdin]
results = collections.Counter(test["result"] for test in tests)
for test in tests:
    if test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP"):
        name, result = test["name"], test["result"]
        print(f"\n== {result}: {name}")
        print("\n".join((test.get("stderr") or test.get("stdout") or "").splitlines()[-40:]))
passed, skipped = results["OK"] + results["EXPECTEDFAIL"], results["SKIP"]
failed = sum(results.values()) - passed - skipped
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))'
}

make_room || { echo "cannot set up the namespaces: is this root with CAP_SYS_ADMIN?"; exit 2; }
mkdir /dev/hugepages/region && export SLUICE_TEST_HUGETLBFS=/dev/hugepages/region

step "build" build plain
step "tests" run_tests plain
step "address and undefined behaviour sanitizers: unit tests and simulations" address_sanitizer
step "fuzzing, a minute each" fuzz
if [ -n "$long" ]; then
	step "thread sanitizer: unit tests and simulations" thread_sanitizer
	step "whole matrices and soak" run_tests plain --suite long
	step "Debian 13: build and unit tests" debian13
fi

printf '\n== time of each step\n'
printf '%s\n' "${times[@]}"
[ ${#failed_steps[@]} = 0 ] || printf '== failed: %s\n' "${failed_steps[@]}"
tell_results
[ ${#failed_steps[@]} = 0 ]
