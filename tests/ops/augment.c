/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What augmentation does to many pictures, on the reference: the kernel is held against it. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include <nncl/ops.h>

#include "ref/ref.h"

enum { SIDE = 21, PIXELS = SIDE * SIDE, PICTURES = 2000, MIDDLE = SIDE / 2 };

/* Changes PICTURES copies of a picture that is 1 at (column, line), with a bit of blur around. */
static float *change(const struct nncl_augment *augment, uint32_t column, uint32_t line)
{
    const uint32_t state[NNCL_STATE_SIZE] = {[NNCL_STATE_EPOCH] = 1};
    float *x = calloc(2 * (size_t)PICTURES * PIXELS, sizeof *x), *out = x + PICTURES * PIXELS;
    cr_assert_not_null(x);
    for (size_t i = 0; i < PICTURES; i++)
        x[i * PIXELS + line * SIDE + column] = 1;
    ref_augment(PICTURES, augment, state, x, NULL, out);
    return x;
}

/* Mean and variance of where the mass of each changed picture lies, along the lines. */
static void spread_of(const float *x, double *mean, double *variance)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < PICTURES; i++) {
        const float *out = x + (PICTURES + i) * PIXELS;
        double mass = 0, place = 0;
        for (size_t j = 0; j < PIXELS; j++) {
            mass += (double)out[j];
            place += (double)out[j] * (double)(j % SIDE);
        }
        cr_assert_gt(mass, 0.1);
        sum += place / mass;
        squares += place / mass * (place / mass);
    }
    *mean = sum / PICTURES;
    *variance = squares / PICTURES - *mean * *mean;
}

static struct nncl_augment by(struct nncl_augmentation amounts)
{
    return (struct nncl_augment){.seed = 5, .shape = {SIDE, SIDE, 1}, .by = amounts};
}

/* U(-4, 4) has the variance 16 / 3. */
Test(augment, shifts_are_uniform)
{
    const struct nncl_augment augment = by((struct nncl_augmentation){.shift = 4});
    double mean, variance;
    float *x = change(&augment, MIDDLE, MIDDLE);
    spread_of(x, &mean, &variance);
    cr_expect_float_eq(mean, MIDDLE, 0.2, "%g", mean);
    cr_expect_float_eq(variance, 16.0 / 3, 0.4, "%g", variance);
    free(x);
}

/* A point 8 above the middle, turned by U(-30°, 30°), lies 8 · sin of that beside it. */
Test(augment, turns_are_uniform)
{
    const struct nncl_augment augment = by((struct nncl_augmentation){.rotate = 30});
    const double pi = 3.14159265358979, most = pi / 6,
                 expected = 64 * (0.5 - sin(2 * most) / (4 * most));
    double mean, variance;
    float *x = change(&augment, MIDDLE, MIDDLE - 8);
    spread_of(x, &mean, &variance);
    cr_expect_float_eq(mean, MIDDLE, 0.2, "%g", mean);
    cr_expect_float_eq(variance, expected, 0.1 * expected, "%g, not %g", variance, expected);
    free(x);
}

Test(augment, noise_is_normal)
{
    const struct nncl_augment augment = by((struct nncl_augmentation){.noise = 0.5f});
    float *x = change(&augment, MIDDLE, MIDDLE);
    double sum = 0, squares = 0, fourths = 0;
    const size_t count = (size_t)PICTURES * PIXELS;
    for (size_t i = 0; i < count; i++) {
        double noise = ((double)x[count + i] - (double)x[i]) / 0.5;
        sum += noise;
        squares += noise * noise;
        fourths += noise * noise * noise * noise;
    }
    cr_expect_float_eq(sum / (double)count, 0, 0.005);
    cr_expect_float_eq(squares / (double)count, 1, 0.01);
    cr_expect_float_eq(fourths / (double)count, 3, 0.06);
    free(x);
}

/* The square's middle may be any pixel, so at the picture's middle it covers side² / pixels. */
Test(augment, squares_are_cut_out_anywhere)
{
    const uint32_t side = 6;
    const struct nncl_augment augment = {
        .seed = 5, .shape = {SIDE, SIDE, 1}, .by = {.cutout = side}, .fill = -1};
    float *x = change(&augment, 0, 0);
    size_t cut = 0;
    for (size_t i = 0; i < PICTURES; i++)
        cut += x[(PICTURES + i) * PIXELS + MIDDLE * SIDE + MIDDLE] < 0;
    const double share = (double)(side * side) / PIXELS;
    cr_expect_float_eq((double)cut / PICTURES, share, 0.025, "%g", (double)cut / PICTURES);
    free(x);
}

/* No amount at all changes nothing. */
Test(augment, nothing_changes_nothing)
{
    const struct nncl_augment augment = by((struct nncl_augmentation){0});
    float *x = change(&augment, 3, 17);
    for (size_t i = 0; i < (size_t)PICTURES * PIXELS; i++)
        cr_assert_eq(x[i], x[(size_t)PICTURES * PIXELS + i]);
    free(x);
}

/* The mean of |2λ - 1| is Γ(a + ½) / (√π · Γ(a + 1)), that of its square 1 / (2a + 1). */
Test(augment, rows_are_mixed_by_parts_from_a_beta_distribution)
{
    enum { DRAWS = 100000 };
    static const float alphas[] = {0.1f, 0.2f, 1, 4};
    const uint32_t state[NNCL_STATE_SIZE] = {[NNCL_STATE_EPOCH] = 1};
    float *weights = calloc(DRAWS, sizeof *weights);
    cr_assert_not_null(weights);
    for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
        const double a = (double)alphas[i],
                     mean = tgamma(a + 0.5) / (sqrt(3.14159265358979) * tgamma(a + 1));
        double sum = 0, squares = 0;
        ref_mixup_weights(
            DRAWS, &(struct nncl_mixup){.seed = 5, .alpha = alphas[i]}, state, weights);
        for (size_t j = 0; j < DRAWS; j++) {
            const double apart = 2 * (double)weights[j] - 1;
            cr_assert(apart >= 0 && apart <= 1);
            sum += apart;
            squares += apart * apart;
        }
        cr_expect_float_eq(sum / DRAWS, mean, 0.005, "%g: %g, not %g", a, sum / DRAWS, mean);
        cr_expect_float_eq(squares / DRAWS, 1 / (2 * a + 1), 0.005, "%g: %g", a, squares / DRAWS);
    }
    free(weights);
}

/* Of n independent U(-a, a) weighted by w the variance is a²/3 · Σw²; a normal curve of deviation σ
 * in two dimensions has Σw² = 1/(4πσ²). Seen in the middle, whatever is outside is 3σ away. */
Test(augment, displacements_have_the_deviation_of_smoothed_noise)
{
    enum { PLANE = 2 * PIXELS };
    const struct nncl_elastic elastic = {
        .seed = 5, .height = SIDE, .width = SIDE, .amount = 30, .sigma = 3};
    const uint32_t state[NNCL_STATE_SIZE] = {[NNCL_STATE_EPOCH] = 1};
    float *noise = calloc(2 * (size_t)PICTURES * PLANE, sizeof *noise),
          *field = noise + (size_t)PICTURES * PLANE;
    double squares = 0, product = 0;
    cr_assert_not_null(noise);
    ref_elastic_noise(PICTURES, &elastic, state, noise);
    ref_elastic_smooth(2 * PICTURES, SIDE, SIDE, elastic.sigma, noise, field);
    ref_elastic_smooth(2 * PICTURES, SIDE, SIDE, elastic.sigma, field, noise);
    for (size_t i = 0; i < PICTURES; i++) {
        const float *at = noise + i * PLANE + MIDDLE * SIDE + MIDDLE;
        squares += (double)at[0] * (double)at[0] + (double)at[PIXELS] * (double)at[PIXELS];
        product += (double)at[0] * (double)at[PIXELS];
    }
    const double variance = 30.0 * 30 / 3 / (4 * 3.14159265358979 * 9);
    cr_expect_float_eq(squares / (2 * PICTURES), variance, 0.1 * variance, "%g, not %g",
        squares / (2 * PICTURES), variance);
    cr_expect_float_eq(product / PICTURES, 0, 0.1 * variance);
    free(noise);
}
