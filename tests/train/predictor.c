/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Predictors: whatever the batch, they say what the reference says. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "support.h"

enum { ROWS = 203 };

static struct nncl_device *device, *reference;

static void open_devices(void)
{
    support_folder_make();
    device = support_device();
    OK(nncl_device_open("ref", &reference));
}

static void close_devices(void)
{
    nncl_device_close(&device);
    nncl_device_close(&reference);
    support_folder_remove();
}

TestSuite(predictor, .init = open_devices, .fini = close_devices);

/* A data set, a model for it, and what the reference predicts. */
struct subject {
    struct nncl_dataset *dataset;
    const struct nncl_dataset_source *source;
    struct nncl_model *model;
    size_t features, classes, row_bytes;
    float *expected;
};

static struct subject make_subject(struct nncl_dataset *dataset, const char *network)
{
    struct subject subject = {.dataset = dataset, .source = nncl_dataset_get(dataset)};
    const struct nncl_picture_shape *shape = &subject.source->shape;
    subject.model = problem_model(network, dataset);
    subject.features = (size_t)shape->height * shape->width * shape->channels;
    subject.row_bytes = subject.features * nncl_type_size(subject.source->type);
    subject.classes = nncl_model_classes(subject.model);
    subject.expected = malloc(subject.source->rows * subject.classes * sizeof(float));
    cr_assert_not_null(subject.expected);
    OK(nncl_predict(reference, subject.model, dataset, NULL, subject.expected));
    return subject;
}

static void free_subject(struct subject *subject)
{
    nncl_dataset_free(&subject->dataset);
    nncl_model_free(&subject->model);
    free(subject->expected);
}

static const void *features_of(const struct subject *subject, size_t row)
{
    return (const char *)subject->source->features + row * subject->row_bytes;
}

static struct nncl_predictor *make_predictor(
    struct nncl_device *on, const struct subject *subject, size_t batch, const char *gemm)
{
    const struct nncl_predictor_options options = {.type = subject->source->type, .gemm = gemm};
    struct nncl_predictor *predictor = NULL;
    OK(nncl_predictor_create(on, subject->model, batch, &options, &predictor));
    return predictor;
}

/* Predicts `rows` rows from `first` on and compares. What the caller did not ask room for must stay
 * as it is. */
static void compare(
    const struct subject *subject, struct nncl_predictor *predictor, size_t first, size_t rows)
{
    const size_t count = rows * subject->classes;
    float *probabilities = malloc((count + 1) * sizeof *probabilities);
    uint32_t *classes = malloc((rows + 1) * sizeof *classes);
    cr_assert(probabilities && classes);
    probabilities[count] = 42;
    classes[rows] = 42;
    OK(nncl_predictor_run(predictor, features_of(subject, first), rows, probabilities, classes));
    for (size_t i = 0; i < count; i++)
        cr_assert_float_eq(probabilities[i], subject->expected[first * subject->classes + i], 2e-6,
            "row %zu: %g", first + i / subject->classes, (double)probabilities[i]);
    for (size_t row = 0; row < rows; row++)
        for (size_t class = 0; class < subject->classes; class ++)
            cr_assert_leq(probabilities[row * subject->classes + class],
                probabilities[row * subject->classes + classes[row]]);
    cr_expect_eq(probabilities[count], 42);
    cr_expect_eq(classes[rows], 42);
    free(probabilities);
    free(classes);
}

static void compare_all(struct nncl_device *on, const struct subject *subject, const char *gemm)
{
    static const size_t batches[] = {1, 7, 64, ROWS};
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        struct nncl_predictor *predictor = make_predictor(on, subject, batches[i], gemm);
        compare(subject, predictor, 0, ROWS);
        compare(subject, predictor, 5, 1);
        compare(subject, predictor, ROWS - 37, 37);
        compare(subject, predictor, 0, 0);
        compare(subject, predictor, 1, 5);
        nncl_predictor_free(&predictor);
        cr_expect_null(predictor);
    }
}

Test(predictor, bytes)
{
    struct subject subject = make_subject(problem_pictures(ROWS), "dense 50 relu, dense 10");
    compare_all(device, &subject, NULL);
    compare_all(reference, &subject, NULL);
    free_subject(&subject);
}

Test(predictor, floats)
{
    struct subject subject =
        make_subject(problem_floats(ROWS, 37, 3), "dense 33 relu, dense 17 relu, dense 3");
    compare_all(device, &subject, NULL);
    free_subject(&subject);
}

/* A shift keeps the gather from being taken in by the product. */
Test(predictor, shifted_bytes)
{
    struct nncl_dataset *pictures = problem_pictures(ROWS), *shifted = NULL;
    struct nncl_dataset_source source = *nncl_dataset_get(pictures);
    source.scale = 1.0f / 128;
    source.shift = -1;
    OK(nncl_dataset_create(&source, &shifted));
    struct subject subject = make_subject(shifted, "dense 16 relu, dense 10");
    compare_all(device, &subject, NULL);
    nncl_dataset_free(&pictures);
    free_subject(&subject);
}

/* Where the host does not share the device's memory. */
Test(predictor, copies_where_memory_is_not_shared)
{
    struct nncl_device *gpu = NULL;
    setenv("NNCL_PRETEND", "gpu=1", 1);
    OK(nncl_device_open(getenv("NNCL_TEST_DEVICE"), &gpu));
    unsetenv("NNCL_PRETEND");
    struct subject subject = make_subject(problem_pictures(ROWS), "dense 16 relu, dense 10");
    compare_all(gpu, &subject, "vector");
    free_subject(&subject);
    nncl_device_close(&gpu);
}

/* The same rows give the same bits however often, alone or among others; the model may change and
 * go. */
Test(predictor, repeats_itself)
{
    enum { CLASSES = 10, TIMES = 20 };
    struct subject subject = make_subject(problem_pictures(ROWS), "dense 128 relu, dense 10");
    struct nncl_predictor *predictor = make_predictor(device, &subject, ROWS, "vector");
    struct nncl_predictor *single = make_predictor(device, &subject, 1, "vector");
    static float all[ROWS][CLASSES], again[ROWS][CLASSES], one[CLASSES];
    OK(nncl_predictor_run(predictor, features_of(&subject, 0), ROWS, all[0], NULL));
    nncl_model_initialise(subject.model, 2);
    nncl_model_free(&subject.model);
    for (size_t i = 0; i < TIMES; i++) {
        uint32_t class = CLASSES;
        OK(nncl_predictor_run(predictor, features_of(&subject, 0), ROWS - i, again[0], NULL));
        cr_expect_arr_eq(all, again, (ROWS - i) * sizeof all[0]);
        OK(nncl_predictor_run(single, features_of(&subject, i), 1, one, NULL));
        cr_expect_arr_eq(all[i], one, sizeof one);
        OK(nncl_predictor_run(single, features_of(&subject, i), 1, NULL, &class));
        cr_expect_lt(class, CLASSES);
        cr_expect(all[i][class] >= all[i][0] && all[i][class] >= all[i][CLASSES - 1]);
    }
    nncl_predictor_free(&single);
    nncl_predictor_free(&predictor);
    free_subject(&subject);
}

Test(predictor, waits_once_a_round)
{
    struct subject subject = make_subject(problem_pictures(ROWS), "dense 16 relu, dense 10");
    struct nncl_predictor *predictor = make_predictor(device, &subject, 64, NULL);
    compare(&subject, predictor, 0, ROWS); /* makes the plan for the last rows, too */
    uint64_t before = nncl_device_host_waits(device);
    compare(&subject, predictor, 0, ROWS);
    cr_expect_eq(nncl_device_host_waits(device) - before, 4);
    nncl_predictor_free(&predictor);
    free_subject(&subject);
}

Test(predictor, refuses_what_makes_no_sense)
{
    struct subject subject = make_subject(problem_floats(8, 5, 2), "dense 2");
    const struct nncl_predictor_options labels = {.type = NNCL_UINT32}, unknown = {.gemm = "blis"};
    struct nncl_predictor *predictor = NULL;
    cr_expect_eq(nncl_predictor_create(device, subject.model, 0, NULL, &predictor), NNCL_USAGE);
    cr_expect_eq(nncl_predictor_create(device, subject.model, 1, &labels, &predictor), NNCL_USAGE);
    cr_expect_eq(nncl_predictor_create(device, subject.model, 1, &unknown, &predictor), NNCL_USAGE);
    cr_expect_null(predictor);
    nncl_predictor_free(&predictor);
    free_subject(&subject);
}

Test(predictor, names_the_row_that_is_not_finite)
{
    struct subject subject = make_subject(problem_floats(8, 5, 2), "dense 4 relu, dense 2");
    struct nncl_predictor *predictor = make_predictor(device, &subject, 3, NULL);
    float features[8][5] = {{0}}, probabilities[8][2];
    features[7][2] = NAN;
    cr_expect_eq(
        nncl_predictor_run(predictor, features, 8, probabilities[0], NULL), NNCL_NOT_FINITE);
    cr_expect_not_null(strstr(nncl_last_error(), "row 7 "), "%s", nncl_last_error());
    OK(nncl_predictor_run(predictor, features, 7, probabilities[0], NULL));
    nncl_predictor_free(&predictor);
    free_subject(&subject);
}
