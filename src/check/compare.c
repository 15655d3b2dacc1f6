/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Holding results against the reference. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "check/run.h"

/* The elements of one tensor. */
struct elements {
    enum nncl_type type;
    unsigned first_float, float_words;
    const uint8_t *bytes;
};

static double element(struct elements elements, size_t i)
{
    if (elements.type == NNCL_UINT8)
        return elements.bytes[i];
    uint32_t word;
    memcpy(&word, elements.bytes + 4 * i, sizeof word);
    if (elements.type == NNCL_UINT32 && i - elements.first_float >= elements.float_words)
        return word;
    float value;
    memcpy(&value, &word, sizeof value);
    return (double)value;
}

/* NaN for NaN and infinity for the same infinity are right; any other mixture is infinitely wrong.
 */
static double difference(double got, double wanted)
{
    if ((isnan(got) && isnan(wanted)) || got == wanted)
        return 0;
    double error = fabs(got - wanted);
    return isfinite(error) ? error : INFINITY;
}

/* The distance from |value| to the next larger float. */
static double ulp_of(double value)
{
    float magnitude = fabsf((float)value);
    return isfinite(magnitude) ? (double)nextafterf(magnitude, INFINITY) - (double)magnitude : 0;
}

struct comparison {
    const struct check_case *c;
    const struct case_output *output;
    struct elements got, wanted, before, magnitude; /* the last two: bytes NULL if there are none */
    size_t count;
};

static double bound_of(const struct comparison *x, size_t i)
{
    const struct check_bound *bound = &x->output->bound;
    double wanted = element(x->wanted, i), largest = bound->absolute;
    if (x->got.type != NNCL_FLOAT32 && i - bound->first_float >= bound->float_words)
        return 0;
    largest = fmax(largest, FLT_MIN);
    largest = fmax(largest, bound->ulp * ulp_of(wanted));
    if (x->magnitude.bytes)
        largest = fmax(largest, bound->sum * element(x->magnitude, i));
    if (x->before.bytes && bound->change > 0) {
        double before = element(x->before, i);
        largest = fmax(largest, bound->change * (fabs(before) + fabs(wanted - before)));
    }
    return largest;
}

static double ratio(double error, double bound)
{
    return bound > 0 ? error / bound : error > 0 ? INFINITY : 0;
}

void checker_note_error(struct checker *checker, double error, double bound)
{
    struct nncl_check_result *result = &checker->result;
    bool nothing_yet = result->bound == 0 && result->largest_error == 0;
    if (nothing_yet || ratio(error, bound) > ratio(result->largest_error, result->bound)) {
        result->largest_error = error;
        result->bound = bound;
    }
}

static void compare(const struct comparison *x, const char *where)
{
    struct checker *checker = x->c->checker;
    for (size_t i = 0; i < x->count; i++) {
        double got = element(x->got, i), wanted = element(x->wanted, i);
        double error = difference(got, wanted), bound = bound_of(x, i);
        if (!x->output->known)
            checker_note_error(checker, error, bound);
        if (error > bound)
            checker_fail(checker,
                "%s: %s[%zu]%s is %.9g and should be %.9g (off by %.3g, bound %.3g)", x->c->name,
                x->output->name, i, where, got, wanted, error, bound);
    }
}

static struct elements after(const struct comparison *x, const struct execution *execution)
{
    const struct op_tensor *tensor = &x->c->list->tensors[x->output->id];
    return (struct elements){tensor->type, x->output->bound.first_float,
        x->output->bound.float_words, execution_after(execution, x->output->id)};
}

static void compare_output(const struct check_case *c, const struct case_output *output,
    const struct execution *got, const struct execution *wanted, const struct execution *absolute)
{
    struct comparison x = {.c = c,
        .output = output,
        .count = nncl_shape_elements(&c->list->tensors[output->id].shape)};
    x.got = after(&x, got);
    x.wanted = after(&x, wanted);
    if (output->known) {
        x.wanted.bytes = (const uint8_t *)output->known;
        compare(&x, "");
        x.got = after(&x, wanted);
        compare(&x, " of the reference");
        return;
    }
    x.before = x.wanted;
    x.before.bytes = execution_before(wanted, output->id);
    if (absolute)
        x.magnitude = after(&x, absolute);
    compare(&x, "");
}

enum nncl_status compare_outputs(
    const struct check_case *c, const struct execution *got, const struct execution *wanted)
{
    struct execution absolute = {0};
    bool needed = false;
    for (size_t i = 0; i < c->output_count; i++)
        needed = needed || c->outputs[i].bound.sum > 0;
    enum nncl_status status = NNCL_OK;
    if (needed)
        TRY(execution_run(&absolute, c, c->checker->reference, 1, true));
    for (size_t i = 0; i < c->output_count; i++)
        compare_output(c, &c->outputs[i], got, wanted, needed ? &absolute : NULL);
out:
    execution_free(&absolute);
    return status;
}
