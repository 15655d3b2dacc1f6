/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every op as a plain function on the host's arrays: slow, obvious and the measure of the kernels.
 * Sums are carried in double. Shapes and formulas as in nncl/ops.h; outputs come last. */
#ifndef NNCL_REF_REF_H
#define NNCL_REF_REF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/ops.h>

#include "ref/window.h"

/* All [n]; kept: see nncl_op_activation_backward. */
void ref_activation(
    size_t n, enum nncl_activation_kind kind, float parameter, const float *x, float *y);
void ref_activation_backward(size_t n, enum nncl_activation_kind kind, float parameter,
    const float *kept, const float *dy, float *dx);

/* All [n]. */
void ref_add(size_t n, const float *a, const float *b, float *y);

/* state [NNCL_STATE_SIZE] is updated. */
void ref_advance_state(
    const struct nncl_advance_state *advance, const float *batch_loss, uint32_t *state);

/* As nncl_schedule_rate. */
float ref_schedule(const struct nncl_schedule *schedule, uint32_t step, uint32_t epoch);

/* state [NNCL_STATE_SIZE], x, out [n, height · width · channels], field [n, 2 · height · width] or
 * NULL. */
void ref_augment(size_t n, const struct nncl_augment *augment, const uint32_t *state,
    const float *x, const float *field, float *out);

/* Means over windows; x, dx [n, height, width, channels], y, dy [n, out_height, out_width,
 * channels]. */
void ref_avgpool(size_t n, size_t channels, const struct window *window, const float *x, float *y);
void ref_avgpool_backward(
    size_t n, size_t channels, const struct window *window, const float *dy, float *dx);

/* Of m values of each channel: x, y, dx, dy [m, channels], statistics [3, channels], the rest
 * [channels]; ref_batchnorm_running updates mean and variance; state [NNCL_STATE_SIZE], batch_loss
 * [1]. */
void ref_batchnorm_statistics(
    size_t m, size_t channels, float epsilon, const float *x, float *statistics);
void ref_batchnorm(size_t m, size_t channels, const float *x, const float *w, const float *b,
    const float *statistics, float *y);
void ref_batchnorm_inference(size_t m, size_t channels, float epsilon, const float *x,
    const float *w, const float *b, const float *mean, const float *variance, float *y);
void ref_batchnorm_backward_sums(size_t m, size_t channels, const float *x, const float *dy,
    const float *statistics, float *dw, float *db);
void ref_batchnorm_backward(size_t m, size_t channels, const float *x, const float *dy,
    const float *w, const float *statistics, const float *dw, const float *db, float *dx);
void ref_batchnorm_running(size_t channels, float momentum, float unbias, const float *statistics,
    const uint32_t *state, const float *batch_loss, float *mean, float *variance);

/* x, y [n, m], b [m]. */
void ref_bias(size_t n, size_t m, const float *x, const float *b, float *y);
void ref_bias_backward(size_t n, size_t m, const float *dy, float *db);

/* labels, predicted [n]; counts [classes, classes] is updated. */
void ref_confusion(
    size_t n, size_t classes, const uint32_t *labels, const uint32_t *predicted, uint32_t *counts);

/* x, dx [n, height, width, channels], y, dy [n, out_height, out_width, filters], w, dw [down,
 * across, channels / groups, filters]. */
struct ref_conv2d {
    size_t n, channels, filters, groups;
    struct window window;
};
void ref_conv2d(const struct ref_conv2d *conv, const float *x, const float *w, float *y);
void ref_conv2d_backward_input(
    const struct ref_conv2d *conv, const float *dy, const float *w, float *dx);
void ref_conv2d_backward_weights(
    const struct ref_conv2d *conv, const float *x, const float *dy, float *dw);

/* x, y [n]; state [NNCL_STATE_SIZE]. */
void ref_dropout(size_t n, float rate, uint64_t seed, uint32_t layer, const float *x,
    const uint32_t *state, float *y);
/* Random numbers of 24 bits below this are dropped. */
uint32_t ref_dropout_threshold(float rate);

/* state [NNCL_STATE_SIZE], noise [n, 2 · height · width]. */
void ref_elastic_noise(
    size_t n, const struct nncl_elastic *elastic, const uint32_t *state, float *noise);
/* x [planes, height, width], y [planes, width, height]. */
void ref_elastic_smooth(
    size_t planes, size_t height, size_t width, float sigma, const float *x, float *y);
/* How far smoothing looks to either side. */
uint32_t ref_elastic_reach(float sigma);

void ref_combine(
    size_t n, float a_weight, float b_weight, const float *a, const float *b, float *y);

/* source [any, features], rows [n], out [n, features]; of labels one a row. */
void ref_gather_float32(size_t n, size_t features, float scale, float shift, const float *source,
    const uint32_t *rows, float *out);
void ref_gather_uint8(size_t n, size_t features, float scale, float shift, const uint8_t *source,
    const uint32_t *rows, float *out);
void ref_gather_uint32(size_t n, const uint32_t *source, const uint32_t *rows, uint32_t *out);

/* Of m groups: x, y, dx, dy [m, group], statistics [m, 2], w, b, dw, db [group]. */
void ref_layernorm(size_t m, size_t group, float epsilon, const float *x, const float *w,
    const float *b, float *statistics, float *y);
void ref_layernorm_backward(size_t m, size_t group, const float *x, const float *dy, const float *w,
    const float *statistics, float *dx);
void ref_layernorm_backward_sums(size_t m, size_t group, const float *x, const float *dy,
    const float *statistics, float *dw, float *db);

/* All [m, channels]; the settings are complete. */
void ref_lrn(
    size_t m, size_t channels, const struct nncl_lrn *lrn, const float *x, float *d, float *y);
void ref_lrn_backward(size_t m, size_t channels, const struct nncl_lrn *lrn, const float *x,
    const float *dy, const float *d, const float *y, float *dx);

/* c = alpha · op(a) · op(b) + beta · c, where c is not read if beta is 0; lda, ldb, ldc: floats
 * from a stored row to the next. */
struct ref_product {
    size_t m, n, k;
    bool transpose_a, transpose_b;
    size_t lda, ldb, ldc;
    float alpha, beta;
};
void ref_product(const struct ref_product *product, const float *a, const float *b, float *c);

/* Of dense matrices, c = op(a) · op(b): c [m, n]; a [m, k] or [k, m] transposed; b [k, n] or [n, k]
 * transposed. */
void ref_matmul(size_t m, size_t n, size_t k, bool transpose_a, bool transpose_b, const float *a,
    const float *b, float *c);

/* x, dx [n, height, width, channels], y, dy and place [n, out_height, out_width, channels]; a place
 * that lies outside the picture gets nothing. */
void ref_maxpool(size_t n, size_t channels, const struct window *window, const float *x,
    uint8_t *place, float *y);
void ref_maxpool_backward(size_t n, size_t channels, const struct window *window,
    const uint8_t *place, const float *dy, float *dx);

/* loss, predicted, labels [n]; metrics [NNCL_METRICS_SIZE] is updated; batch_loss [1]. */
void ref_metrics(size_t n, const float *loss, const uint32_t *predicted, const uint32_t *labels,
    uint32_t *metrics, float *batch_loss);

/* state [NNCL_STATE_SIZE], weights [n]. */
void ref_mixup_weights(
    size_t n, const struct nncl_mixup *mixup, const uint32_t *state, float *weights);
/* x, out [n, m], weights [n]. */
void ref_mixup(size_t n, size_t m, const float *x, const float *weights, float *out);

/* state [NNCL_STATE_SIZE], rows [n]. */
void ref_permute(size_t n, uint64_t seed, uint32_t count, bool shuffle, uint32_t first,
    const uint32_t *state, uint32_t *rows);

/* All [n]. */
void ref_relu(size_t n, const float *x, float *y);
void ref_relu_backward(size_t n, const float *y, const float *dy, float *dx);

/* x, p, dy, dx [n, classes]. */
void ref_softmax(size_t n, size_t classes, const float *x, float *p);
void ref_softmax_backward(size_t n, size_t classes, const float *p, const float *dy, float *dx);

/* x, dx [n, classes]; labels, loss, predicted [n]. */
void ref_softmax_xent(size_t n, size_t classes, const float *x, const uint32_t *labels, float *loss,
    uint32_t *predicted);
void ref_softmax_xent_backward(
    size_t n, size_t classes, const float *x, const uint32_t *labels, float *dx);

/* x, t, dx [n, classes]; loss, predicted [n]. */
void ref_target_loss(size_t n, size_t classes, enum nncl_loss kind, const float *x, const float *t,
    float *loss, uint32_t *predicted);
void ref_target_loss_backward(
    size_t n, size_t classes, enum nncl_loss kind, const float *x, const float *t, float *dx);

/* labels [n], t [n, targets->classes]. */
void ref_targets(size_t n, const struct nncl_targets *targets, const uint32_t *labels, float *t);

/* g, w, y [n]; sums, before (or NULL) [NNCL_NORM_PARTS]. */
void ref_weight_decay(size_t n, float rate, const float *g, const float *w, float *y);
void ref_clip_value(size_t n, float limit, const float *g, float *y);
void ref_clip_norm(size_t n, float limit, const float *g, const float *sums, float *y);
void ref_square_sums(size_t n, const float *g, const float *before, float *sums);

/* tensors: w and what the optimizer, whose hyperparameters are complete, keeps of it; NULL where it
 * keeps less. All [n], updated; state [NNCL_STATE_SIZE], batch_loss [1]. */
void ref_update(size_t n, const struct nncl_optimizer *optimizer, const float *gradient,
    const uint32_t *state, const float *batch_loss, float *const *tensors);

/* w, average [n], average updated; state [NNCL_STATE_SIZE], batch_loss [1]. */
void ref_ema(size_t n, float decay, const float *w, const uint32_t *state, const float *batch_loss,
    float *average);

/* The class of the largest of a row's outputs, the first of equals. */
static inline uint32_t ref_largest(const float *row, size_t classes)
{
    uint32_t found = 0;
    for (uint32_t c = 1; c < classes; c++)
        if (row[c] > row[found])
            found = c;
    return found;
}

/* The float whose bits stand in a word of the step state or the metrics, and back. */
static inline float ref_float(uint32_t bits)
{
    union {
        uint32_t bits;
        float value;
    } word = {.bits = bits};
    return word.value;
}

static inline uint32_t ref_bits(float value)
{
    union {
        float value;
        uint32_t bits;
    } word = {.value = value};
    return word.bits;
}

#endif
