/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a plan launches. */
#ifndef NNCL_PROFILE_H
#define NNCL_PROFILE_H

#include <nncl/status.h>
#include <nncl/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One launch of a kernel, or one call into a library that launches by itself. On `ref`, one op. An
 * op that takes several launches counts in the first of them. Texts live as long as the plan. */
struct nncl_launch {
    const char *kernel;   /* the call's or, on `ref`, the op's name */
    const char *provider; /* of a matrix product: "vector", "clblast"; else "own"; "ref" on `ref` */
    const char *op;       /* what is computed: "matmul" */
    const char *fused;    /* ops computed by the same launch: "gather, bias, relu"; "" if none */
    struct nncl_shape shape; /* of a product m, n, k; else of the tensor that the work goes over */
    double flop;  /* floating-point operations of the formulas; an addition, a product, a quotient,
                     a maximum, a root and an exponential count one each */
    double bytes; /* of the tensors read and of those written, each counted once; what stays inside
                     the launch is not counted, and of gathered data only the rows read are */
};

#ifdef __cplusplus
}
#endif
#endif
