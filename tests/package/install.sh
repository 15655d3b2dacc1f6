#!/bin/sh
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0

# nncl as a dependency: installed to a prefix, found by pkg-config, linked shared and static, run.
# Environment: NNCL_SOURCE_DIR, NNCL_DATA_DIR for the example on MNIST.
set -u
. "$NNCL_SOURCE_DIR/tests/package/tap.sh"
prefix="$scratch/a prefix"

install_nncl() {
    meson setup "$scratch/build" "$NNCL_SOURCE_DIR" --prefix "$prefix" --libdir lib \
        --buildtype=release -Dtests=disabled && meson install -C "$scratch/build"
}

# build NAME LIBRARIES: docs/NAME.c by what pkg-config says. pkg-config quotes as a shell does.
build() {
    eval "cc -std=c11 -Wall -Wextra -Wpedantic -Werror \"\$NNCL_SOURCE_DIR/docs/$1.c\" \
        -o \"\$scratch/$1\" $(pkg-config --cflags nncl) $2"
}

# run NAME: an example
run() {
    (cd "$scratch" && LD_LIBRARY_PATH="$prefix/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "./$1")
}

# try NAME LINKAGE LIBRARIES: builds and runs an example
try() {
    check "$1 builds $2" build "$1" "$3" || return
    if [ "$1" = example ] && [ -z "${NNCL_DATA_DIR:-}" ]; then
        skip "$1 runs $2" "NNCL_DATA_DIR is not set"
        return
    fi
    output=$(run "$1" 2>&1)
    status=$?
    if [ $status = 3 ]; then
        lacking "$1 runs $2" "no OpenCL device"
    elif [ $status = 0 ]; then
        pass "$1 runs $2"
        # At least nine in ten: far above chance, and below what either reaches.
        check "$1 learns" sh -c 'printf "%s\n" "$0"; printf "%s\n" "$0" |
            grep -qE "^Test accuracy: (0\.9[0-9]*|1\.0+)$"' "$output"
    else
        flunk "$1 runs $2" "exit status $status: $output"
    fi
}

for tool in meson ninja cc pkg-config; do
    if ! command -v $tool >/dev/null; then
        lacking "install" "no $tool"
        finish
        exit
    fi
done
unset PKG_CONFIG_LIBDIR DESTDIR
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
check "meson install" install_nncl || {
    finish
    exit
}
for file in bin/mnist-cl bin/cltool include/nncl/nncl.h lib/libnncl.so.0 lib/libnncl.a; do
    check "$file is installed" test -e "$prefix/$file"
done
check "mnist-cl runs from the prefix" env LD_LIBRARY_PATH="$prefix/lib" "$prefix/bin/mnist-cl" --version
check "pkg-config knows the version" test "$(pkg-config --modversion nncl)" = 0.1.0
for example in example example_arrays example_predict; do
    try $example shared "$(pkg-config --libs nncl)"
    # The linker takes the shared library where it has both; -l:libnncl.a names the static one.
    try $example static "$(pkg-config --static --libs nncl | sed 's/-lnncl\>/-l:libnncl.a/')"
    check "$example needs no libnncl.so when static" \
        sh -c '! readelf -d "$0" | grep -q libnncl' "$scratch/$example"
done
finish
