/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Cases: what they consist of, and running them. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "base/status.h"
#include "check/run.h"

bool check_quick(const struct checker *checker)
{
    return checker->quick;
}

bool checker_is_done(const struct checker *checker)
{
    return checker->brief && !checker->result.passed;
}

bool check_by_product(const struct checker *checker)
{
    return checker->device->convolution == NNCL_CONVOLUTION_PRODUCT;
}

void checker_fail(struct checker *checker, const char *format, ...)
{
    if (!checker->result.passed)
        return;
    checker->result.passed = false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(checker->failure, sizeof checker->failure, format, arguments);
    va_end(arguments);
}

struct check_case *check_begin(struct checker *checker, const char *format, ...)
{
    struct check_case *c = &checker->current;
    *c = (struct check_case){.checker = checker};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->name, sizeof c->name, format, arguments);
    va_end(arguments);
    c->status = nncl_op_list_create(&c->list);
    return c;
}

void check_fused(struct check_case *c)
{
    c->fused = true;
}

void check_pipelined(struct check_case *c, uint32_t steps)
{
    c->fused = true;
    c->steps = steps;
}

struct nncl_op_list *check_list(struct check_case *c)
{
    return c->list;
}

void check_built(struct check_case *c, enum nncl_status status)
{
    if (c->status == NNCL_OK)
        c->status = status;
}

/* Declares a tensor; *values is fresh memory for its contents, NULL after a failure. */
static nncl_tensor_id declare(
    struct check_case *c, enum nncl_type type, struct nncl_shape shape, void **values)
{
    nncl_tensor_id id = 0;
    *values = NULL;
    if (c->status != NNCL_OK)
        return id;
    if (c->input_count == CASE_TENSORS) {
        c->status = nncl_fail(NNCL_FAILED, "the case has more than %d tensors", CASE_TENSORS);
        return id;
    }
    char name[16];
    snprintf(name, sizeof name, "tensor %zu", c->input_count);
    c->status = nncl_op_list_tensor(c->list, name, type, &shape, &id);
    if (c->status != NNCL_OK)
        return id;
    size_t bytes = nncl_shape_elements(&shape) * nncl_type_size(type);
    *values = malloc(bytes);
    if (*values)
        c->inputs[c->input_count++] = (struct case_input){.id = id, .values = *values};
    else
        c->status = nncl_fail_memory("a tensor of a check", bytes);
    return id;
}

nncl_tensor_id check_float(struct check_case *c, struct nncl_shape shape, const float *values)
{
    void *copy;
    nncl_tensor_id id = declare(c, NNCL_FLOAT32, shape, &copy);
    if (copy)
        memcpy(copy, values, nncl_shape_elements(&shape) * sizeof *values);
    return id;
}

nncl_tensor_id check_uint(struct check_case *c, struct nncl_shape shape, const uint32_t *values)
{
    void *copy;
    nncl_tensor_id id = declare(c, NNCL_UINT32, shape, &copy);
    if (copy)
        memcpy(copy, values, nncl_shape_elements(&shape) * sizeof *values);
    return id;
}

/* Element `index` of the case's tensor drawn last: 32 random bits. */
static uint32_t draw(const struct check_case *c, size_t index)
{
    const uint32_t counter[4] = {
        (uint32_t)(index / 4), c->drawn, (uint32_t)c->checker->result.cases, 0};
    const uint32_t key[2] = {0x6e6e636c, 1};
    uint32_t out[4];
    nncl_philox(counter, key, out);
    return out[index % 4];
}

nncl_tensor_id check_uniform(struct check_case *c, struct nncl_shape shape, float low, float high)
{
    void *values;
    nncl_tensor_id id = declare(c, NNCL_FLOAT32, shape, &values);
    c->drawn++;
    for (size_t i = 0; values && i < nncl_shape_elements(&shape); i++)
        ((float *)values)[i] = low + (high - low) * nncl_uniform(draw(c, i));
    return id;
}

nncl_tensor_id check_random_uint(struct check_case *c, struct nncl_shape shape, uint32_t below)
{
    void *values;
    nncl_tensor_id id = declare(c, NNCL_UINT32, shape, &values);
    c->drawn++;
    for (size_t i = 0; values && i < nncl_shape_elements(&shape); i++)
        ((uint32_t *)values)[i] = draw(c, i) % below;
    return id;
}

static nncl_tensor_id declare_bytes(
    struct check_case *c, struct nncl_shape shape, uint32_t zero_mask)
{
    void *values;
    nncl_tensor_id id = declare(c, NNCL_UINT8, shape, &values);
    c->drawn++;
    for (size_t i = 0; values && i < nncl_shape_elements(&shape); i++) {
        uint32_t random = draw(c, i);
        ((uint8_t *)values)[i] = random & zero_mask ? 0 : (uint8_t)random;
    }
    return id;
}

nncl_tensor_id check_random_byte(struct check_case *c, struct nncl_shape shape)
{
    return declare_bytes(c, shape, 0);
}

nncl_tensor_id check_sparse_byte(struct check_case *c, struct nncl_shape shape)
{
    return declare_bytes(c, shape, 0x300);
}

void check_put(struct check_case *c, nncl_tensor_id id, const float *values, size_t count)
{
    for (size_t i = 0; c->status == NNCL_OK && i < c->input_count; i++) {
        if (c->inputs[i].id != id)
            continue;
        size_t elements = nncl_shape_elements(&c->list->tensors[id].shape);
        memcpy(c->inputs[i].values, values, (count < elements ? count : elements) * sizeof *values);
    }
}

struct check_bound check_sum_bound(size_t terms)
{
    return (struct check_bound){.sum = 0x1p-23 * sqrt((double)terms)};
}

static void expect(struct check_case *c, struct case_output output)
{
    if (c->status == NNCL_OK && c->output_count == CASE_OUTPUTS)
        c->status = nncl_fail(NNCL_FAILED, "the case has more than %d outputs", CASE_OUTPUTS);
    if (c->status == NNCL_OK)
        c->outputs[c->output_count++] = output;
    else
        free(output.known);
}

void check_output(
    struct check_case *c, const char *name, nncl_tensor_id id, struct check_bound bound)
{
    const double largest = 1e-3; /* relative; looser bounds would hide mistakes */
    if (c->status == NNCL_OK &&
        (bound.ulp * 0x1p-23 > largest || bound.sum > largest || bound.change > largest))
        c->status = nncl_fail(NNCL_FAILED, "the bound of %s is looser than %g", name, largest);
    expect(c, (struct case_output){.name = name, .id = id, .bound = bound});
}

void check_known(
    struct check_case *c, const char *name, nncl_tensor_id id, const float *values, double absolute)
{
    if (c->status != NNCL_OK)
        return;
    size_t bytes = nncl_shape_elements(&c->list->tensors[id].shape) * sizeof *values;
    float *known = malloc(bytes);
    if (known)
        memcpy(known, values, bytes);
    else
        c->status = nncl_fail_memory("known values", bytes);
    expect(c, (struct case_output){
                  .name = name, .id = id, .known = known, .bound = {.absolute = absolute}});
}

static enum nncl_status run_case(const struct check_case *c)
{
    struct checker *checker = c->checker;
    struct execution got = {0}, wanted = {0};
    char text[256];
    enum nncl_status status;
    TRY(execution_run(&got, c, checker->device, checker->runs, false));
    checker->completed++;
    TRY(execution_run(&wanted, c, checker->reference, 1, false));
    if (!got.deterministic) {
        checker->result.deterministic = false;
        checker_fail(checker, "%s: nondeterministic: runs with the same inputs differ", c->name);
    }
    if (!execution_intact(&got, text, sizeof text))
        checker_fail(checker, "%s: %s", c->name, text);
    TRY(compare_outputs(c, &got, &wanted));
out:
    execution_free(&got);
    execution_free(&wanted);
    return status;
}

void checker_count(struct checker *checker, const char *name, enum nncl_status status)
{
    checker->result.cases++;
    if (status == NNCL_OK)
        return;
    checker_fail(checker, "%s: %s", name, nncl_last_error());
    if (checker->error == NNCL_OK) {
        checker->error = status;
        snprintf(checker->error_text, sizeof checker->error_text, "%s", nncl_last_error());
    }
}

/* Has the case's programs built with those of others. */
static void want_case(const struct check_case *c)
{
    struct execution none = {0};
    if (c->status == NNCL_OK)
        (void)execution_run(&none, c, c->checker->device, 0, false);
    execution_free(&none);
}

void check_end(struct check_case *c)
{
    if (device_is_dry(c->checker->device))
        want_case(c);
    else if (!checker_is_done(c->checker))
        checker_count(c->checker, c->name, c->status == NNCL_OK ? run_case(c) : c->status);
    for (size_t i = 0; i < c->input_count; i++)
        free(c->inputs[i].values);
    for (size_t i = 0; i < c->output_count; i++)
        free(c->outputs[i].known);
    nncl_op_list_free(&c->list);
}
