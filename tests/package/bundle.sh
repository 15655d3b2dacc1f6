#!/bin/sh
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0

# The folder that tools/bundle makes runs where nothing but glibc, a shell and a few tools are installed.
# Environment: NNCL_SOURCE_DIR. Argument: the build folder.
set -u
. "$NNCL_SOURCE_DIR/tests/package/tap.sh"
root=$scratch/root

# bring PROGRAM...: copies programs of the system, and the libraries they need, into the bare root
bring() {
    for program; do
        file=$(command -v "$program") || return 1
        mkdir -p "$root/bin"
        cp -L "$file" "$root/bin/" || return 1
        ldd "$file" | sed -n 's/^[^/]*\(\/[^ ]*\) (.*/\1/p' | while read -r library; do
            mkdir -p "$root${library%/*}"
            cp -L "$library" "$root$library"
        done
    done
}

# The rest of glibc, which programs of the bundle may want.
bring_glibc() {
    folder=$(dirname "$(ldd /bin/sh | sed -n 's/.*=> \(\/.*libc\.so\.6\) .*/\1/p')")
    for name in libm.so.6 libresolv.so.2 libdl.so.2 libpthread.so.0 librt.so.1; do
        cp -L "$folder/$name" "$root$folder/" || return 1
    done
}

# inside COMMAND...: runs it in the bare root, with an environment that is as bare
inside() {
    env -i HOME=/home PATH=/bin $enter "$(command -v chroot)" "$root" "$@" 2>&1
}

# diagnosis: what cltool says on drivers; there is no device, which is its exit status 3
diagnosis() {
    text=$(inside /opt/nncl/cltool list)
    status=$?
    printf '%s\n' "$text"
    [ $status = 3 ]
}

names_nvidia() {
    diagnosis | grep -F "$1/libnvidia-opencl.so.1"
}

for tool in meson ldd chroot unshare; do
    if ! PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null; then
        lacking "bundle" "no $tool"
        finish
        exit
    fi
done
PATH=$PATH:/usr/sbin:/sbin
enter=
[ "$(id -u)" = 0 ] || enter="$(command -v unshare) --map-root-user"

mkdir -p "$root/opt" "$root/home" "$root/tmp" "$root/dev"
check "tools/bundle" "$NNCL_SOURCE_DIR/tools/bundle" --build "$1" "$root/opt/nncl" || {
    finish
    exit
}
check "a bare system" eval "bring sh cat mkdir mv rm cksum mktemp env readlink && bring_glibc"
if ! inside /bin/cat /dev/null >/dev/null 2>&1 && ! inside /bin/sh -c : >"$scratch/enter"; then
    lacking "a bundle in a bare system" "chroot is not allowed: $(cat "$scratch/enter")"
    finish
    exit
fi
expect_nothing "nothing of glibc is in the bundle" \
    "$(find "$root/opt/nncl" -name 'libc.so*' -o -name 'libm.so*' -o -name 'ld-linux*')"
check "mnist-cl --version" inside /opt/nncl/mnist-cl --version
check "cltool tells that there is no device" diagnosis
mkdir -p "$root/usr/local/bin"
ln -s ../../../opt/nncl/mnist-cl "$root/usr/local/bin/mnist-cl"
ln -s /usr/local/bin/mnist-cl "$root/bin/mnist-cl"
check "a link to a link to it, found on the PATH" inside /bin/sh -c "mnist-cl --version"
check "drivers are looked for in the system's folder" sh -c 'printf "%s" "$0" |
    grep -F "/etc/OpenCL/vendors"' "$(diagnosis)"

# A driver that is none: what matters is that it is found, and that it cannot be opened is said.
mkdir -p "$root/usr/local/nvidia/lib64" "$root/etc/OpenCL/vendors"
: >"$root/usr/local/nvidia/lib64/libnvidia-opencl.so.1"
check "NVIDIA's driver is found without an .icd file" names_nvidia /usr/local/nvidia/lib64
echo libnvidia-opencl.so.1 >"$root/etc/OpenCL/vendors/nvidia.icd"
expect_nothing "an .icd file of NVIDIA's is left as it is" "$(names_nvidia /usr/local/nvidia/lib64)"

if [ -n "${NNCL_DATA_DIR:-}" ]; then
    cp -RL "$NNCL_DATA_DIR" "$root/data"
    check "mnist-cl trains on the reference" inside /opt/nncl/mnist-cl train --device ref --data /data \
        --epochs 1 --batch-size 1000 --hidden 8 --quiet
else
    skip "mnist-cl trains on the reference" "NNCL_DATA_DIR is not set"
fi
finish
