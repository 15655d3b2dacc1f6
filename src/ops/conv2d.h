/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The two ways of a convolution: directly, by the kernels of cl/conv2d.cl, which conv2d_tile.c fits
 * to a device, and as a product of src/gemm, conv2d_product.c. */
#ifndef NNCL_OPS_CONV2D_H
#define NNCL_OPS_CONV2D_H

#include "gemm/gemm.h"
#include "ops/window.h"
#include "ref/ref.h"

/* A convolution: the attributes of its ops. */
struct conv {
    struct window window;
    uint32_t groups, channels, filters;
    uint32_t spacing; /* of the input's pixels, which stand so far apart; 0 means 1 */
};

/* Build options for the kernels that need no register tile. */
#define CONV_NO_TILES "-DVECTORS=1 -DKH=1 -DKW=1 -DSTRIDE=1 -DDILATION=1 -DPATCH_W=1 -DCHUNK=1"

/* The convolution of dy, with turned weights, that gives x's gradient. */
struct conv conv_turned(const struct conv *conv);

/* Adds the launch of a convolution of n pictures, with what is folded into it. */
enum nncl_status conv_launch(struct op_site *site, const struct conv *conv, size_t n,
    const struct buffer *x, const struct buffer *w, const struct op_tail *tail);

/* The shares of a batch that the weights' gradient is summed over one by one: it depends on nothing
 * but the batch, so that each sum has the same order everywhere. */
size_t conv_parts(size_t n);

/* Adds the launch that computes the parts. */
enum nncl_status conv_launch_weights(struct op_site *site, const struct conv *conv, size_t n,
    size_t parts, const struct buffer *x, const struct buffer *dy, const struct buffer *to);

/* The same two as products, if that is how this device computes them: else *done is false, and no
 * launch was added. The gradient of the weights is in one part then, `dw`. */
enum nncl_status conv_product(struct op_site *site, const struct conv *conv, size_t n,
    const struct buffer *x, const struct buffer *w, const struct op_tail *tail, bool *done);
enum nncl_status conv_product_weights(struct op_site *site, const struct conv *conv, size_t n,
    const struct buffer *x, const struct buffer *dy, const struct buffer *dw, bool *done);

#endif
