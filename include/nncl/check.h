/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Holding a device's kernels against the plain-C reference. */
#ifndef NNCL_CHECK_H
#define NNCL_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include <nncl/device.h>
#include <nncl/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The outcome for one op, or for ops that plans fuse ("bias_backward+adam"); for matrix products:
 * for one provider, as "matmul (vector)". */
struct nncl_check_result {
    const char *op;
    size_t cases;         /* shapes and inputs tried */
    double largest_error; /* the largest |result - reference| … */
    double bound;         /* … and the bound for that element: the pair of the largest ratio */
    bool passed;          /* every element of every case within its bound, and deterministic */
    bool deterministic;   /* all runs of each case gave the same bits */
    const char *failure;  /* if not passed: the first case that failed and how; else "" */
};

struct nncl_check_options {
    const char *op;   /* only this op; NULL: all */
    bool quick;       /* small shapes only: under a second once kernels are built */
    const char *gemm; /* only this provider of products, or "auto": the one that serves the device
                         by default; NULL: each one that the device can run */
    unsigned runs;    /* of each case [3]: more find what differs only now and then */
    /* Called once per op, as soon as it is done; `result` is valid during the call. May be NULL. */
    void (*report)(void *user, const struct nncl_check_result *result);
    void *user;
};

/* Runs every op's cases on `device`, several times each, and compares with the reference. A failing
 * op does not end the check. `options` may be NULL. Blocks. Errors: NNCL_CHECK_FAILED naming the
 * ops, NNCL_USAGE for an unknown op, and whatever keeps an op from running at all only if no other
 * op ran. Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_check(
    struct nncl_device *device, const struct nncl_check_options *options);

/* Names of the ops that can be checked: nncl_check_op_name(i) for i below the count; static
 * storage. Thread-safety: safe. */
NNCL_API size_t nncl_check_op_count(void);
NNCL_API const char *nncl_check_op_name(size_t index);

#ifdef __cplusplus
}
#endif
#endif
