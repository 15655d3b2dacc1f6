#!/bin/sh
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0

# The examples and the programs release every OpenCL handle they make.
# Environment: NNCL_SOURCE_DIR, NNCL_DATA_DIR for what needs MNIST.
# Arguments: cl_balance_run, the library it preloads, example, example_arrays,
# example_predict, mnist-cl, cltool.
set -u
. "$NNCL_SOURCE_DIR/tests/package/tap.sh"
runner=$1 preload=$2 example=$3 example_arrays=$4 example_predict=$5 mnist_cl=$6 cltool=$7

# balanced NAME COMMAND...
balanced() {
    name=$1
    shift
    output=$("$runner" "$preload" "$@" 2>&1)
    case $? in
    0) pass "$name" ;;
    3) lacking "$name" "no OpenCL device" ;;
    *) flunk "$name" "$output" ;;
    esac
}

balanced "example_arrays" "$example_arrays"
balanced "example_predict" "$example_predict"
balanced "cltool check --quick" "$cltool" check --quick
if [ -n "${NNCL_DATA_DIR:-}" ]; then
    model=$scratch/model.safetensors
    balanced "example" "$example"
    balanced "mnist-cl train" "$mnist_cl" train --epochs 1 --quiet --save "$model"
    balanced "mnist-cl train --gemm clblast" \
        "$mnist_cl" train --epochs 1 --batch-size 1000 --hidden 32 --gemm clblast --quiet --save "$model"
    balanced "mnist-cl eval" "$mnist_cl" eval "$model"
else
    skip "example and mnist-cl" "NNCL_DATA_DIR is not set"
fi
finish
