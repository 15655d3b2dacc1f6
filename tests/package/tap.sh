# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0

# Test results in TAP form for the shell tests beside this file, which source it.
# shellcheck shell=sh
tap_count=0
tap_failures=0

# pass NAME
pass() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s\n' "$tap_count" "$1"
}

# flunk NAME TEXT: TEXT says what is wrong
flunk() {
    tap_count=$((tap_count + 1))
    tap_failures=$((tap_failures + 1))
    printf 'not ok %d - %s\n' "$tap_count" "$1"
    printf '%s\n' "$2" | sed 's/^/# /'
}

# check NAME COMMAND...: passes if the command succeeds, otherwise shows what it printed
check() {
    tap_name=$1
    shift
    if tap_output=$("$@" 2>&1); then
        pass "$tap_name"
    else
        flunk "$tap_name" "$tap_output"
        return 1
    fi
}

# expect_nothing NAME LINES: passes if there are no lines, which are what offends
expect_nothing() {
    if [ -z "$2" ]; then
        pass "$1"
    else
        flunk "$1" "$2"
    fi
}

# skip NAME REASON: for what is not required anywhere
skip() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# lacking NAME REASON: a skip; a failure where everything must be there (NNCL_REQUIRE_DEVICE=1)
lacking() {
    if [ "${NNCL_REQUIRE_DEVICE:-0}" = 1 ]; then
        flunk "$1" "not to be skipped here: $2"
    else
        skip "$1" "$2"
    fi
}

# Ends the test: the plan, and the exit status.
finish() {
    printf '1..%d\n' "$tap_count"
    [ "$tap_failures" = 0 ]
}

# A folder for this test's files, removed at its end, that also keeps the user's own files out of it.
# PoCL's cache of built kernels stays where it was: it makes the tests fast.
: "${POCL_CACHE_DIR:=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/pocl/kcache}"
export POCL_CACHE_DIR
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
export XDG_CACHE_HOME="$scratch/cache" XDG_DATA_HOME="$scratch/data"
