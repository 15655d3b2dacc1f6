/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Measuring a convolution one way, in a process of its own, and holding it against the reference.
 * Few pictures are different ones: they come again and again, so that the reference computes each
 * once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "base/status.h"
#include "plan/plan.h"
#include "ref/ref.h"
#include "tune/timing.h"
#include "tune/tune.h"

enum { DIFFERENT = 3 }; /* coprime to what work is cut into */

struct trial {
    struct tuning_convolution convolution;
    struct ref_conv2d ref; /* of one picture */
    struct nncl_op_list *list;
    struct nncl_plan *plan;
    struct nncl_tensor *given[2];
    nncl_tensor_id result;
    size_t sizes[3];  /* elements of x, dy, w; of x and dy a picture's */
    float *values[3]; /* of different pictures, and w */
    float *expected, *got, *before;
    size_t result_size; /* elements; of pictures one's */
};

enum { X, DY, W };

static void trial_clear(struct trial *trial)
{
    nncl_plan_free(&trial->plan);
    nncl_op_list_free(&trial->list);
    for (unsigned i = 0; i < 2; i++)
        nncl_tensor_free(&trial->given[i]);
    for (unsigned i = 0; i < 3; i++)
        free(trial->values[i]);
    free(trial->expected);
    free(trial->got);
    free(trial->before);
}

static size_t different(const struct trial *trial)
{
    return trial->convolution.pictures < DIFFERENT ? trial->convolution.pictures : DIFFERENT;
}

static bool by_pictures(const struct trial *trial)
{
    return trial->convolution.pass != TUNING_WEIGHTS;
}

static size_t result_count(const struct trial *trial)
{
    return trial->result_size * (by_pictures(trial) ? trial->convolution.pictures : 1);
}

static void draw(float *values, size_t count, uint32_t which)
{
    const uint32_t key[2] = {which, 1};
    uint32_t bits[4] = {0};
    for (size_t i = 0; i < count; i++) {
        if (i % 4 == 0)
            nncl_philox((const uint32_t[4]){(uint32_t)(i / 4), 3, 0, NNCL_STREAM_TUNE}, key, bits);
        values[i] = 2 * nncl_uniform(bits[i % 4]) - 1;
    }
}

/* ---- The reference ---- */

/* dw of the batch: each different picture's, as often as it comes. */
static enum nncl_status expect_weights(struct trial *trial)
{
    const size_t count = different(trial), pictures = trial->convolution.pictures;
    float *one = malloc(trial->sizes[W] * sizeof *one);
    double *sum = calloc(trial->sizes[W], sizeof *sum);
    enum nncl_status status = NNCL_OK;
    if (!one || !sum)
        TRY(nncl_fail_memory("a convolution's gradient", trial->sizes[W] * sizeof *sum));
    for (size_t p = 0; p < count; p++) {
        const double times = (double)((pictures - p + count - 1) / count);
        ref_conv2d_backward_weights(&trial->ref, trial->values[X] + p * trial->sizes[X],
            trial->values[DY] + p * trial->sizes[DY], one);
        for (size_t i = 0; i < trial->sizes[W]; i++)
            sum[i] += times * (double)one[i];
    }
    for (size_t i = 0; i < trial->sizes[W]; i++)
        trial->expected[i] = (float)sum[i];
out:
    free(sum);
    free(one);
    return status;
}

static enum nncl_status expect(struct trial *trial)
{
    struct ref_conv2d ref = trial->ref;
    ref.n = different(trial);
    if (trial->convolution.pass == TUNING_WEIGHTS)
        return expect_weights(trial);
    if (trial->convolution.pass == TUNING_FORWARD)
        ref_conv2d(&ref, trial->values[X], trial->values[W], trial->expected);
    else
        ref_conv2d_backward_input(&ref, trial->values[DY], trial->values[W], trial->expected);
    return NNCL_OK;
}

/* Products that each result sums up. */
static double terms(const struct trial *trial)
{
    const struct ref_conv2d *ref = &trial->ref;
    const double taps = (double)ref->window.down * ref->window.across;
    if (trial->convolution.pass == TUNING_WEIGHTS)
        return (double)trial->convolution.pictures * ref->window.out_height * ref->window.out_width;
    return taps *
           (double)(trial->convolution.pass == TUNING_FORWARD ? ref->channels : ref->filters);
}

/* The sum of K products of numbers up to 1 is off by much less than 2.5e-7 K: K roundings of 6e-8
 * of sums that are far below K, and do not all go the same way. */
static enum nncl_status compare(const struct trial *trial)
{
    const double bound = 2.5e-7 * terms(trial) + 1e-6;
    const size_t period =
        by_pictures(trial) ? trial->result_size * different(trial) : trial->result_size;
    for (size_t i = 0; i < result_count(trial); i++) {
        const double off = fabs((double)trial->got[i] - (double)trial->expected[i % period]);
        if (!(off <= bound))
            return nncl_fail(
                NNCL_CHECK_FAILED, "element %zu of the convolution's result is off by %g", i, off);
    }
    return NNCL_OK;
}

/* ---- The device ---- */

/* What the op is given, by its pass, and how many pictures of it; 0: it is no pictures. */
static unsigned given_of(enum tuning_pass pass, unsigned index)
{
    static const unsigned given[TUNING_PASSES][2] = {
        [TUNING_FORWARD] = {X, W}, [TUNING_INPUT] = {DY, W}, [TUNING_WEIGHTS] = {X, DY}};
    return given[pass][index];
}

static struct nncl_shape shape_of(const struct trial *trial, unsigned which)
{
    const struct tuning_convolution *c = &trial->convolution;
    return which == W ? SHAPE(c->down, c->across, c->channels / c->groups, c->filters)
                      : SHAPE(c->pictures, trial->sizes[which]);
}

static enum nncl_status write_given(
    struct nncl_device *device, struct trial *trial, unsigned index, nncl_tensor_id *id)
{
    const unsigned which = given_of(trial->convolution.pass, index);
    const struct nncl_shape shape = shape_of(trial, which);
    const size_t count = nncl_shape_elements(&shape), size = trial->sizes[which];
    float *all = malloc(count * sizeof *all);
    enum nncl_status status = NNCL_OK;
    if (!all)
        return nncl_fail_memory("pictures", count * sizeof *all);
    const size_t period = which == W ? size : size * different(trial);
    for (size_t i = 0; i < count; i++)
        all[i] = trial->values[which][i % period];
    TRY(nncl_op_list_tensor(trial->list, index ? "second" : "first", NNCL_FLOAT32, &shape, id));
    TRY(nncl_tensor_create(device, NNCL_FLOAT32, &shape, &trial->given[index]));
    TRY(nncl_tensor_write(trial->given[index], all));
out:
    free(all);
    return status;
}

static enum nncl_status append_op(struct trial *trial, const nncl_tensor_id ids[2])
{
    const struct nncl_tune_convolution c = tune_public_convolution(&trial->convolution);
    switch (c.pass) {
    case NNCL_TUNE_FORWARD:
        return nncl_op_conv2d(trial->list, &c.how, ids[0], ids[1], &trial->result);
    case NNCL_TUNE_INPUT:
        return nncl_op_conv2d_backward_input(trial->list, &c.how, ids[0], ids[1], &trial->result);
    default:
        return nncl_op_conv2d_backward_weights(
            trial->list, &c.how, c.down, c.across, ids[0], ids[1], &trial->result);
    }
}

/* Runs the plan on results of NaN, so that what is not computed is seen. */
static enum nncl_status run_and_compare(struct trial *trial)
{
    const size_t bytes = result_count(trial) * sizeof(float);
    enum nncl_status status;
    for (size_t i = 0; i < result_count(trial); i++)
        trial->got[i] = NAN;
    TRY(buffer_write(trial->plan->buffers[trial->result], 0, trial->got, bytes));
    TRY(nncl_plan_run(trial->plan));
    TRY(nncl_plan_read(trial->plan, trial->result, trial->got));
    TRY(compare(trial));
out:
    return status;
}

static enum nncl_status size_up(struct trial *trial)
{
    const struct tuning_convolution *c = &trial->convolution;
    const struct nncl_tune_convolution public = tune_public_convolution(c);
    struct tuning_convolution checked;
    enum nncl_status status = tune_take_convolution(&public, &checked);
    if (status != NNCL_OK)
        return status;
    trial->ref = (struct ref_conv2d){
        .n = 1, .channels = c->channels, .filters = c->filters, .groups = c->groups};
    (void)tune_window(c, &trial->ref.window);
    const struct window *window = &trial->ref.window;
    trial->sizes[X] = c->height * c->width * c->channels;
    trial->sizes[DY] = (size_t)window->out_height * window->out_width * c->filters;
    trial->sizes[W] = c->down * c->across * (c->channels / c->groups) * c->filters;
    trial->result_size = trial->sizes[c->pass == TUNING_FORWARD ? DY
                                      : c->pass == TUNING_INPUT ? X
                                                                : W];
    for (unsigned i = 0; i < 3; i++) {
        const size_t count = trial->sizes[i] * (i == W ? 1 : different(trial));
        trial->values[i] = malloc(count * sizeof(float));
        if (!trial->values[i])
            return nncl_fail_memory("pictures", count * sizeof(float));
        draw(trial->values[i], count, i);
    }
    const size_t bytes = result_count(trial) * sizeof(float);
    trial->expected = malloc(trial->result_size * DIFFERENT * sizeof(float));
    trial->got = malloc(bytes);
    trial->before = malloc(bytes);
    return trial->expected && trial->got && trial->before
               ? NNCL_OK
               : nncl_fail_memory("a convolution's result", bytes);
}

static enum nncl_status prepare(struct nncl_device *device, struct trial *trial)
{
    nncl_tensor_id ids[2];
    enum nncl_status status;
    TRY(size_up(trial));
    TRY(nncl_op_list_create(&trial->list));
    for (unsigned i = 0; i < 2; i++)
        TRY(write_given(device, trial, i, &ids[i]));
    TRY(append_op(trial, ids));
    const struct nncl_binding bindings[] = {{ids[0], trial->given[0]}, {ids[1], trial->given[1]}};
    TRY(nncl_plan_create(device, trial->list, bindings, 2, NULL, &trial->plan));
    TRY(expect(trial));
out:
    return status;
}

static enum nncl_status run_plan(void *plan)
{
    return nncl_plan_run(plan);
}

/* Whoever computed the product; "own" where there was none. */
static const char *provider_of(const struct nncl_plan *plan)
{
    const char *provider = "own";
    for (size_t i = 0; i < nncl_plan_launch_count(plan); i++)
        if (strcmp(nncl_plan_launch(plan, i)->provider, "own") != 0)
            provider = nncl_plan_launch(plan, i)->provider;
    return provider;
}

static enum nncl_status measure(struct nncl_device *device, struct trial *trial, bool product,
    const struct timing_limits *limits, json_t **answer)
{
    struct samples seconds;
    enum nncl_status status;
    nncl_device_set_convolution(
        device, product ? NNCL_CONVOLUTION_PRODUCT : NNCL_CONVOLUTION_DIRECT);
    TRY(prepare(device, trial));
    if (product && strcmp(provider_of(trial->plan), "own") == 0)
        TRY(nncl_fail(NNCL_FAILED, "no provider can compute it as a product"));
    TRY(run_and_compare(trial));
    memcpy(trial->before, trial->got, result_count(trial) * sizeof(float));
    TRY(timing_run(device, run_plan, trial->plan, limits, &seconds));
    TRY(run_and_compare(trial));
    if (memcmp(trial->before, trial->got, result_count(trial) * sizeof(float)) != 0)
        TRY(nncl_fail(NNCL_CHECK_FAILED, "the convolution differs from run to run"));
    *answer = json_pack("{s:s, s:[[f,f,i]]}", "provider", provider_of(trial->plan), "times",
        samples_quantile(&seconds, 0.5),
        samples_quantile(&seconds, 0.75) - samples_quantile(&seconds, 0.25), (int)seconds.count);
out:
    return status;
}

/* ---- The request ---- */

bool tune_is_convolution(const json_t *request)
{
    const char *way = json_string_value(json_object_get(request, "way"));
    struct tuning_convolution convolution;
    const json_t *limits[] = {json_object_get(request, "samples"),
        json_object_get(request, "sample_seconds"), json_object_get(request, "product_seconds")};
    return way && json_is_string(json_object_get(request, "device")) &&
           json_integer_value(limits[0]) > 0 && json_is_number(limits[1]) &&
           json_is_number(limits[2]) &&
           tuning_take_convolution(json_object_get(request, "convolution"), &convolution);
}

json_t *tune_answer_convolution(const json_t *request)
{
    struct nncl_device *device = NULL;
    struct trial trial = {0};
    json_t *answer = NULL;
    const struct timing_limits limits = {
        .samples = (size_t)json_integer_value(json_object_get(request, "samples")),
        .sample_seconds = json_number_value(json_object_get(request, "sample_seconds")),
        .total_seconds = json_number_value(json_object_get(request, "product_seconds"))};
    const char *way = json_string_value(json_object_get(request, "way"));
    (void)tuning_take_convolution(json_object_get(request, "convolution"), &trial.convolution);
    enum nncl_status status =
        nncl_device_open(json_string_value(json_object_get(request, "device")), &device);
    if (status == NNCL_OK)
        status = measure(device, &trial, strcmp(way, tuning_way_name(true)) == 0, &limits, &answer);
    nncl_error_hold();
    trial_clear(&trial);
    nncl_device_close(&device);
    nncl_error_restore();
    return status == NNCL_OK ? answer : tune_failure_json(status);
}
