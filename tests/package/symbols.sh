#!/bin/sh
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0

# The shared library exports the functions marked NNCL_API, no more and no less, under its SONAME.
# Environment: NNCL_SOURCE_DIR. Argument: the shared library.
set -u
. "$NNCL_SOURCE_DIR/tests/package/tap.sh"
library=$1

if ! command -v nm >/dev/null || ! command -v readelf >/dev/null; then
    lacking "exported symbols" "no binutils"
    finish
    exit
fi
awk -v RS=';' '/NNCL_API/ && match($0, /NNCL_API[^(]*nncl_[a-z0-9_]*\(/) {
        name = substr($0, RSTART, RLENGTH - 1)
        sub(/.*[^a-z0-9_]/, "", name)
        print name
    }' "$NNCL_SOURCE_DIR"/include/nncl/*.h | sort >"$scratch/headers"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$scratch/library"

check "headers declare functions" test -s "$scratch/headers"
expect_nothing "every NNCL_API function is exported" \
    "$(comm -23 "$scratch/headers" "$scratch/library")"
expect_nothing "nothing else is exported" "$(comm -13 "$scratch/headers" "$scratch/library")"
soname=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
check "the SONAME is libnncl.so.0" test "$soname" = libnncl.so.0
finish
