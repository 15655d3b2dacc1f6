#!/bin/sh
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0

# Who may include whom: folders of src/ only what stands below them, programs only public headers, and
# the operating system's headers only in src/base and src/device.
# Environment: NNCL_SOURCE_DIR.
set -u
. "$NNCL_SOURCE_DIR/tests/package/tap.sh"
cd "$NNCL_SOURCE_DIR" || exit 1

# Prints the includes that go upwards. A public header belongs to the folder that implements it; nncl.h
# has them all and is for users of the library.
upward() {
    awk '
        BEGIN {
            count = split("base device ref gemm ops plan check model data train tune", order)
            for (i = 1; i <= count; i++) rank[order[i]] = i
            split("status base log base loss base program base version base tensor device state device " \
                "profile device predict train evaluate train", public)
            for (i = 1; i in public; i += 2) owner[public[i]] = public[i + 1]
        }
        !/^[ \t]*#[ \t]*include[ \t]*["<]/ { next }
        FILENAME ~ /src\/ref\// && /<nncl\/ops.h>/ { next } # what a formula is given is told there
        {
            file = FILENAME
            target = $0
            sub(/^[^"<]*["<]/, "", target)
            sub(/[">].*/, "", target)
            from = file
            if (file ~ /^include\//) { sub(/.*\//, "", from); sub(/\.h$/, "", from) }
            else { sub(/^src\//, "", from); sub(/\/.*/, "", from) }
            if (from in owner) from = owner[from]
            to = target
            if (target ~ /^nncl\//) { sub(/^nncl\//, "", to); sub(/\.h$/, "", to) }
            else if ($0 ~ /"/) { if (!sub(/\/.*/, "", to)) { print file ": " $0 ": without its folder"; next } }
            else next
            if (to in owner) to = owner[to]
            if (to == "nncl") print file ": " $0 ": includes everything"
            else if (!(to in rank)) print file ": " $0 ": unknown folder"
            else if (rank[to] > rank[from]) print file ": " $0 ": upwards"
        }' "$@"
}

# shellcheck disable=SC2046 # file names without spaces
expect_nothing "src/ includes downwards only" "$(upward $(find src -name '*.[ch]'))"
# shellcheck disable=SC2046
expect_nothing "public headers include downwards only" \
    "$(upward $(find include/nncl -name '*.h' ! -name nncl.h))"
private='(CL|base|device|ref|gemm|ops|plan|check|model|data|train|tune)/|clblast'
expect_nothing "programs use public headers only" \
    "$(grep -rnE "#[ \t]*include[ \t]*[<\"]($private)" tools --include='*.[ch]')"
system='unistd|signal|fcntl|dirent|dlfcn|pthread|poll|termios|strings|glob|pwd|grp|sys/[a-z]*|linux/[a-z]*'
expect_nothing "the operating system is called in src/base and src/device only" \
    "$(grep -rnE "#[ \t]*include[ \t]*<($system)\.h>" src tools --include='*.[ch]' |
        grep -vE '^src/(base|device)/')"
finish
