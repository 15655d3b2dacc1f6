/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl eval: scores and the picture of errors. */
#include <criterion/criterion.h>
#include <png.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pictures.h"
#include "run.h"
#include "schema.h"

/* A little trained, so that some pictures are read wrongly. */
static void enter(void)
{
    scratch_enter();
    data_folder_make("data");
    setenv("NNCL_DATA_DIR", "data", 1);
    setenv("NNCL_DEVICE", "ref", 1);
    struct outcome outcome =
        RUN(0, "mnist-cl -q --epochs 1 --hidden 4 --lr 0.002 --save model 2>&1");
    outcome_free(&outcome);
}

TestSuite(mnist_cl_eval, .init = enter, .fini = scratch_leave);

static json_t *evaluate(const char *options)
{
    struct outcome outcome = RUN(0, "mnist-cl eval --json %s model", options);
    json_t *evaluation = expect_json(outcome.out, evaluation_schema);
    outcome_free(&outcome);
    return evaluation;
}

static double top_accuracy(const char *options)
{
    json_t *evaluation = evaluate(options);
    double accuracy =
        json_real_value(json_object_get(json_object_get(evaluation, "top"), "accuracy"));
    json_decref(evaluation);
    return accuracy;
}

Test(mnist_cl_eval, top_k_grows_with_k)
{
    json_t *evaluation = evaluate("");
    double accuracy = json_real_value(json_object_get(evaluation, "accuracy"));
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(evaluation, "top"), "k")), 3);
    json_decref(evaluation);
    cr_assert_lt(accuracy, 1);
    cr_expect_eq(top_accuracy("--top-k 1"), accuracy);
    cr_expect_gt(top_accuracy("--top-k 3"), accuracy);
    cr_expect_eq(top_accuracy("--top-k 10"), 1);
}

Test(mnist_cl_eval, tables_have_all_scores)
{
    struct outcome outcome = RUN(0, "mnist-cl eval --top-k 2 model");
    static const char *const parts[] = {
        "Loss: ", "Accuracy: ", "Top-2 accuracy: ", "Expected calibration error: ", "AUC",
        "   macro  ", "weighted  ", "Confusion matrix", "Calibration (", "up to 0."};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        EXPECT_IN(outcome.out, parts[i]);
    outcome_free(&outcome);
}

/* Whether a pixel of the colour stands in the picture. */
static bool has_colour(const png_image *image, const uint8_t *pixels, uint32_t colour)
{
    for (size_t i = 0; i < (size_t)image->width * image->height; i++)
        if ((uint32_t)(pixels[3 * i] << 16 | pixels[3 * i + 1] << 8 | pixels[3 * i + 2]) == colour)
            return true;
    return false;
}

static png_image read_sheet(const char *path, uint8_t **pixels)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    cr_assert(png_image_begin_read_from_file(&image, path), "%s", image.message);
    image.format = PNG_FORMAT_RGB;
    *pixels = malloc(PNG_IMAGE_SIZE(image));
    cr_assert_not_null(*pixels);
    cr_assert(png_image_finish_read(&image, NULL, *pixels, 0, NULL), "%s", image.message);
    return image;
}

enum { RIGHT = 0x006000, WRONG = 0xb00000 };

Test(mnist_cl_eval, errors_are_drawn)
{
    struct outcome outcome =
        RUN(0, "mnist-cl eval --errors few.png --errors-count 3 model && "
               "mnist-cl eval --errors many.png --errors-count 20 model && "
               "ln -s data fashion-mnist && mnist-cl eval --data fashion-mnist "
               "--errors named.png --errors-count 20 model");
    EXPECT_IN(outcome.err, "mnist-cl: 3 of ");
    EXPECT_IN(outcome.err, "errors drawn to few.png");
    outcome_free(&outcome);
    uint8_t *few_pixels, *many_pixels, *named_pixels;
    const png_image few = read_sheet("few.png", &few_pixels);
    const png_image many = read_sheet("many.png", &many_pixels);
    const png_image named = read_sheet("named.png", &named_pixels);
    cr_expect_gt(many.height, few.height + 2 * 112);
    cr_expect_gt(named.width, many.width); /* classes' names take more room than numbers */
    cr_expect(has_colour(&few, few_pixels, RIGHT));
    cr_expect(has_colour(&few, few_pixels, WRONG));
    cr_expect(has_colour(&few, few_pixels, 0x000000)); /* a picture's background */
    free(few_pixels);
    free(many_pixels);
    free(named_pixels);
}

Test(mnist_cl_eval, without_errors_the_sheet_says_so)
{
    struct outcome outcome = RUN(
        0, "mnist-cl -q --epochs 4 --lr 0.003 --save good && mnist-cl eval --errors e.png good");
    EXPECT_IN(outcome.err, "mnist-cl: 0 of 0 errors drawn to e.png");
    outcome_free(&outcome);
    uint8_t *pixels;
    const png_image sheet = read_sheet("e.png", &pixels);
    cr_expect_not(has_colour(&sheet, pixels, WRONG));
    free(pixels);
}

static void expect_refused(int status, const char *arguments, const char *message)
{
    struct outcome outcome = RUN(status, "mnist-cl eval %s model", arguments);
    EXPECT_IN(outcome.err, message);
    outcome_free(&outcome);
}

Test(mnist_cl_eval, wrong_options_are_refused)
{
    expect_refused(2, "--top-k 0", "--top-k needs a whole number from 1");
    expect_refused(2, "--top-k 11", "--top-k 11 is more than the model's 10 classes");
    expect_refused(2, "--errors-count 3", "--errors draws");
    expect_refused(2, "--errors e.png --errors-count 0", "--errors-count needs a whole number");
    expect_refused(2, "--errors one --trace ./one", "--errors and --trace both name one");
}

Test(mnist_cl_eval, a_sheet_that_cannot_be_written_is_an_error)
{
    struct outcome outcome = RUN(1, "mnist-cl eval --errors no/such/folder/e.png model");
    EXPECT_IN(outcome.err, "no/such/folder/e.png");
    EXPECT_NOT_IN(outcome.err, "device"); /* found out before any work was done */
    outcome_free(&outcome);
    outcome = RUN(1, "mnist-cl eval --errors /dev/full model");
    EXPECT_IN(outcome.err, "/dev/full: No space left on device");
    EXPECT_IN(outcome.out, "Accuracy: "); /* the scores are shown all the same */
    outcome_free(&outcome);
}
