/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Op lists: a computation written down as a list of ops over tensor ids. A list knows shapes and no
 * device; a plan (nncl/plan.h) runs it on one.
 *
 * Rules for all ops: letters are N rows of a batch, F features, M columns, C classes. A float32
 * matrix is row-major. Each nncl_op_* function appends one op, checks shapes and types, and sets
 * its output ids on success; an output is a new tensor that lives inside the plan, assigned (never
 * accumulated) by the op. Tensors said to be "updated" are read and written in place and must be
 * declared with nncl_op_list_tensor. Errors, for all: NNCL_USAGE naming the op and the shapes,
 * NNCL_OUT_OF_MEMORY. Thread-safety: one thread a list. */
#ifndef NNCL_OPS_H
#define NNCL_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/loss.h>
#include <nncl/state.h>
#include <nncl/status.h>
#include <nncl/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A tensor of an op list: a number, from 0 in order of declaration. */
typedef uint32_t nncl_tensor_id;

struct nncl_op_list;

/* Makes an empty list; free it with nncl_op_list_free. Errors: NNCL_OUT_OF_MEMORY.
 * Thread-safety: safe. */
NNCL_API enum nncl_status nncl_op_list_create(struct nncl_op_list **list);

/* Frees the list and clears the pointer; *list may be NULL. Thread-safety: one thread a list. */
NNCL_API void nncl_op_list_free(struct nncl_op_list **list);

/* Declares a tensor whose storage the caller binds when a plan is made (data, parameters, state)
 * and that keeps its contents between runs. `name` (copied) appears in messages. Errors:
 * NNCL_USAGE, NNCL_OUT_OF_MEMORY. Thread-safety: one thread a list. */
NNCL_API enum nncl_status nncl_op_list_tensor(struct nncl_op_list *list, const char *name,
    enum nncl_type type, const struct nncl_shape *shape, nncl_tensor_id *id);

/* Names a tensor for messages, such as the output of a layer; `name` is copied.
 * Errors: NNCL_USAGE for an unknown id, NNCL_OUT_OF_MEMORY. Thread-safety: one thread a list. */
NNCL_API enum nncl_status nncl_op_list_name(
    struct nncl_op_list *list, nncl_tensor_id id, const char *name);

/* The shape of a tensor, owned by the list, valid until an op is added; NULL for an unknown id.
 * Thread-safety: one thread a list. */
NNCL_API const struct nncl_shape *nncl_op_list_shape(
    const struct nncl_op_list *list, nncl_tensor_id id);

/* ---- Data ---- */

/* Which rows of the data a batch consists of: rows[i] = permuted(state.position + i) of [0, count),
 * uint32 [batch]. With `shuffle` the permutation is keyed by (seed, state.epoch): Feistel rounds of
 * Philox with cycle-walking (Black and Rogaway 2002, "Ciphers with arbitrary finite domains",
 * method 3); without, it is the identity. position + batch must not exceed count when it runs. */
struct nncl_permute {
    uint64_t seed;
    uint32_t count; /* rows of the data set */
    bool shuffle;
    uint32_t first; /* rows from the state's position to the batch's first */
};
NNCL_API enum nncl_status nncl_op_permute(struct nncl_op_list *list,
    const struct nncl_permute *permute, size_t batch, nncl_tensor_id state, nncl_tensor_id *rows);

/* Rows of a matrix by index: out[i][j] = source[rows[i]][j] · scale + shift, float32 [N, F], for a
 * source of uint8 or float32 [n, F]. A uint32 source [n] gives uint32 [N] unscaled (labels).
 * Indices are not checked: they come from nncl_op_permute. */
struct nncl_gather {
    float scale; /* 0 means 1 */
    float shift;
    bool in_order; /* rows are 0, 1 … N-1 and N is n: the source may be read where it stands */
};
NNCL_API enum nncl_status nncl_op_gather(struct nncl_op_list *list,
    const struct nncl_gather *gather, nncl_tensor_id source, nncl_tensor_id rows,
    nncl_tensor_id *out);

/* How far pictures are changed at random; 0: not in this way. */
struct nncl_augmentation {
    float shift;     /* along each side, at most so many pixels */
    float rotate;    /* at most so many degrees, to either side */
    float scale;     /* each side by a factor of 1 - scale to 1 + scale */
    float shear;     /* lines against each other, at most so many degrees */
    float noise;     /* standard deviation of normal noise, in units of x */
    uint32_t cutout; /* side of a square of `fill`, in pixels; part of it may lie outside */
    float elastic;   /* each pixel by a displacement of its own, see nncl_op_elastic_noise */
    float sigma;     /* how smooth that field is, in pixels; 0 means 4 */
    float mixup;     /* pictures and targets of a batch mixed by parts from Beta(mixup, mixup), see
                        nncl_op_mixup; this, elastic and sigma are for ops of their own */
};

/* Changes each picture of a batch by random numbers of its own, uniform within the limits above and
 * keyed by (seed, state.epoch, state.position + i): x, out [N, height · width · channels], features
 * ordered [height][width][channels], state as for nncl_op_permute. One bilinear resampling shifts,
 * rotates, shears and scales; noise and cutout follow. */
struct nncl_augment {
    uint64_t seed;
    struct nncl_picture_shape shape;
    struct nncl_augmentation by;
    float fill; /* what stands outside of pictures and in the square cut out */
};
NNCL_API enum nncl_status nncl_op_augment(struct nncl_op_list *list,
    const struct nncl_augment *augment, nncl_tensor_id state, nncl_tensor_id x,
    nncl_tensor_id *out);

/* The same with a displacement field, float32 [N, 2 · height · width]: pixel p of the result comes
 * from where it would otherwise, and from there by the field's number at p, of its first plane
 * along the lines, of its second across them. */
NNCL_API enum nncl_status nncl_op_augment_elastic(struct nncl_op_list *list,
    const struct nncl_augment *augment, nncl_tensor_id state, nncl_tensor_id x,
    nncl_tensor_id field, nncl_tensor_id *out);

/* Elastic deformation (Simard et al. 2003): noise that is smooth is a displacement field. */
struct nncl_elastic {
    uint64_t seed;
    uint32_t height, width; /* of a plane; a field has two */
    float amount;           /* of the noise: uniform within ±amount pixels, 0 to 1000 */
    float sigma; /* standard deviation of the normal curve that smooths, above 0, to 10 */
};
/* Noise keyed by (seed, state.epoch, state.position + i): float32 [batch, 2 · height · width],
 * state as for nncl_op_permute. */
NNCL_API enum nncl_status nncl_op_elastic_noise(struct nncl_op_list *list,
    const struct nncl_elastic *elastic, size_t batch, nncl_tensor_id state, nncl_tensor_id *noise);
/* Planes smoothed across their lines and turned over: y[x][line] = Σ_k w_k · x[line + k][x], where
 * w is the normal density over |k| <= 3·sigma, of sum 1, and what lies outside is 0. x float32
 * [N, 2 · height · width]. Done twice, with height and width exchanged, it smooths both ways. */
NNCL_API enum nncl_status nncl_op_elastic_smooth(struct nncl_op_list *list,
    const struct nncl_elastic *elastic, nncl_tensor_id x, nncl_tensor_id *y);

/* How much of each row of a batch stays when it is mixed with the next: weights[i] = the larger of
 * λ and 1 - λ, λ drawn from Beta(alpha, alpha) and keyed by (seed, state.epoch, state.position +
 * i); float32 [batch], state as for nncl_op_permute. */
struct nncl_mixup {
    uint64_t seed;
    float alpha; /* above 0, at most 1000 */
};
NNCL_API enum nncl_status nncl_op_mixup_weights(struct nncl_op_list *list,
    const struct nncl_mixup *mixup, size_t batch, nncl_tensor_id state, nncl_tensor_id *weights);
/* Mixup (Zhang et al. 2018): out[i] = weights[i] · x[i] + (1 - weights[i]) · x[(i + 1) mod N] by
 * element; x, out float32 [N, M], weights float32 [N]. Pictures and targets are mixed alike. */
NNCL_API enum nncl_status nncl_op_mixup(
    struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id weights, nncl_tensor_id *out);

/* ---- Layers ---- */

/* Matrix product c[m][n] = Σ_k op(a)[m][k] · op(b)[k][n], op being the transpose where asked. */
struct nncl_matmul {
    bool transpose_a; /* a is stored [K, M] */
    bool transpose_b; /* b is stored [N, K] */
};
NNCL_API enum nncl_status nncl_op_matmul(struct nncl_op_list *list,
    const struct nncl_matmul *matmul, nncl_tensor_id a, nncl_tensor_id b, nncl_tensor_id *c);

/* y[i][j] = x[i][j] + b[j mod M]; x, y [N, F], b [M], where M divides F: of pictures, one a
 * channel, else M = F. */
NNCL_API enum nncl_status nncl_op_bias(
    struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id b, nncl_tensor_id *y);
/* Gradient of the bias: db[j] = Σ_i dy[i][j]; dy [N, M], db [M]. */
NNCL_API enum nncl_status nncl_op_bias_backward(
    struct nncl_op_list *list, nncl_tensor_id dy, nncl_tensor_id *db);
/* The same where the bias has one element a channel: db[j] = Σ dy[i][j + k·channels] over all i and
 * k; dy [N, F], db [channels], which must divide F. */
NNCL_API enum nncl_status nncl_op_bias_backward_channels(
    struct nncl_op_list *list, nncl_tensor_id dy, size_t channels, nncl_tensor_id *db);

/* Convolution of pictures by a window of weights that is not turned over (the correlation that
 * networks call so):
 *   y[n][oy][ox][m] = Σ_ky,kx,c x[n][oy·s + ky·d - top][ox·s + kx·d - left][c] · w[ky][kx][c][m]
 * with stride s and dilation d, where c runs over the C/groups channels of m's group and x is 0
 * outside the picture. A row of x [N, H·W·C] is a picture [H][W][C]; w [KH, KW, C/groups, M];
 * y [N, OH·OW·M]. Without `same` top and left are 0 and only whole windows count,
 * OH = ⌊(H - (KH-1)·d - 1) / s⌋ + 1; with it OH = ⌈H/s⌉, and the padding that takes is shared
 * between both ends, the odd row or column last. Groups must divide C and M. */
struct nncl_conv2d {
    uint32_t height, width;            /* of the pictures x */
    uint32_t stride, dilation, groups; /* 0 means 1 */
    bool same;
};
NNCL_API enum nncl_status nncl_op_conv2d(struct nncl_op_list *list, const struct nncl_conv2d *conv,
    nncl_tensor_id x, nncl_tensor_id w, nncl_tensor_id *y);
/* Gradient of x from dy [N, OH·OW·M] and w: dx [N, H·W·C]. */
NNCL_API enum nncl_status nncl_op_conv2d_backward_input(struct nncl_op_list *list,
    const struct nncl_conv2d *conv, nncl_tensor_id dy, nncl_tensor_id w, nncl_tensor_id *dx);
/* Gradient of the weights from x and dy, summed over the batch: dw of w's shape, whose first two
 * sizes are window_height and window_width. */
NNCL_API enum nncl_status nncl_op_conv2d_backward_weights(struct nncl_op_list *list,
    const struct nncl_conv2d *conv, uint32_t window_height, uint32_t window_width, nncl_tensor_id x,
    nncl_tensor_id dy, nncl_tensor_id *dw);

/* Windows that slide over pictures; x [N, H·W·C], y [N, OH·OW·C], both as nncl_conv2d says. What a
 * window with `same` sees outside the picture is left out. */
struct nncl_pool {
    uint32_t height, width; /* of the pictures x */
    uint32_t down, across;  /* of a window */
    uint32_t stride;        /* 0 means 1 */
    bool same;
};
/* y = the largest element of each window; place, uint8 of y's shape, its number within the window
 * (ky·across + kx), the first of equals. A NaN counts as the largest, the last one of them. A
 * window has at most 256 elements. */
NNCL_API enum nncl_status nncl_op_maxpool(struct nncl_op_list *list, const struct nncl_pool *pool,
    nncl_tensor_id x, nncl_tensor_id *place, nncl_tensor_id *y);
/* dx = dy where each window has its largest element, summed over windows that overlap, else 0. */
NNCL_API enum nncl_status nncl_op_maxpool_backward(struct nncl_op_list *list,
    const struct nncl_pool *pool, nncl_tensor_id place, nncl_tensor_id dy, nncl_tensor_id *dx);
/* y = the mean of each window. */
NNCL_API enum nncl_status nncl_op_avgpool(
    struct nncl_op_list *list, const struct nncl_pool *pool, nncl_tensor_id x, nncl_tensor_id *y);
/* dx = the sum, over the windows that cover an element, of dy / their number of elements. */
NNCL_API enum nncl_status nncl_op_avgpool_backward(
    struct nncl_op_list *list, const struct nncl_pool *pool, nncl_tensor_id dy, nncl_tensor_id *dx);

/* Layer normalisation (Ba, Kiros and Hinton 2016): y = w · (x - mean) / √(variance + ε) + b, where
 * mean and variance are those of G neighbouring values of a row, which are normalised together. x,
 * y, dx, dy [N, F], w, b, dw, db [G], where G divides F: all of a row, or the channels of each
 * pixel of a picture. statistics [N·F/G, 2]: mean and 1/√(variance + ε) of each group. ε: epsilon;
 * 0 means 1e-5, as in PyTorch (Keras has 1e-3). */
NNCL_API enum nncl_status nncl_op_layernorm(struct nncl_op_list *list, float epsilon,
    nncl_tensor_id x, nncl_tensor_id w, nncl_tensor_id b, nncl_tensor_id *statistics,
    nncl_tensor_id *y);
/* Gradient of x, by way of the statistics too. */
NNCL_API enum nncl_status nncl_op_layernorm_backward(struct nncl_op_list *list, nncl_tensor_id x,
    nncl_tensor_id dy, nncl_tensor_id w, nncl_tensor_id statistics, nncl_tensor_id *dx);
/* Gradients of w and b, both assigned: sums over all groups. */
NNCL_API enum nncl_status nncl_op_layernorm_backward_sums(struct nncl_op_list *list,
    nncl_tensor_id x, nncl_tensor_id dy, nncl_tensor_id statistics, nncl_tensor_id *dw,
    nncl_tensor_id *db);

/* Local response normalisation across channels (Krizhevsky, Sutskever and Hinton 2012,
 * section 3.3): d[c] = k + α · Σ x[j]², y[c] = x[c] / d[c]^β, where j runs over the channels of the
 * pixel from c - ⌊size/2⌋ to c + ⌊size/2⌋ that there are. α multiplies the sum as it is, as in the
 * paper and in TensorFlow; PyTorch divides its alpha by the size first. x, y, d, dx, dy [N, F], of
 * which each value k·C + c belongs to channel c. */
enum { NNCL_LRN_MAX_SIZE = 255 };
struct nncl_lrn {
    uint32_t size; /* odd, at most NNCL_LRN_MAX_SIZE; 0 means 5 */
    float k;       /* 0 means 2 */
    float alpha;   /* 0 means 1e-4 */
    float beta;    /* 0 means 0.75 */
};
NNCL_API enum nncl_status nncl_op_lrn(struct nncl_op_list *list, const struct nncl_lrn *lrn,
    size_t channels, nncl_tensor_id x, nncl_tensor_id *d, nncl_tensor_id *y);
/* Gradient of x: dx[c] = dy[c] / d[c]^β - 2·α·β · x[c] · Σ dy[j] · y[j] / d[j]. */
NNCL_API enum nncl_status nncl_op_lrn_backward(struct nncl_op_list *list,
    const struct nncl_lrn *lrn, size_t channels, nncl_tensor_id x, nncl_tensor_id dy,
    nncl_tensor_id d, nncl_tensor_id y, nncl_tensor_id *dx);

/* y = a + b by element, both of one shape, any. */
NNCL_API enum nncl_status nncl_op_add(
    struct nncl_op_list *list, nncl_tensor_id a, nncl_tensor_id b, nncl_tensor_id *y);

/* y = max(x, 0) by element, any shape; a NaN stays NaN. */
NNCL_API enum nncl_status nncl_op_relu(
    struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id *y);
/* dx = dy where y > 0, else 0; y is the forward pass's output. */
NNCL_API enum nncl_status nncl_op_relu_backward(
    struct nncl_op_list *list, nncl_tensor_id y, nncl_tensor_id dy, nncl_tensor_id *dx);

/* The other activations, by element, any shape. */
enum nncl_activation_kind {
    NNCL_LEAKYRELU, /* x > 0 ? x : a·x, a from 0 to 1 */
    NNCL_ELU,       /* x > 0 ? x : a·(e^x - 1), a above 0 */
    NNCL_GELU,      /* x·Φ(x), Φ the normal distribution function */
    NNCL_GELUTANH,  /* x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2 */
    NNCL_SILU,      /* x/(1 + e^-x) */
    NNCL_SIGMOID,   /* 1/(1 + e^-x) */
    NNCL_TANH,
    NNCL_SOFTPLUS /* log(1 + e^x) */
};
struct nncl_activation {
    enum nncl_activation_kind kind;
    float parameter; /* a */
};
NNCL_API enum nncl_status nncl_op_activation(struct nncl_op_list *list,
    const struct nncl_activation *activation, nncl_tensor_id x, nncl_tensor_id *y);
/* dx = dy times the slope, which is computed from what the forward pass kept: its input x if
 * nncl_activation_keeps_input, else its output y. */
NNCL_API enum nncl_status nncl_op_activation_backward(struct nncl_op_list *list,
    const struct nncl_activation *activation, nncl_tensor_id kept, nncl_tensor_id dy,
    nncl_tensor_id *dx);

/* Whether the gradient is computed from the input. Thread-safety: safe. */
NNCL_API bool nncl_activation_keeps_input(enum nncl_activation_kind kind);

/* Batch normalisation by channel (Ioffe and Szegedy 2015): y = w · (x - mean) / √(variance + ε) +
 * b, where mean and variance are those of the batch's values of a channel, its number of values
 * dividing the sum of squares; in inference they are running ones. x, y, dx, dy [N, F], of which
 * each value k·C + c belongs to channel c: of pictures the channels, of rows the features (C = F).
 * w, b, dw, db, mean, variance [C]; statistics [3, C]: a batch's mean, variance and 1/√(variance +
 * ε). */
struct nncl_batchnorm {
    float momentum; /* share of a batch in the running statistics; 0 means 0.1 */
    float epsilon;  /* 0 means 1e-5 */
};
NNCL_API enum nncl_status nncl_op_batchnorm_statistics(struct nncl_op_list *list,
    const struct nncl_batchnorm *batchnorm, nncl_tensor_id x, size_t channels,
    nncl_tensor_id *statistics);
NNCL_API enum nncl_status nncl_op_batchnorm(struct nncl_op_list *list, nncl_tensor_id x,
    nncl_tensor_id w, nncl_tensor_id b, nncl_tensor_id statistics, nncl_tensor_id *y);
NNCL_API enum nncl_status nncl_op_batchnorm_inference(struct nncl_op_list *list,
    const struct nncl_batchnorm *batchnorm, nncl_tensor_id x, nncl_tensor_id w, nncl_tensor_id b,
    nncl_tensor_id mean, nncl_tensor_id variance, nncl_tensor_id *y);
/* Gradients of w and b, both assigned: dw = Σ dy · (x - mean) / √(variance + ε), db = Σ dy over a
 * channel's values. */
NNCL_API enum nncl_status nncl_op_batchnorm_backward_sums(struct nncl_op_list *list,
    nncl_tensor_id x, nncl_tensor_id dy, nncl_tensor_id statistics, nncl_tensor_id *dw,
    nncl_tensor_id *db);
/* Gradient of x, by way of the statistics too: dx = w / √(variance + ε) · (dy - (db + x̂ · dw) / M),
 * x̂ = (x - mean) / √(variance + ε), M being the number of a channel's values. */
NNCL_API enum nncl_status nncl_op_batchnorm_backward(struct nncl_op_list *list, nncl_tensor_id x,
    nncl_tensor_id dy, nncl_tensor_id w, nncl_tensor_id statistics, nncl_tensor_id dw,
    nncl_tensor_id db, nncl_tensor_id *dx);
/* The running statistics, mean and variance [C], both updated, move towards those of a batch of
 * `values` values a channel: mean ← mean + momentum · (batch's - mean), and so the variance, by the
 * batch's times values / (values - 1), an estimate without bias (as PyTorch does; its momentum is 1
 * minus that of Keras, which leaves the factor out). One value changes nothing, nor does a bad step
 * (see nncl_op_update). */
NNCL_API enum nncl_status nncl_op_batchnorm_running(struct nncl_op_list *list,
    const struct nncl_batchnorm *batchnorm, size_t values, nncl_tensor_id statistics,
    nncl_tensor_id state, nncl_tensor_id batch_loss, nncl_tensor_id mean, nncl_tensor_id variance);

/* y = 0 with probability `rate`, else x/(1 - rate), by element, any shape. What is dropped depends
 * on seed, layer, state.step and the element's place only, by Philox: the same call on dy, in the
 * same step, gives dx. */
struct nncl_dropout {
    float rate;     /* from 0 to below 1 */
    uint32_t layer; /* keeps the layers of a network apart */
    uint64_t seed;
};
NNCL_API enum nncl_status nncl_op_dropout(struct nncl_op_list *list,
    const struct nncl_dropout *dropout, nncl_tensor_id x, nncl_tensor_id state, nncl_tensor_id *y);

/* y = a_weight · a + b_weight · b, by element, of one shape: what two parts of a batch give becomes
 * what the batch gives. */
struct nncl_combine {
    float a_weight, b_weight;
};
NNCL_API enum nncl_status nncl_op_combine(struct nncl_op_list *list,
    const struct nncl_combine *combine, nncl_tensor_id a, nncl_tensor_id b, nncl_tensor_id *y);

/* Probabilities p[i][c] = exp(x[i][c] - max_i) / Σ_c exp(x[i][c] - max_i); x [N, C], p [N, C]. */
NNCL_API enum nncl_status nncl_op_softmax(
    struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id *p);
/* Its gradient, from its result: dx[i][c] = p[i][c] · (dy[i][c] - Σ_k dy[i][k] · p[i][k]); all
 * [N, C]. */
NNCL_API enum nncl_status nncl_op_softmax_backward(
    struct nncl_op_list *list, nncl_tensor_id p, nncl_tensor_id dy, nncl_tensor_id *dx);

/* ---- Loss and metrics ---- */

/* Sparse categorical cross-entropy on logits: loss[i] = log Σ_c exp(x[i][c]) - x[i][label[i]],
 * computed with the row's maximum taken out; predicted[i] = the class of the largest logit (the
 * first of equals). x float32 [N, C], labels uint32 [N], loss float32 [N], predicted uint32 [N].
 * A label outside [0, C) gives a loss of NaN. */
NNCL_API enum nncl_status nncl_op_softmax_xent(struct nncl_op_list *list, nncl_tensor_id x,
    nncl_tensor_id labels, nncl_tensor_id *loss, nncl_tensor_id *predicted);
/* Gradient of the batch's mean loss: dx[i][c] = (softmax(x[i])[c] - [c = label[i]]) / N. */
NNCL_API enum nncl_status nncl_op_softmax_xent_backward(
    struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id labels, nncl_tensor_id *dx);

/* Labels as targets: t[i][c] = on where c = label[i], else off; labels uint32 [N], t float32
 * [N, classes]. A row whose label is outside [0, classes) is NaN. Label smoothing by s is on =
 * 1 - s + s/C, off = s/C. */
struct nncl_targets {
    uint32_t classes;
    float on, off;
};
NNCL_API enum nncl_status nncl_op_targets(struct nncl_op_list *list,
    const struct nncl_targets *targets, nncl_tensor_id labels, nncl_tensor_id *t);

/* A loss of outputs x against targets t, both float32 [N, C], as nncl/loss.h says of a row: loss
 * float32 [N], predicted uint32 [N], the class of the largest output (the first of equals).
 * Cross-entropies take logits and do not overflow; for the categorical one the targets of a row
 * must sum to 1. */
NNCL_API enum nncl_status nncl_op_target_loss(struct nncl_op_list *list, enum nncl_loss kind,
    nncl_tensor_id x, nncl_tensor_id t, nncl_tensor_id *loss, nncl_tensor_id *predicted);
/* Gradient of the batch's mean loss: dx[i][c] = (softmax(x[i])[c] - t[i][c]) / N, or
 * (σ(x[i][c]) - t[i][c]) / (N · C), or (x[i][c] - t[i][c]) / N. */
NNCL_API enum nncl_status nncl_op_target_loss_backward(struct nncl_op_list *list,
    enum nncl_loss kind, nncl_tensor_id x, nncl_tensor_id t, nncl_tensor_id *dx);

/* Adds a batch to `metrics` (uint32 [NNCL_METRICS_SIZE], updated) and gives the batch's mean loss,
 * float32 [1]. loss float32 [N], predicted and labels uint32 [N]. Sums run in a fixed order. */
NNCL_API enum nncl_status nncl_op_metrics(struct nncl_op_list *list, nncl_tensor_id loss,
    nncl_tensor_id predicted, nncl_tensor_id labels, nncl_tensor_id metrics,
    nncl_tensor_id *batch_loss);

/* counts[label[i]][predicted[i]] += 1 for each row; counts uint32 [C, C], updated. Labels outside
 * [0, C) are not counted. */
NNCL_API enum nncl_status nncl_op_confusion(struct nncl_op_list *list, nncl_tensor_id labels,
    nncl_tensor_id predicted, nncl_tensor_id counts);

/* ---- Optimizers and the end of a step ---- */

/* What is done to a gradient g before an optimizer gets it; all float32 of one shape. */
/* decayed = g + rate·w, rate above 0: the gradient of a loss with rate/2 · Σ w² added. */
NNCL_API enum nncl_status nncl_op_weight_decay(struct nncl_op_list *list, float rate,
    nncl_tensor_id gradient, nncl_tensor_id w, nncl_tensor_id *decayed);
/* clipped = g where it is from -limit to limit, else the nearer of these; a NaN stays one. */
NNCL_API enum nncl_status nncl_op_clip_value(
    struct nncl_op_list *list, float limit, nncl_tensor_id gradient, nncl_tensor_id *clipped);

enum { NNCL_NORM_PARTS = 256 };

/* The sums of squares of so many parts of g, float32 [NNCL_NORM_PARTS]; with `before` (may be
 * NULL), those of another gradient, added to them. So one after the other sums up all gradients. */
NNCL_API enum nncl_status nncl_op_square_sums(struct nncl_op_list *list, nncl_tensor_id gradient,
    const nncl_tensor_id *before, nncl_tensor_id *sums);
/* clipped = g · min(1, limit / (√Σ sums + 10^-6)) (Pascanu, Mikolov and Bengio 2013, as PyTorch).
 */
NNCL_API enum nncl_status nncl_op_clip_norm(struct nncl_op_list *list, float limit,
    nncl_tensor_id gradient, nncl_tensor_id sums, nncl_tensor_id *clipped);

/* How a parameter w changes by its gradient g. α is the state's learning rate, t = state.step + 1;
 * what an optimizer keeps of each parameter, its slots, begins at 0. */
enum nncl_optimizer_kind {
    NNCL_ADAM,     /* m ← β1·m + (1-β1)·g, v ← β2·v + (1-β2)·g²,
                      w ← w - α·√(1-β2^t)/(1-β1^t) · m / (√v + ε)
                      (Kingma and Ba 2015, algorithm 1, in the form of the end of their section 2,
                      as Keras does) */
    NNCL_ADAMW,    /* the same of w - α·λ·w (Loshchilov and Hutter 2019) */
    NNCL_NADAM,    /* Adam with Nesterov's momentum (Dozat 2016, as PyTorch does) */
    NNCL_SGD,      /* w ← w - α·g */
    NNCL_MOMENTUM, /* u ← μ·u + g, w ← w - α·u */
    NNCL_NESTEROV, /* u ← μ·u + g, w ← w - α·(g + μ·u) */
    NNCL_RMSPROP,  /* v ← ρ·v + (1-ρ)·g², w ← w - α·g / (√v + ε) */
    NNCL_ADAGRAD,  /* v ← v + g², w ← w - α·g / (√v + ε) (Duchi et al. 2011) */
    NNCL_ADADELTA /* v ← ρ·v + (1-ρ)·g², Δ = √(u+ε)/√(v+ε)·g, u ← ρ·u + (1-ρ)·Δ², w ← w - α·Δ
                     (Zeiler 2012) */
};

/* An optimizer and its hyperparameters; 0 means the optimizer's default. One that the optimizer
 * does not have must be 0. */
struct nncl_optimizer {
    enum nncl_optimizer_kind kind;
    float momentum;     /* μ */
    float beta1, beta2; /* β1, β2 */
    float rho;          /* ρ */
    float epsilon;      /* ε */
    float weight_decay; /* λ */
};

enum { NNCL_OPTIMIZER_SLOTS = 2 }; /* at most */

struct nncl_optimizer_info {
    const char *name;               /* "adam" */
    float learning_rate;            /* by default */
    unsigned slots;                 /* numbers kept of each parameter */
    struct nncl_optimizer defaults; /* 0 for what it does not have */
};

/* What is known of optimizer `kind`, static storage; NULL past the last one. Thread-safety: safe.
 */
NNCL_API const struct nncl_optimizer_info *nncl_optimizer_info(unsigned kind);

/* Updates w by its gradient; NULL stands for Adam. slots: as many tensors as the optimizer keeps,
 * in the order of the formulas above; it may be NULL for none. All float32 of one shape, w and
 * slots updated; nothing changes if batch_loss is not finite or state.bad_step is set. */
NNCL_API enum nncl_status nncl_op_update(struct nncl_op_list *list,
    const struct nncl_optimizer *optimizer, nncl_tensor_id gradient, nncl_tensor_id state,
    nncl_tensor_id batch_loss, nncl_tensor_id w, const nncl_tensor_id *slots);

/* The exponential moving average of a parameter w over the steps of a training, behind the update
 * of w in each (Polyak and Juditsky 1992, with old values fading): average ← w in step 0, as
 * PyTorch and Keras do, then average ← decay·average + (1-decay)·w; decay above 0 and below 1. w
 * and average float32 of one shape, average updated; nothing changes if batch_loss is not finite or
 * state.bad_step is set. */
NNCL_API enum nncl_status nncl_op_ema(struct nncl_op_list *list, float decay, nncl_tensor_id w,
    nncl_tensor_id state, nncl_tensor_id batch_loss, nncl_tensor_id average);

/* How the learning rate goes on: α of a step, whose number is s and whose epoch is e, from 0. */
enum nncl_schedule_kind {
    NNCL_CONSTANT,    /* the state's stays */
    NNCL_STEP,        /* rate · factor^⌊e / every⌋ */
    NNCL_EXPONENTIAL, /* rate · factor^e */
    NNCL_COSINE, /* rate · (s+1)/warmup for s < warmup, then rate · (end + (1-end)·½(1+cos πp)),
                    p = (s - warmup) / (steps - warmup), at most 1
                    (Loshchilov and Hutter 2017, without restarts) */
    NNCL_ONECYCLE /* from rate·start at s = 0 to rate at s = warmup - 1 and on to rate·end at
                     s = steps - 1, each by half a cosine (Smith and Topin 2018, as PyTorch) */
};

/* Only what the kind's formula has is looked at. */
struct nncl_schedule {
    enum nncl_schedule_kind kind;
    float rate, factor;
    uint32_t every;   /* epochs */
    float warmup;     /* steps, or parts of them */
    uint32_t steps;   /* of the training */
    float start, end; /* parts of the rate */
};

/* α of step number `step`, in epoch `epoch`; `rate` for NNCL_CONSTANT. Thread-safety: safe. */
NNCL_API float nncl_schedule_rate(
    const struct nncl_schedule *schedule, uint32_t step, uint32_t epoch);

/* The last op of a training step: if batch_loss is finite and state.bad_step unset, step += 1 and
 * position += batch, wrapping to 0 with epoch += 1 at `count`, and learning_rate becomes the
 * schedule's for the step that comes next; else bad_step is set to 1 + step if it was unset. state
 * uint32 [NNCL_STATE_SIZE], updated. */
struct nncl_advance_state {
    uint32_t batch; /* rows of this step */
    uint32_t count; /* rows of the data set */
    struct nncl_schedule schedule;
};
NNCL_API enum nncl_status nncl_op_advance_state(struct nncl_op_list *list,
    const struct nncl_advance_state *advance, nncl_tensor_id batch_loss, nncl_tensor_id state);

#ifdef __cplusplus
}
#endif
#endif
