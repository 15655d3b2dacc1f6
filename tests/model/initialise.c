/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include <nncl/model.h>

#include "base/philox.h"

static struct nncl_model *drawn(const char *text, uint64_t seed)
{
    const struct nncl_model_input input = {.shape = {28, 28, 1}};
    struct nncl_model *model = NULL;
    cr_assert_eq(nncl_model_create(text, &input, &model), NNCL_OK, "%s", nncl_last_error());
    nncl_model_initialise(model, seed);
    return model;
}

/* U(-r, r) has mean 0 and variance r²/3; the bounds are five standard deviations of the estimates.
 */
Test(initialise, weights_are_glorot_uniform)
{
    struct nncl_model *model = drawn("dense 128 relu, dense 10", 1);
    for (size_t i = 0; i < 4; i += 2) {
        const struct nncl_parameter *weight = nncl_model_parameter(model, i);
        size_t n = nncl_shape_elements(&weight->shape);
        double range = sqrt(6.0 / (double)(weight->shape.size[0] + weight->shape.size[1]));
        double sum = 0, squares = 0, least = 0, most = 0;
        for (size_t j = 0; j < n; j++) {
            double x = (double)weight->values[j] / range;
            sum += x;
            squares += x * x;
            least = fmin(least, x);
            most = fmax(most, x);
        }
        double count = (double)n, slack = 5 / sqrt(count);
        cr_expect(least >= -1.000001 && most <= 1.000001, "%g to %g", least, most);
        cr_expect(least < -1 + 10 / count && most > 1 - 10 / count, "%g to %g", least, most);
        cr_expect_lt(fabs(sum / count), slack * sqrt(1 / 3.0));
        cr_expect_lt(fabs(squares / count - 1 / 3.0), slack * sqrt(4 / 45.0));
    }
    nncl_model_free(&model);
}

Test(initialise, biases_become_zero)
{
    struct nncl_model *model = drawn("dense 128 relu, dense 10", 1);
    float *bias = nncl_model_parameter(model, 1)->values;
    bias[5] = 7;
    nncl_model_initialise(model, 1);
    for (size_t i = 0; i < 128; i++)
        cr_expect_eq(bias[i], 0);
    nncl_model_free(&model);
}

/* What the comment in initialise.c promises, written out anew. */
Test(initialise, elements_are_words_of_philox)
{
    const uint64_t seed = 0x123456789abcdef0u;
    struct nncl_model *model = drawn("dense 3 relu, dense 5", seed);
    const struct nncl_parameter *weight = nncl_model_parameter(model, 2);
    const uint32_t counter[4] = {13 / 4, 2, 0, 1}, key[2] = {0x9abcdef0u, 0x12345678u};
    uint32_t random[4];
    nncl_philox(counter, key, random);
    double u = (random[13 % 4] >> 8) / 16777216.0, range = sqrt(6.0 / 8.0);
    cr_expect_float_eq(weight->values[13], range * (2 * u - 1), 1e-7);
    nncl_model_free(&model);
}

static int equal(const struct nncl_model *a, const struct nncl_model *b, size_t index)
{
    const struct nncl_parameter *p = nncl_model_parameter(a, index),
                                *q = nncl_model_parameter(b, index);
    return memcmp(p->values, q->values, nncl_shape_elements(&p->shape) * sizeof(float)) == 0;
}

Test(initialise, the_seed_decides_all_bits)
{
    struct nncl_model *one = drawn("dense 9, dense 9, dense 9", 1);
    struct nncl_model *again = drawn("dense 9, dense 9, dense 9", 1);
    struct nncl_model *other = drawn("dense 9, dense 9, dense 9", (uint64_t)1 << 32 | 1);
    for (size_t i = 0; i < 6; i++)
        cr_expect(equal(one, again, i));
    for (size_t i = 0; i < 6; i += 2)
        cr_expect_not(equal(one, other, i), "the upper half of the seed counts as well");
    cr_expect_neq(memcmp(nncl_model_parameter(one, 2)->values, nncl_model_parameter(one, 4)->values,
                      81 * sizeof(float)),
        0, "two layers of one shape differ");
    nncl_model_free(&one);
    nncl_model_free(&again);
    nncl_model_free(&other);
}

/* The first weights of seed 1 as they are now: a change here changes every seeded result. */
Test(initialise, seed_1_stays_as_it_is)
{
    struct nncl_model *model = drawn("dense 128 relu, dense 10", 1);
    const float *first = nncl_model_parameter(model, 0)->values;
    static const float expected[4] = {
        -0x1.1c40d2p-4f, -0x1.fca2d6p-5f, -0x1.20054ep-5f, -0x1.31b1aep-4f};
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(first[i], expected[i], "%a", (double)first[i]);
    nncl_model_free(&model);
}

/* Mean 0 and the variance promised, of the weights [784, 128]; five standard deviations of the
 * estimates, the fourth moment of a normal distribution being the larger. */
Test(initialise, others_have_the_variance_of_their_names)
{
    static const struct {
        const char *name;
        double variance;
    } cases[] = {{"glorot-uniform", 2.0 / 912}, {"glorot-normal", 2.0 / 912},
        {"he-uniform", 2.0 / 784}, {"he-normal", 2.0 / 784}, {"lecun-uniform", 1.0 / 784},
        {"lecun-normal", 1.0 / 784}};
    struct nncl_model *model = drawn("dense 128 relu, dense 10", 1);
    const struct nncl_parameter *weight = nncl_model_parameter(model, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(nncl_model_initialise_by(model, cases[i].name, 3), NNCL_OK);
        double sum = 0, squares = 0, fourth = 0, count = 784 * 128;
        for (size_t j = 0; j < 784 * 128; j++) {
            double x = (double)weight->values[j] / sqrt(cases[i].variance);
            sum += x;
            squares += x * x;
            fourth += x * x * x * x;
        }
        double slack = 5 / sqrt(count);
        cr_expect_lt(fabs(sum / count), slack, "%s", cases[i].name);
        cr_expect_lt(fabs(squares / count - 1), slack * sqrt(2), "%s", cases[i].name);
        double expected = strstr(cases[i].name, "normal") ? 3 : 1.8;
        cr_expect_lt(fabs(fourth / count - expected), slack * sqrt(96), "%s", cases[i].name);
        cr_expect_eq(nncl_model_parameter(model, 1)->values[7], 0);
    }
    nncl_model_free(&model);
}

/* Columns of [784, 12] and rows of [12, 30]. */
Test(initialise, orthogonal_vectors_are_orthonormal)
{
    struct nncl_model *model = drawn("dense 12, dense 30", 1);
    cr_assert_eq(nncl_model_initialise_by(model, "orthogonal", 5), NNCL_OK);
    for (size_t p = 0; p < 4; p += 2) {
        const struct nncl_parameter *weight = nncl_model_parameter(model, p);
        size_t columns = weight->shape.size[1], step = p ? 1 : columns, next = p ? columns : 1;
        size_t length = p ? columns : weight->shape.size[0];
        for (size_t a = 0; a < 12; a++)
            for (size_t b = 0; b <= a; b++) {
                double product = 0;
                for (size_t i = 0; i < length; i++)
                    product += (double)weight->values[a * next + i * step] *
                               (double)weight->values[b * next + i * step];
                cr_expect_float_eq(product, a == b, 1e-6, "%zu: %zu and %zu", p, a, b);
            }
    }
    nncl_model_free(&model);
}

Test(initialise, constants_and_unknown_names)
{
    struct nncl_model *model = drawn("dense 12, dense 3", 1);
    const struct nncl_parameter *weight = nncl_model_parameter(model, 2);
    cr_assert_eq(nncl_model_initialise_by(model, "constant:-0.5", 1), NNCL_OK);
    cr_expect_eq(weight->values[20], -0.5f);
    cr_expect_eq(nncl_model_initialise_by(model, "constant:x", 1), NNCL_USAGE);
    cr_expect_eq(nncl_model_initialise_by(model, "he", 1), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "\"he\"") && strstr(nncl_last_error(), "he-uniform"));
    cr_expect_eq(weight->values[20], -0.5f, "a failure changes nothing");
    cr_assert_eq(nncl_model_initialise_by(model, "zeros", 1), NNCL_OK);
    cr_expect_eq(weight->values[20], 0);
    nncl_model_free(&model);
}
