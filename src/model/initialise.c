/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* First values of parameters. Only weights follow the initialiser asked for; biases begin at 0. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/philox.h"
#include "base/status.h"
#include "model/model.h"

enum distribution { UNIFORM, NORMAL, ORTHOGONAL };

/* How weights are drawn. Uniform and normal ones have mean 0 and variance share / fan, the fan
 * being the inputs and, with `outputs`, the outputs too. Orthogonal: a matrix's rows or columns,
 * whichever are fewer, become orthonormal. */
struct rule {
    const char *name;
    enum distribution distribution;
    double share;
    bool outputs;
};

static const struct rule rules[] = {
    {"glorot-uniform", UNIFORM, 2, true},
    {"glorot-normal", NORMAL, 2, true},
    {"he-uniform", UNIFORM, 2, false},
    {"he-normal", NORMAL, 2, false},
    {"lecun-uniform", UNIFORM, 1, false},
    {"lecun-normal", NORMAL, 1, false},
    {"orthogonal", ORTHOGONAL, 1, false},
};

/* Words i … i + 3 of a parameter's random numbers come from one block of Philox: counter
 * {i / 4, parameter, 0, NNCL_STREAM_INITIALISE}, key seed. */
static void draw_block(size_t i, uint32_t parameter, uint64_t seed, uint32_t random[4])
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {(uint32_t)(i / 4), parameter, 0, NNCL_STREAM_INITIALISE};
    nncl_philox(counter, key, random);
}

/* Element i, counted row-major in memory, takes word i. With u in [0, 1) from its upper 24 bits the
 * value is r·(2u - 1): 2u - 1 is exact, so there is one rounding, the same everywhere. */
static void draw_uniform(float *values, size_t count, float range, uint32_t index, uint64_t seed)
{
    for (size_t i = 0; i < count; i += 4) {
        uint32_t random[4];
        draw_block(i, index, seed, random);
        for (size_t j = i; j < count && j < i + 4; j++)
            values[j] = range * (2 * nncl_uniform(random[j - i]) - 1);
    }
}

/* Elements i and i + 1, i even, by words i and i + 1 (Box and Muller 1958), with u in (0, 1]. */
static void draw_normal(
    float *values, size_t count, double deviation, uint32_t index, uint64_t seed)
{
    const double turn = 2 * acos(-1);
    for (size_t i = 0; i < count; i += 4) {
        uint32_t random[4];
        draw_block(i, index, seed, random);
        for (size_t j = i; j < count && j < i + 4; j += 2) {
            const uint32_t *pair = random + (j - i);
            const double radius = deviation * sqrt(-2 * log((pair[0] + 1.0) * 0x1p-32));
            const double angle = turn * (pair[1] * 0x1p-32);
            values[j] = (float)(radius * cos(angle));
            if (j + 1 < count)
                values[j + 1] = (float)(radius * sin(angle));
        }
    }
}

/* Takes from `vector` its parts along `count` earlier ones of length 1, and makes it of length 1.
 */
static void orthonormalise(double *vector, const double *earlier, size_t count, size_t length)
{
    for (int pass = 0; pass < 2; pass++) { /* the second removes what rounding left of the first */
        for (size_t v = 0; v < count; v++) {
            double along = 0;
            for (size_t i = 0; i < length; i++)
                along += vector[i] * earlier[v * length + i];
            for (size_t i = 0; i < length; i++)
                vector[i] -= along * earlier[v * length + i];
        }
        double square = 0;
        for (size_t i = 0; i < length; i++)
            square += vector[i] * vector[i];
        const double norm = sqrt(square);
        for (size_t i = 0; i < length; i++)
            vector[i] /= norm;
    }
}

/* The last axis counts as columns, all others together as rows (Saxe, McClelland and Ganguli 2014).
 */
static enum nncl_status draw_orthogonal(
    const struct model_parameter *parameter, uint32_t index, uint64_t seed)
{
    const struct nncl_shape *shape = &parameter->form.shape;
    const size_t elements = nncl_shape_elements(shape), columns = shape->size[shape->rank - 1];
    const size_t rows = elements / columns, count = rows < columns ? rows : columns;
    const size_t length = elements / count;
    float *values = parameter->base.values;
    double *vectors = malloc(elements * sizeof *vectors);
    if (!vectors)
        return nncl_fail_memory("orthogonal weights", elements * sizeof *vectors);
    draw_normal(values, elements, 1, index, seed);
    for (size_t v = 0; v < count; v++) {
        for (size_t i = 0; i < length; i++)
            vectors[v * length + i] = (double)values[v * length + i];
        orthonormalise(vectors + v * length, vectors, v, length);
    }
    for (size_t v = 0; v < count; v++)
        for (size_t i = 0; i < length; i++)
            values[rows < columns ? v * columns + i : i * columns + v] =
                (float)vectors[v * length + i];
    free(vectors);
    return NNCL_OK;
}

static enum nncl_status draw(
    const struct model_parameter *parameter, const struct rule *rule, uint32_t index, uint64_t seed)
{
    const struct parameter_form *form = &parameter->form;
    const size_t count = nncl_shape_elements(&form->shape);
    const double fan = (double)form->fan_in + (rule->outputs ? (double)form->fan_out : 0);
    float *values = parameter->base.values;
    switch (rule->distribution) {
    case UNIFORM: /* U(-r, r) has the variance r²/3 */
        draw_uniform(values, count, (float)sqrt(3 * rule->share / fan), index, seed);
        break;
    case NORMAL:
        draw_normal(values, count, sqrt(rule->share / fan), index, seed);
        break;
    case ORTHOGONAL:
        return draw_orthogonal(parameter, index, seed);
    }
    return NNCL_OK;
}

static void fill(const struct model_parameter *parameter, float value)
{
    size_t elements = nncl_shape_elements(&parameter->form.shape);
    for (size_t i = 0; i < elements; i++)
        parameter->base.values[i] = value;
}

/* What a name means: a rule, or NULL and a constant. */
static enum nncl_status find_rule(const char *name, const struct rule **rule, float *constant)
{
    static const char prefix[] = "constant:";
    *rule = NULL;
    *constant = 0;
    if (strcmp(name, "zeros") == 0)
        return NNCL_OK;
    if (strncmp(name, prefix, strlen(prefix)) == 0 && number_parse(name + strlen(prefix), constant))
        return NNCL_OK;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(name, rules[i].name) == 0) {
            *rule = &rules[i];
            return NNCL_OK;
        }
    char shown[SHOWN_SIZE];
    return nncl_fail(NNCL_USAGE,
        "there is no initialiser \"%s\": expected glorot-uniform, glorot-normal, he-uniform, "
        "he-normal, lecun-uniform, lecun-normal, orthogonal, zeros or constant:X",
        text_shown(shown, name, strlen(name)));
}

enum nncl_status nncl_model_initialise_by(
    struct nncl_model *model, const char *initialiser, uint64_t seed)
{
    const struct rule *rule;
    float constant;
    enum nncl_status status = find_rule(initialiser, &rule, &constant);
    for (size_t i = 0; i < model->parameter_count && status == NNCL_OK; i++) {
        const struct model_parameter *parameter = &model->parameters[i];
        if (parameter->form.initialiser == INITIALISE_ZERO)
            fill(parameter, 0);
        else if (parameter->form.initialiser == INITIALISE_ONE)
            fill(parameter, 1);
        else if (rule)
            status = draw(parameter, rule, (uint32_t)i, seed);
        else
            fill(parameter, constant);
    }
    return status;
}

void nncl_model_initialise(struct nncl_model *model, uint64_t seed)
{
    (void)nncl_model_initialise_by(model, rules[0].name, seed); /* cannot fail */
}
