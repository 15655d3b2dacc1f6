/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <math.h>
#include <nncl/program.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "data/digits.h"

enum { PIXELS = 28 * 28, HIDDEN = 32, CLASSES = 10, EPOCHS = 3 };

static struct nncl_dataset *train, *test;

static void draw(void)
{
    cr_assert_eq(digits_draw(&train, &test), NNCL_OK, "%s", nncl_last_error());
}

static void free_sets(void)
{
    nncl_dataset_free(&train);
    nncl_dataset_free(&test);
}

TestSuite(digits, .init = draw, .fini = free_sets);

Test(digits, sizes_and_classes)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(train);
    cr_expect_eq(source->rows, DIGITS_TRAIN_ROWS);
    cr_expect_eq(nncl_dataset_get(test)->rows, DIGITS_TEST_ROWS);
    cr_expect_eq(source->shape.height, 28);
    cr_expect_eq(source->classes, CLASSES);
    size_t counts[CLASSES] = {0};
    for (size_t row = 0; row < source->rows; row++)
        counts[source->labels[row]]++;
    for (int digit = 0; digit < CLASSES; digit++)
        cr_expect_eq(counts[digit], source->rows / CLASSES);
}

Test(digits, the_same_each_time_and_all_different)
{
    const uint8_t *pixels = nncl_dataset_get(train)->features;
    uint8_t again[PIXELS];
    digit_draw(4321, again);
    cr_expect_arr_eq(again, pixels + 4321 * PIXELS, PIXELS);
    for (size_t row = 10; row < 1000; row++)
        cr_expect_neq(memcmp(pixels + row * PIXELS, pixels + (row - 10) * PIXELS, PIXELS), 0);
}

/* As MNIST's: within 20 x 20 by and large, centre of mass in the middle, black around. */
Test(digits, look_like_mnist)
{
    const uint8_t *pixels = nncl_dataset_get(train)->features;
    for (size_t row = 0; row < 1000; row++, pixels += PIXELS) {
        double sum = 0, sum_x = 0, sum_y = 0;
        for (int i = 0; i < PIXELS; i++) {
            sum += pixels[i];
            sum_x += pixels[i] * (i % 28);
            sum_y += pixels[i] * (i / 28);
        }
        cr_expect(sum > 20 * 255 && sum < 300 * 255, "row %zu has %g ink", row, sum / 255);
        cr_expect_float_eq(sum_x / sum, 13.5, 1.5, "row %zu: %g", row, sum_x / sum);
        cr_expect_float_eq(sum_y / sum, 13.5, 1.5, "row %zu: %g", row, sum_y / sum);
        cr_expect_eq(pixels[0] + pixels[27] + pixels[PIXELS - 1], 0);
    }
}

Test(digits, quick_to_draw)
{
    double start = nncl_clock();
    struct nncl_dataset *more_train, *more_test;
    cr_assert_eq(digits_draw(&more_train, &more_test), NNCL_OK);
    cr_expect_lt(nncl_clock() - start, 5.0, "%g s", nncl_clock() - start);
    nncl_dataset_free(&more_train);
    nncl_dataset_free(&more_test);
}

/* A network of one hidden layer, trained row by row: enough to see whether digits can be learnt. */
static float hidden_weights[HIDDEN][PIXELS], hidden[HIDDEN], hidden_gradient[HIDDEN];
static float weights[CLASSES][HIDDEN], outputs[CLASSES];

static void forward(const uint8_t *pixels)
{
    for (int h = 0; h < HIDDEN; h++) {
        float sum = 0;
        for (int i = 0; i < PIXELS; i++)
            sum += hidden_weights[h][i] * pixels[i];
        hidden[h] = fmaxf(sum / 255, 0);
    }
    float total = 0;
    for (int c = 0; c < CLASSES; c++) {
        float sum = 0;
        for (int h = 0; h < HIDDEN; h++)
            sum += weights[c][h] * hidden[h];
        outputs[c] = expf(sum);
        total += outputs[c];
    }
    for (int c = 0; c < CLASSES; c++)
        outputs[c] /= total;
}

static void learn(const uint8_t *pixels, uint32_t label)
{
    const float rate = 0.02f;
    forward(pixels);
    memset(hidden_gradient, 0, sizeof hidden_gradient);
    for (uint32_t c = 0; c < CLASSES; c++) {
        float error = outputs[c] - (c == label ? 1.0f : 0.0f);
        for (int h = 0; h < HIDDEN; h++) {
            hidden_gradient[h] += error * weights[c][h];
            weights[c][h] -= rate * error * hidden[h];
        }
    }
    for (int h = 0; h < HIDDEN; h++)
        for (int i = 0; hidden[h] > 0 && i < PIXELS; i++)
            hidden_weights[h][i] -= rate * hidden_gradient[h] * pixels[i] / 255;
}

static void initialise(float *values, int count, float bound)
{
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        uint32_t random[4];
        nncl_philox((uint32_t[4]){i}, (uint32_t[2]){(uint32_t)count}, random);
        values[i] = bound * (2 * nncl_uniform(random[0]) - 1);
    }
}

Test(digits, a_small_network_learns_them)
{
    initialise(&hidden_weights[0][0], HIDDEN * PIXELS, 0.08f);
    initialise(&weights[0][0], CLASSES * HIDDEN, 0.3f);
    const struct nncl_dataset_source *source = nncl_dataset_get(train);
    const uint8_t *pixels = source->features;
    for (uint32_t step = 0; step < EPOCHS * DIGITS_TRAIN_ROWS; step++) {
        uint32_t row =
            nncl_permuted(1, step / DIGITS_TRAIN_ROWS, DIGITS_TRAIN_ROWS, step % DIGITS_TRAIN_ROWS);
        learn(pixels + (size_t)row * PIXELS, source->labels[row]);
    }
    source = nncl_dataset_get(test);
    pixels = source->features;
    int hits = 0;
    for (size_t row = 0; row < source->rows; row++) {
        forward(pixels + row * PIXELS);
        int best = 0;
        for (int c = 1; c < CLASSES; c++)
            best = outputs[c] > outputs[best] ? c : best;
        hits += best == (int)source->labels[row];
    }
    cr_expect_gt(hits, 950, "%d of 1000", hits);
}
