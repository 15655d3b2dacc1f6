/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <math.h>
#include <nncl/data.h>
#include <string.h>

static const float features[6] = {1, 2, 3, 4, 5, 6};
static const uint32_t labels[3] = {0, 2, 1};

static struct nncl_dataset_source good(void)
{
    return (struct nncl_dataset_source){.type = NNCL_FLOAT32,
        .features = features,
        .labels = labels,
        .rows = 3,
        .shape = {1, 2, 1}};
}

static void expect_refused(
    const struct nncl_dataset_source *source, enum nncl_status expected, const char *message)
{
    struct nncl_dataset *dataset = NULL;
    cr_expect_eq(nncl_dataset_create(source, &dataset), expected, "for \"%s\"", message);
    cr_expect(strstr(nncl_last_error(), message), "%s", nncl_last_error());
    cr_expect_null(dataset);
}

Test(dataset, copies_and_fills_in_defaults)
{
    float own[6];
    uint32_t own_labels[3];
    memcpy(own, features, sizeof own);
    memcpy(own_labels, labels, sizeof own_labels);
    struct nncl_dataset_source source = good();
    source.features = own;
    source.labels = own_labels;
    struct nncl_dataset *dataset = NULL;
    cr_assert_eq(nncl_dataset_create(&source, &dataset), NNCL_OK, "%s", nncl_last_error());
    memset(own, 0, sizeof own);
    memset(own_labels, 0, sizeof own_labels);
    const struct nncl_dataset_source *got = nncl_dataset_get(dataset);
    cr_expect_arr_eq(got->features, features, sizeof features);
    cr_expect_arr_eq(got->labels, labels, sizeof labels);
    cr_expect_eq(got->classes, 3);
    cr_expect_float_eq(got->scale, 1.0f, 0);
    cr_expect_float_eq(got->shift, 0.0f, 0);
    nncl_dataset_free(&dataset);
    cr_expect_null(dataset);
    nncl_dataset_free(&dataset);
}

Test(dataset, bytes_are_scaled_by_255)
{
    static const uint8_t bytes[4] = {0, 1, 254, 255};
    const struct nncl_dataset_source source = {
        .type = NNCL_UINT8, .features = bytes, .rows = 4, .shape = {1, 1, 1}, .classes = 7};
    struct nncl_dataset *dataset = NULL;
    cr_assert_eq(nncl_dataset_create(&source, &dataset), NNCL_OK, "%s", nncl_last_error());
    cr_expect_null(nncl_dataset_get(dataset)->labels);
    cr_expect_eq(nncl_dataset_get(dataset)->classes, 7);
    cr_expect_float_eq(nncl_dataset_get(dataset)->scale, 1.0f / 255, 0);
    nncl_dataset_free(&dataset);
}

Test(dataset, wrong_arguments_are_refused)
{
    struct nncl_dataset_source source = good();
    source.rows = 0;
    expect_refused(&source, NNCL_USAGE, "no rows");
    source = good();
    source.features = NULL;
    expect_refused(&source, NNCL_USAGE, "no features");
    source = good();
    source.type = NNCL_UINT32;
    expect_refused(&source, NNCL_USAGE, "NNCL_UINT8");
    source = good();
    source.shape.channels = 0;
    expect_refused(&source, NNCL_USAGE, "at least 1");
    source = good();
    source.scale = NAN;
    expect_refused(&source, NNCL_USAGE, "not finite");
}

Test(dataset, sizes_that_overflow_are_refused)
{
    struct nncl_dataset_source source = good();
    source.shape = (struct nncl_picture_shape){UINT32_MAX, UINT32_MAX, UINT32_MAX};
    expect_refused(&source, NNCL_USAGE, "fit into memory");
    source.shape = (struct nncl_picture_shape){UINT32_MAX, UINT32_MAX, 1};
    expect_refused(&source, NNCL_USAGE, "fit into memory");
    source = good();
    source.rows = (size_t)UINT32_MAX + 1;
    expect_refused(&source, NNCL_USAGE, "at most");
}

Test(dataset, labels_out_of_range_name_the_row)
{
    struct nncl_dataset_source source = good();
    source.classes = 2;
    expect_refused(&source, NNCL_USAGE, "label 2 of row 1");
    static const uint32_t largest[3] = {0, 0, UINT32_MAX};
    source = good();
    source.labels = largest;
    expect_refused(&source, NNCL_USAGE, "row 2");
}

Test(dataset, features_that_are_not_finite_name_the_place)
{
    float own[6];
    memcpy(own, features, sizeof own);
    own[5] = INFINITY;
    struct nncl_dataset_source source = good();
    source.features = own;
    expect_refused(&source, NNCL_BAD_DATA, "feature 1 of row 2");
}
