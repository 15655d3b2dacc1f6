#!/bin/sh
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0

# Each public header compiles alone, as C11 and as C++17, and documents every function.
# Environment: NNCL_SOURCE_DIR, NNCL_TEST_VERSION (the project's), NNCL_TEST_CC and NNCL_TEST_CXX
# (empty: no C++ compiler).
set -u
. "$NNCL_SOURCE_DIR/tests/package/tap.sh"
include=$NNCL_SOURCE_DIR/include

# compiles HEADER SUFFIX COMPILER...
compiles() {
    alone=$scratch/alone.$2
    printf '#include <nncl/%s>\n' "$1" >"$alone"
    shift 2
    "$@" -Wall -Wextra -Wpedantic -Wconversion -Werror "-I$include" -fsyntax-only "$alone"
}

# Functions of a header without a comment in front of them, or with one that says nothing about errors
# or threads where there is something to say. A comment covers the lines up to the next empty one, and
# what a header's first comment says "for all" holds in all of it.
undocumented() {
    awk -v RS= -v header="$1" '
        NR > 1 && /^\/\*/ && !seen { seen = 1; head = $0 }
        /for all/ && /^\/\*/ { all = all $0 }
        /NNCL_API/ && !/define NNCL_API/ {
            where = header ": " substr($0, index($0, "NNCL_API"), 60)
            if ($0 !~ /^\/\*/) print where ": no comment"
            text = $0 all
            if (text !~ /[Tt]hread/) print where ": nothing about threads"
            if ($0 ~ /NNCL_API enum nncl_status [a-z_]*\(/ && text !~ /Error/ &&
                $0 !~ /NNCL_API const char \*nncl_status_name/)
                print where ": nothing about errors"
        }' "$include/nncl/$1"
}

for path in "$include"/nncl/*.h; do
    header=${path##*/}
    # shellcheck disable=SC2086 # a command with its options
    check "$header as C11" compiles "$header" c $NNCL_TEST_CC -std=c11
    if [ -n "$NNCL_TEST_CXX" ]; then
        # shellcheck disable=SC2086
        check "$header as C++17" compiles "$header" cc $NNCL_TEST_CXX -std=c++17
    else
        lacking "$header as C++17" "no C++ compiler"
    fi
    expect_nothing "$header documents its functions" "$(undocumented "$header")"
done
check "version.h has the project's version" \
    grep -q "^#define NNCL_VERSION \"$NNCL_TEST_VERSION\"$" "$include/nncl/version.h"
finish
