/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Parts of data sets. */
#include <criterion/criterion.h>
#include <nncl/data.h>
#include <string.h>

enum { ROWS = 1000, FEATURES = 2, CLASSES = 5 };

/* Row i has the feature i and a class of which there are few or many. */
static struct nncl_dataset *make(bool labelled)
{
    static float features[ROWS][FEATURES];
    static uint32_t labels[ROWS];
    for (uint32_t row = 0; row < ROWS; row++) {
        features[row][0] = features[row][1] = (float)row;
        labels[row] = row % 100 < 60 ? 0 : row % 4 + 1;
    }
    struct nncl_dataset *dataset = NULL;
    const struct nncl_dataset_source source = {.type = NNCL_FLOAT32,
        .features = features,
        .labels = labelled ? labels : NULL,
        .rows = ROWS,
        .shape = {1, FEATURES, 1},
        .classes = labelled ? CLASSES : 0};
    cr_assert_eq(nncl_dataset_create(&source, &dataset), NNCL_OK);
    return dataset;
}

static uint32_t row_of(const struct nncl_dataset *dataset, size_t row)
{
    return (uint32_t)((const float *)nncl_dataset_get(dataset)->features)[row * FEATURES];
}

/* Marks the original rows of a part in `seen`; they must ascend and keep their labels. */
static void mark(const struct nncl_dataset *part, const struct nncl_dataset *whole, uint8_t *seen)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(part);
    for (size_t i = 0; i < source->rows; i++) {
        uint32_t row = row_of(part, i);
        cr_expect(i == 0 || row > row_of(part, i - 1));
        if (source->labels)
            cr_expect_eq(source->labels[i], nncl_dataset_get(whole)->labels[row]);
        seen[row]++;
    }
}

static void count(const struct nncl_dataset *dataset, uint32_t rows[CLASSES])
{
    memset(rows, 0, CLASSES * sizeof *rows);
    for (size_t i = 0; i < nncl_dataset_get(dataset)->rows; i++)
        rows[nncl_dataset_get(dataset)->labels[i]]++;
}

Test(split, takes_the_same_part_of_each_class)
{
    struct nncl_dataset *whole = make(true), *rest = NULL, *part = NULL;
    uint8_t seen[ROWS] = {0};
    uint32_t all[CLASSES], apart[CLASSES];
    cr_assert_eq(nncl_dataset_split(whole, 0.1, 3, &rest, &part), NNCL_OK);
    mark(rest, whole, seen);
    mark(part, whole, seen);
    for (size_t row = 0; row < ROWS; row++)
        cr_expect_eq(seen[row], 1, "row %zu", row);
    count(whole, all);
    count(part, apart);
    for (uint32_t class = 0; class < CLASSES; class ++)
        cr_expect_eq(apart[class], (all[class] + 5) / 10, "class %u", class);
    cr_expect_eq(nncl_dataset_get(part)->classes, CLASSES);
    nncl_dataset_free(&whole);
    nncl_dataset_free(&rest);
    nncl_dataset_free(&part);
}

/* Of two seeds and the first seed again; how many rows of the parts agree. */
Test(split, depends_on_the_seed_only)
{
    struct nncl_dataset *whole = make(false), *rest = NULL, *part[3] = {0};
    const uint64_t seeds[] = {1, 2, 1};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(nncl_dataset_split(whole, 0.5, seeds[i], &rest, &part[i]), NNCL_OK);
        cr_assert_eq(nncl_dataset_get(part[i])->rows, ROWS / 2);
        nncl_dataset_free(&rest);
    }
    size_t same = 0;
    for (size_t i = 0; i < ROWS / 2; i++) {
        cr_expect_eq(row_of(part[0], i), row_of(part[2], i));
        same += row_of(part[0], i) == row_of(part[1], i);
    }
    cr_expect_lt(same, ROWS / 4);
    for (size_t i = 0; i < 3; i++)
        nncl_dataset_free(&part[i]);
    nncl_dataset_free(&whole);
}

Test(split, refuses_what_leaves_a_side_empty)
{
    struct nncl_dataset *whole = make(true), *rest = NULL, *part = NULL;
    const double fractions[] = {0, 1, -0.5, 1.5, 1e-9, 1 - 1e-9};
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++)
        cr_expect_eq(nncl_dataset_split(whole, fractions[i], 1, &rest, &part), NNCL_USAGE);
    cr_expect_eq(nncl_dataset_select(whole, (uint32_t[]){ROWS}, 1, &part), NNCL_USAGE);
    cr_expect_eq(nncl_dataset_select(whole, NULL, 0, &part), NNCL_USAGE);
    cr_expect_null(rest);
    cr_expect_null(part);
    nncl_dataset_free(&whole);
}

Test(split, selects_rows_in_the_order_given)
{
    struct nncl_dataset *whole = make(true), *part = NULL;
    const uint32_t rows[] = {7, 999, 0, 7};
    cr_assert_eq(nncl_dataset_select(whole, rows, 4, &part), NNCL_OK);
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(row_of(part, i), rows[i]);
    nncl_dataset_free(&part);
    nncl_dataset_free(&whole);
}
