/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The one runner that holds a kernel against its reference, and what an op's cases may ask of it.
 */
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

/* An op's own cases. Each family, src/check/<family>.c, has an array `check_<family>` of them,
 * ended by an empty entry. */
struct check_op {
    const char *name; /* of the op: "relu_backward" */
    void (*cases)(struct checker *checker);
    bool products; /* made of matrix products: checked with each provider in turn */
    bool windows;  /* computed directly, and as a product by providers that read windows */
};

/* True if only small shapes are wanted. */
bool check_quick(const struct checker *checker);

/* True if convolutions are computed as products now. */
bool check_by_product(const struct checker *checker);

/* Begins a case named as printf does ("n=33 m=10"). Never NULL: after a failure, which the checker
 * remembers, the functions below do nothing, so that cases read straight through. One case at a
 * time. */
struct check_case *check_begin(struct checker *checker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The case's op list, for the nncl_op_* builders, and their result. */
struct nncl_op_list *check_list(struct check_case *c);
void check_built(struct check_case *c, enum nncl_status status);

/* Lets the plan fuse the list's ops, as it does in a training; otherwise each runs by itself.
 * Tensors between fused ops cannot be compared then. */
void check_fused(struct check_case *c);

/* Lets the list, a whole training step, run `steps` times, pipelined where the device does so
 * (plan/pipeline.h), fused elsewhere. */
void check_pipelined(struct check_case *c, uint32_t steps);

/* Declares a tensor and its contents; values are copied. */
nncl_tensor_id check_float(struct check_case *c, struct nncl_shape shape, const float *values);
nncl_tensor_id check_uint(struct check_case *c, struct nncl_shape shape, const uint32_t *values);

/* Declares a tensor drawn by the case's own generator: floats from U(low, high), integers from
 * [0, below), all bytes, or bytes of which three in four are 0, as a picture's are. */
nncl_tensor_id check_uniform(struct check_case *c, struct nncl_shape shape, float low, float high);
nncl_tensor_id check_random_uint(struct check_case *c, struct nncl_shape shape, uint32_t below);
nncl_tensor_id check_random_byte(struct check_case *c, struct nncl_shape shape);
nncl_tensor_id check_sparse_byte(struct check_case *c, struct nncl_shape shape);

/* Puts `values` over the first elements of a declared float tensor, as many as there are. */
void check_put(struct check_case *c, nncl_tensor_id id, const float *values, size_t count);

/* How far an element may be from the reference: the largest of these, and FLT_MIN, because a device
 * may flush subnormal numbers to zero. Integers must be equal. No relative bound may exceed 1e-3.
 */
struct check_bound {
    double absolute;
    double ulp;    /* units in the last place of the reference */
    double sum;    /* times what the reference gives for the inputs' absolute values: for a sum of K
                      products Σ|a·b|, see check_sum_bound */
    double change; /* of an updated tensor: times |before| + |after - before| */
    unsigned first_float; /* of an integer tensor: from this word on …  */
    unsigned float_words; /* … so many words are floats' bits */
};

/* Checks products of matrices with gaps between their rows, in all four transpose cases, each with
 * one of four pairs of alpha and beta. The provider under check is asked directly: tensors of op
 * lists are dense. */
void check_strided(struct checker *checker, size_t m, size_t n, size_t k);

/* The bound for a sum of `terms` terms or products of two floats. Each of its roundings is off by
 * at most ε/2 of a partial sum, which is at most Σ|a·b|; roundings being independent, they add up
 * to about √K (Higham 2002, section 2.8). Twice that leaves room for the largest of many elements.
 */
struct check_bound check_sum_bound(size_t terms);

/* Compare this output (or updated tensor), called `name` in messages, with the reference. */
void check_output(
    struct check_case *c, const char *name, nncl_tensor_id id, struct check_bound bound);

/* Compare a float output with known values as well, on the device and on the reference. */
void check_known(struct check_case *c, const char *name, nncl_tensor_id id, const float *values,
    double absolute);

/* Runs the case: several times on the device, once on the reference; outputs are filled with NaN
 * first, guards before and after each buffer are verified, and that inputs stay as they are.
 * Records the result and frees what the case holds. */
void check_end(struct check_case *c);

/* A function of `count` variables, for checking a reference's gradient by central differences. */
struct check_function {
    double (*value)(void *context, const float *x);
    void *context;
};

/* Holds `gradient` [count] against (f(x + h) - f(x - h)) / 2h by each variable, h = 2^-7. The
 * values come from float32 results, off by ε/2 each: over 2h that is about 1e-5 a unit of f; what h
 * neglects is h²/6 of the third derivative, about 1e-5 too. `tolerance` (1e-3 is right for
 * functions of about 1) is taken of the larger of 1 and the gradient. Counts as a case. */
void check_gradient(struct checker *checker, const char *name, struct check_function function,
    size_t count, const float *x, const float *gradient, double tolerance);

#endif
