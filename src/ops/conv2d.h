/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The two ways of a convolution: directly, by the kernels of cl/conv2d.cl, which conv2d_tile.c fits
 * to a device, or of cl/conv2d_winograd.cl, conv2d_winograd.c; and as a product of src/gemm,
 * conv2d_product.c. conv2d_way.c chooses. */
#ifndef NNCL_OPS_CONV2D_H
#define NNCL_OPS_CONV2D_H

#include "gemm/database.h"
#include "ops/window.h"
#include "ref/ref.h"

/* A convolution: the attributes of its ops. */
struct conv {
    struct window window;
    uint32_t groups, channels, filters;
    uint32_t spacing; /* of the input's pixels, which stand so far apart; 0 means 1 */
    uint32_t same;    /* 1: the caller asked for padding that keeps the size */
};

/* Build options for the kernels that need no register tile. */
#define CONV_NO_TILES "-DVECTORS=1 -DKH=1 -DKW=1 -DSTRIDE=1 -DDILATION=1 -DPATCH_W=1 -DCHUNK=1"

/* The convolution of dy, with turned weights, that gives x's gradient. */
struct conv conv_turned(const struct conv *conv);

/* A register tile: its columns are `vectors` vectors of `width` floats, no more than `columns`, its
 * rows as many as the registers hold, of `rows`. */
struct conv_tile {
    unsigned width, vectors, rows;
};
struct conv_tile conv_tile(const struct nncl_device *device, size_t columns, size_t rows);

/* Whether two outputs at a time are faster here: on CPUs, for windows of 3 columns with stride 1
 * over enough channels. Elements of the factors that this makes of the weights; 1 where it cannot
 * be done. And the launches; `turned`: with the weights turned over, for the convolution that leads
 * back. */
bool conv_winograd_pays(const struct nncl_device *device, const struct conv *conv);
size_t conv_winograd_factors(const struct conv *conv);
enum nncl_status conv_launch_winograd(struct op_site *site, const struct conv *conv, size_t n,
    const struct buffer *x, const struct buffer *w, bool turned, const struct buffer *factors,
    const struct op_tail *tail);

/* Adds the launch of a convolution of n pictures, with what is folded into it. */
enum nncl_status conv_launch(struct op_site *site, const struct conv *conv, size_t n,
    const struct buffer *x, const struct buffer *w, const struct op_tail *tail);

/* The shares of a batch that the weights' gradient is summed over one by one: it depends on nothing
 * but the batch, so that each sum has the same order everywhere. */
size_t conv_parts(size_t n);

/* The pictures of a part; and the tiles that a work-item does of the `tiles` of each of the parts.
 */
size_t conv_part_pictures(size_t n);
size_t conv_share_of_item(const struct nncl_device *device, size_t parts, size_t tiles);

/* The same for the gradient of the weights: whether it pays, the elements of a part, the launch
 * that computes the parts and the one that makes the gradient of them. */
bool conv_winograd_gradient_pays(const struct nncl_device *device, const struct conv *conv);
size_t conv_winograd_gradient(const struct conv *conv);
enum nncl_status conv_launch_winograd_gradient(struct op_site *site, const struct conv *conv,
    size_t n, size_t parts, const struct buffer *x, const struct buffer *dy,
    const struct buffer *room);
enum nncl_status conv_launch_winograd_sum(
    struct op_site *site, const struct conv *conv, size_t parts, const struct buffer *room);

/* Adds the launch that computes the parts. */
enum nncl_status conv_launch_weights(struct op_site *site, const struct conv *conv, size_t n,
    size_t parts, const struct buffer *x, const struct buffer *dy, const struct buffer *to);

/* A convolution of n pictures as the tuning database knows it. */
struct tuning_convolution conv_tuned(const struct conv *conv, enum tuning_pass pass, size_t n);

/* The way that a convolution is to go, and why: in conv2d_way.c. */
enum conv_reason { CONV_ASKED, CONV_TUNED, CONV_RULE, CONV_REASONS };
struct conv_way {
    bool product;
    enum conv_reason reason;
};
struct conv_way conv_way(
    const struct nncl_device *device, const struct conv *conv, enum tuning_pass pass, size_t n);

/* The way of the built-in rule. */
bool conv_rule_product(const struct nncl_device *device);

/* "product: tuned", as plans show it; `wanted` is what conv_way said, `product` how it went. Static
 * storage. */
const char *conv_way_text(struct conv_way wanted, bool product);

/* Whether the way says so and a provider can. */
bool conv_goes_as_product(
    const struct op_site *site, const struct conv *conv, struct conv_way way, size_t n);

/* The same two as products, if `way` says so and a provider can: else *done is false, and no
 * launch was added. The gradient of the weights is in one part then, `dw`. */
enum nncl_status conv_product(struct op_site *site, const struct conv *conv, struct conv_way way,
    size_t n, const struct buffer *x, const struct buffer *w, const struct op_tail *tail,
    bool *done);
enum nncl_status conv_product_weights(struct op_site *site, const struct conv *conv,
    struct conv_way way, size_t n, const struct buffer *x, const struct buffer *dy,
    const struct buffer *dw, bool *done);

#endif
