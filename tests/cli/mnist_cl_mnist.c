/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl on the real MNIST, and on the digits nncl draws where there is none. */
#include <criterion/criterion.h>
#include <nncl/nncl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pictures.h"
#include "run.h"
#include "schema.h"

TestSuite(mnist_cl_mnist, .init = scratch_enter, .fini = scratch_leave);

enum { DIGITS = 200, CLASSES = 10 };

static uint32_t best_of(const float *probabilities)
{
    uint32_t best = 0;
    for (uint32_t class = 1; class < CLASSES; class ++)
        best = probabilities[class] > probabilities[best] ? class : best;
    return best;
}

/* What the model says of the first digits as they are. */
static void classify(const struct nncl_dataset *test, uint32_t *classes)
{
    struct nncl_device *reference = NULL;
    struct nncl_model *model = NULL;
    struct nncl_dataset *digits = NULL;
    float probabilities[DIGITS * CLASSES];
    struct nncl_dataset_source source = *nncl_dataset_get(test);
    source.rows = DIGITS;
    cr_assert_eq(nncl_dataset_create(&source, &digits), NNCL_OK);
    cr_assert_eq(nncl_model_load("nncl/last.safetensors", &model), NNCL_OK);
    cr_assert_eq(nncl_device_open("ref", &reference), NNCL_OK);
    cr_assert_eq(nncl_predict(reference, model, digits, NULL, probabilities), NNCL_OK);
    for (size_t i = 0; i < DIGITS; i++)
        classes[i] = best_of(probabilities + i * CLASSES);
    nncl_dataset_free(&digits);
    nncl_model_free(&model);
    nncl_device_close(&reference);
}

/* How many of the digits written in a style get the class that they get as they are. */
static size_t agreeing(
    const struct nncl_dataset *test, enum png_style style, const uint32_t *classes)
{
    const uint8_t *pixels = nncl_dataset_get(test)->features;
    cr_assert(mkdir("png", 0700) == 0 || style != PNG_PLAIN);
    for (size_t i = 0; i < DIGITS; i++) {
        char path[32];
        snprintf(path, sizeof path, "png/%03zu.png", i);
        png_write(path, pixels + i * PIXELS, style);
    }
    struct outcome outcome = RUN(0, "mnist-cl predict --json png/*.png");
    json_t *value = json_loads(outcome.out, 0, NULL), *list = json_object_get(value, "predictions");
    size_t agree = 0;
    cr_assert_eq(json_array_size(list), DIGITS);
    for (size_t i = 0; i < DIGITS; i++)
        agree +=
            json_integer_value(json_object_get(json_array_get(list, i), "class")) == classes[i];
    json_decref(value);
    outcome_free(&outcome);
    return agree;
}

Test(mnist_cl_mnist, predicts_digits_however_they_are_written)
{
    if (!getenv("NNCL_DATA_DIR"))
        cr_skip_test("no MNIST: NNCL_DATA_DIR is not set");
    need_device();
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 1");
    cr_expect_geq(strtod(outcome.out + strlen("Test accuracy: "), NULL), 0.955, "%s", outcome.out);
    outcome_free(&outcome);
    struct nncl_mnist mnist;
    uint32_t classes[DIGITS];
    cr_assert_eq(nncl_mnist_open(NULL, &mnist), NNCL_OK, "%s", nncl_last_error());
    classify(mnist.test, classes);
    for (enum png_style style = PNG_PLAIN; style < PNG_STYLES; style++) {
        size_t agree = agreeing(mnist.test, style, classes);
        cr_expect_geq(agree, DIGITS * 95 / 100, "style %d: %zu of %d", (int)style, agree, DIGITS);
    }
    nncl_mnist_free(&mnist);
}

Test(mnist_cl_mnist, draws_digits_where_there_are_none)
{
    need_device();
    unsetenv("NNCL_DATA_DIR");
    setenv("NNCL_MIRROR", "http://127.0.0.1:9/", 1); /* nobody answers */
    struct outcome outcome = RUN(0, "mnist-cl --epochs 1");
    EXPECT_IN(outcome.err, "mnist-cl: warning: THESE ARE NOT MNIST");
    EXPECT_IN(outcome.out, "\nAccuracy on generated digits (not MNIST): 0.");
    EXPECT_NOT_IN(outcome.out, "Test accuracy");
    outcome_free(&outcome);
}
