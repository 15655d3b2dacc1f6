#!/bin/sh
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0

# nncl inside a program that runs under a locale with a decimal comma.
# Environment: NNCL_SOURCE_DIR. Argument: the host program.
set -u
. "$NNCL_SOURCE_DIR/tests/package/tap.sh"
host=$1

locale=de_DE.UTF-8
if ! localedef -i de_DE -f UTF-8 "$scratch/$locale" >"$scratch/localedef" 2>&1; then
    lacking "a host program in $locale" "localedef cannot make the locale (package locales)"
    finish
    exit
fi
LOCPATH=$scratch LC_ALL=$locale "$host" "$locale" "$scratch" >"$scratch/output" 2>&1
case $? in
0) pass "a host program in $locale" ;;
77) lacking "a host program in $locale" "$(cat "$scratch/output")" ;;
*) flunk "a host program in $locale" "$(cat "$scratch/output")" ;;
esac
finish
