/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The one runner that holds a kernel against its reference, and what an op's cases may ask of it. */
#ifndef NNCL_CHECK_CHECKER_H
#define NNCL_CHECK_CHECKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/check.h>
#include <nncl/ops.h>

struct checker;

/* One case: an op list of (usually) one op, its inputs and what is expected of its outputs. */
struct check_case;

/* The op's own cases, one function per family: src/check/<family>.c. */
typedef void check_family(struct checker *checker);

/* True if only small shapes are wanted. */
bool check_quick(const struct checker *checker);

/* Begins a case named as printf does ("n=33 m=10"). Never NULL: after a failure, which the checker
 * remembers, the functions below do nothing, so that cases read straight through. */
struct check_case *check_begin(struct checker *checker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The case's op list, for the nncl_op_* builders, and their result. */
struct nncl_op_list *check_list(struct check_case *c);
void check_built(struct check_case *c, enum nncl_status status);

/* Declares a tensor and its contents; values are copied. */
nncl_tensor_id check_float(struct check_case *c, struct nncl_shape shape, const float *values);
nncl_tensor_id check_uint(struct check_case *c, struct nncl_shape shape, const uint32_t *values);
nncl_tensor_id check_byte(struct check_case *c, struct nncl_shape shape, const uint8_t *values);

/* Declares a float tensor drawn from U(low, high) by the case's own generator. */
nncl_tensor_id check_uniform(struct check_case *c, struct nncl_shape shape, float low, float high);

/* How far an element may be from the reference: the larger of `absolute`, `ulp` units in the last place
 * of the reference and, if `magnitude` is set, `factor` times element i of it. Integers must be
 * equal. */
struct check_bound {
    double absolute;
    double ulp;
    const double *magnitude; /* per element; copied */
    double factor;
};

/* Compare this output (or updated tensor) with the reference under `bound`. */
void check_output(struct check_case *c, nncl_tensor_id id, struct check_bound bound);

/* Compare this output with known values as well, on the device and on the reference. */
void check_known(struct check_case *c, nncl_tensor_id id, const float *values, double absolute);

/* Runs the case: three times on the device, once on the reference; outputs are filled with NaN first,
 * guards before and after each buffer are verified. Records the result and frees the case. */
void check_end(struct check_case *c);

#endif
