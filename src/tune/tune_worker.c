/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What runs in a process of its own, because it may crash or hang: both sides of the request. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "tune/timing.h"
#include "tune/tune.h"

/* ---- The side that asks ---- */

static json_t *shapes_json(const struct tune_candidate *candidate)
{
    json_t *shapes = json_array();
    for (size_t i = 0; i < candidate->shape_count; i++) {
        const struct tuning_shape *s = &candidate->shapes[i];
        json_array_append_new(shapes, json_pack("[I,I,I,b,b]", (json_int_t)s->m, (json_int_t)s->n,
                                          (json_int_t)s->k, s->transpose_a, s->transpose_b));
    }
    return shapes;
}

enum nncl_status tune_request(const struct nncl_device *device,
    const struct tune_candidate *candidate, const struct tune_effort *effort, char **request)
{
    json_t *values = json_array();
    for (size_t i = 0; i < gemm_parameter_count(candidate->provider); i++)
        json_array_append_new(values, json_integer((json_int_t)candidate->parameters.value[i]));
    json_t *root = json_pack("{s:s, s:s, s:o, s:o, s:i, s:f, s:f}", "device", device->info.id,
        "provider", candidate->provider->name, "parameters", values, "shapes",
        shapes_json(candidate), "samples", (int)effort->samples, "sample_seconds",
        effort->sample_seconds, "product_seconds", effort->product_seconds);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (!text)
        return nncl_fail_memory("a request", 0);
    *request = text;
    return NNCL_OK;
}

static enum tuning_end end_of(const char *name)
{
    for (unsigned i = TUNING_HANG; name && i <= TUNING_FAILED; i++)
        if (strcmp(name, tuning_end_name((enum tuning_end)i)) == 0)
            return (enum tuning_end)i;
    return TUNING_MEASURED;
}

static bool take_times(const json_t *times, size_t count, struct tuning_time *taken)
{
    if (json_array_size(times) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        double median, spread;
        int repetitions;
        if (json_unpack((json_t *)json_array_get(times, i), "[F,F,i]", &median, &spread,
                &repetitions) != 0 ||
            !(median > 0) || !isfinite(median) || !(spread >= 0) || repetitions < 1)
            return false;
        taken[i] = (struct tuning_time){median, spread, (unsigned)repetitions};
    }
    return true;
}

void tune_take_answer(const char *answer, size_t count, struct tune_outcome *outcome)
{
    json_t *root = json_loads(answer, 0, NULL);
    outcome->end = end_of(json_string_value(json_object_get(root, "end")));
    const char *what = json_string_value(json_object_get(root, "what"));
    if (outcome->end == TUNING_MEASURED &&
        !take_times(json_object_get(root, "times"), count, outcome->times)) {
        outcome->end = TUNING_FAILED;
        what = "gave no answer that can be understood";
    }
    snprintf(outcome->what, sizeof outcome->what, "%s", what ? what : "");
    const char *provider = json_string_value(json_object_get(root, "provider"));
    snprintf(outcome->provider, sizeof outcome->provider, "%s", provider ? provider : "");
    json_decref(root);
}

/* ---- The side that answers ---- */

struct request {
    struct tune_candidate candidate;
    struct tuning_shape shapes[TUNE_MOST_SHAPES];
    struct tune_effort effort;
    const char *device;
};

static bool take_shape(const json_t *json, struct tuning_shape *shape)
{
    json_int_t m, n, k;
    int transpose_a, transpose_b;
    if (json_unpack((json_t *)(uintptr_t)json, "[I,I,I,b,b]", &m, &n, &k, &transpose_a,
            &transpose_b) != 0 ||
        m < 1 || n < 1 || k < 1 || m > INT32_MAX || n > INT32_MAX || k > INT32_MAX)
        return false;
    *shape = (struct tuning_shape){(size_t)m, (size_t)n, (size_t)k, transpose_a, transpose_b};
    return true;
}

static bool take_candidate(const json_t *root, struct request *request)
{
    struct tune_candidate *candidate = &request->candidate;
    const json_t *values = json_object_get(root, "parameters"),
                 *shapes = json_object_get(root, "shapes");
    const char *provider = json_string_value(json_object_get(root, "provider"));
    candidate->provider = provider ? gemm_provider_find(provider) : NULL;
    candidate->shape_count = json_array_size(shapes);
    candidate->shapes = request->shapes;
    if (!candidate->provider || candidate->shape_count < 1 ||
        candidate->shape_count > TUNE_MOST_SHAPES ||
        json_array_size(values) != gemm_parameter_count(candidate->provider))
        return false;
    for (size_t i = 0; i < json_array_size(values); i++)
        candidate->parameters.value[i] = (unsigned)json_integer_value(json_array_get(values, i));
    for (size_t i = 0; i < candidate->shape_count; i++)
        if (!take_shape(json_array_get(shapes, i), &request->shapes[i]))
            return false;
    return true;
}

static bool take_request(json_t *root, struct request *request)
{
    int samples;
    if (json_unpack(root, "{s:s, s:i, s:F, s:F}", "device", &request->device, "samples", &samples,
            "sample_seconds", &request->effort.sample_seconds, "product_seconds",
            &request->effort.product_seconds) != 0 ||
        samples < 1)
        return false;
    request->effort.samples = (unsigned)samples;
    return take_candidate(root, request);
}

static enum nncl_status run_step(void *step)
{
    return step_enqueue(step);
}

static enum nncl_status prepare(struct nncl_device *device, const struct request *request,
    const struct tuning_shape *shape, struct tune_product *product, struct step *step)
{
    const struct gemm_provider *provider = request->candidate.provider;
    enum nncl_status status = tune_product_make(device, shape, product);
    if (status != NNCL_OK)
        return status;
    product->gemm.parameters = &request->candidate.parameters;
    if (provider->valid && !provider->valid(device, &product->gemm, product->gemm.parameters))
        return nncl_fail(NNCL_USAGE, "the parameters are not valid");
    status = provider->prepare(device, &product->gemm, step);
    if (status == NNCL_OK)
        status = step_enqueue(step);
    return status == NNCL_OK ? tune_product_check(product) : status;
}

static enum nncl_status measure(struct nncl_device *device, const struct request *request,
    const struct tuning_shape *shape, struct tuning_time *time)
{
    enum nncl_status status = NNCL_OK;
    struct tune_product product = {0};
    struct step step = {0};
    struct samples seconds;
    const struct tune_effort *effort = &request->effort;
    TRY(prepare(device, request, shape, &product, &step));
    if (time) {
        const struct timing_limits limits = {.sample_seconds = effort->sample_seconds,
            .samples = effort->samples,
            .total_seconds = effort->product_seconds};
        TRY(timing_run(device, run_step, &step, &limits, &seconds));
        TRY(tune_product_check(&product));
        *time = (struct tuning_time){samples_quantile(&seconds, 0.5),
            samples_quantile(&seconds, 0.75) - samples_quantile(&seconds, 0.25),
            (unsigned)seconds.count};
    }
out:
    step_clear(&step);
    tune_product_clear(&product);
    return status;
}

/* Odd sizes first, which reach the edges of every tile, then the products themselves. */
static enum nncl_status measure_all(
    struct nncl_device *device, const struct request *request, json_t *times)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < request->candidate.shape_count && status == NNCL_OK; i++) {
        const struct tuning_shape *shape = &request->shapes[i];
        const struct tuning_shape odd = {67, 139, 71, shape->transpose_a, shape->transpose_b};
        const struct gemm gemm = tuning_gemm(&odd);
        const struct gemm_provider *provider = request->candidate.provider;
        struct tuning_time time;
        if (!provider->valid || provider->valid(device, &gemm, &request->candidate.parameters))
            TRY(measure(device, request, &odd, NULL));
        TRY(measure(device, request, shape, &time));
        json_array_append_new(
            times, json_pack("[f,f,i]", time.median, time.spread, (int)time.repetitions));
    }
out:
    return status;
}

static json_t *answer_to(const struct request *request)
{
    struct nncl_device *device = NULL;
    json_t *times = json_array();
    enum nncl_status status = nncl_device_open(request->device, &device);
    if (status == NNCL_OK)
        status = measure_all(device, request, times);
    nncl_error_hold();
    nncl_device_close(&device);
    nncl_error_restore();
    if (status == NNCL_OK)
        return json_pack("{s:o}", "times", times);
    json_decref(times);
    return tune_failure_json(status);
}

json_t *tune_failure_json(enum nncl_status status)
{
    char what[TUNING_WHAT];
    snprintf(what, sizeof what, "%s", nncl_last_error());
    for (char *c = what; *c; c++) /* what a driver says, on one line, and never half a letter */
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
            *c = ' ';
    return json_pack("{s:s, s:s}", "end",
        tuning_end_name(status == NNCL_CHECK_FAILED ? TUNING_WRONG : TUNING_FAILED), "what", what);
}

enum nncl_status nncl_tune_worker(const char *request, char **answer)
{
    struct request taken = {0};
    json_t *root = json_loads(request, 0, NULL), *reply = NULL;
    enum nncl_status status = NNCL_OK;
    const bool convolution = root && tune_is_convolution(root);
    if (!root || (!convolution && !take_request(root, &taken)))
        TRY(nncl_fail(NNCL_USAGE, "this is no request of the tuner"));
    reply = convolution ? tune_answer_convolution(root) : answer_to(&taken);
    char *text = reply ? json_dumps(reply, JSON_COMPACT) : NULL;
    if (!text)
        TRY(nncl_fail_memory("an answer", 0));
    *answer = text;
out:
    json_decref(reply);
    json_decref(root);
    return status;
}
