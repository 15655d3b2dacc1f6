/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"

enum { SOURCE_ROWS = 61 };

/* Rows of a batch and features. */
static const size_t shapes[][2] = {
    {1, 1}, {32, 37}, {7, 16}, {33, 65}, {32, 784}, {256, 784}, {5, 5000}};

static size_t shape_count(const struct checker *checker)
{
    return check_quick(checker) ? 5 : sizeof shapes / sizeof shapes[0];
}

/* A product and a sum, rounded once or twice: |x · scale| and |shift| are at most 1 in these cases,
 * and where they do not cancel two units in the last place hold. */
static const struct check_bound product_and_sum = {.absolute = 0x1p-23, .ulp = 2};

static void features(struct checker *checker, bool bytes, size_t n, size_t width)
{
    struct check_case *c =
        check_begin(checker, "%s n=%zu f=%zu", bytes ? "uint8" : "float32", n, width);
    nncl_tensor_id out = 0;
    nncl_tensor_id source = bytes ? check_random_byte(c, SHAPE(SOURCE_ROWS, width))
                                  : check_uniform(c, SHAPE(SOURCE_ROWS, width), -1, 1);
    nncl_tensor_id rows = check_random_uint(c, SHAPE(n), SOURCE_ROWS);
    const struct nncl_gather gather = {.scale = bytes ? 1.0f / 255 : 1, .shift = n % 2 ? -0.5f : 0};
    check_built(c, nncl_op_gather(check_list(c), &gather, source, rows, &out));
    check_output(c, "out", out, product_and_sum);
    check_end(c);
}

static void labels(struct checker *checker, size_t n)
{
    struct check_case *c = check_begin(checker, "uint32 n=%zu", n);
    nncl_tensor_id source = check_random_uint(c, SHAPE(SOURCE_ROWS), UINT32_MAX), out = 0;
    nncl_tensor_id rows = check_random_uint(c, SHAPE(n), SOURCE_ROWS);
    check_built(c, nncl_op_gather(check_list(c), NULL, source, rows, &out));
    check_output(c, "out", out, (struct check_bound){0});
    check_end(c);
}

static void cases(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        features(checker, true, shapes[i][0], shapes[i][1]);
        features(checker, false, shapes[i][0], shapes[i][1]);
        labels(checker, shapes[i][0]);
    }
    labels(checker, 4097);
}

const struct check_op check_gather[] = {{.name = "gather", .cases = cases}, {0}};
