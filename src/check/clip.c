/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

static const size_t sizes[] = {1, 7, 17, 65, 257, 4097, 5000, 100352};

static size_t size_count(const struct checker *checker)
{
    return check_quick(checker) ? 5 : sizeof sizes / sizeof sizes[0];
}

/* A product and a sum; where they cancel the error is of the terms. */
static void weight_decay(struct checker *checker)
{
    for (size_t i = 0; i < size_count(checker); i++) {
        struct check_case *c = check_begin(checker, "n=%zu", sizes[i]);
        nncl_tensor_id g = check_uniform(c, SHAPE(sizes[i]), -1, 1), y = 0;
        nncl_tensor_id w = check_uniform(c, SHAPE(sizes[i]), -1, 1);
        check_built(c, nncl_op_weight_decay(check_list(c), 0.3f, g, w, &y));
        check_output(c, "decayed", y, (struct check_bound){.absolute = 2 * 0x1p-24, .ulp = 1});
        check_end(c);
    }
}

static void clip_value(struct checker *checker)
{
    for (size_t i = 0; i < size_count(checker); i++) {
        struct check_case *c = check_begin(checker, "n=%zu", sizes[i]);
        nncl_tensor_id g = check_uniform(c, SHAPE(sizes[i]), -1, 1), y = 0;
        check_put(c, g, (const float[]){INFINITY, -INFINITY, NAN, -0.25f, 0.25f}, 5);
        check_built(c, nncl_op_clip_value(check_list(c), 0.25f, g, &y));
        check_output(c, "clipped", y, (struct check_bound){0});
        check_end(c);
    }
}

/* At most some hundred positive terms one after the other. */
static void square_sums(struct checker *checker)
{
    for (size_t i = 0; i < size_count(checker); i++) {
        struct check_case *c = check_begin(checker, "n=%zu", sizes[i]);
        nncl_tensor_id g = check_uniform(c, SHAPE(sizes[i]), -1, 1), y = 0;
        check_built(c, nncl_op_square_sums(check_list(c), g, NULL, &y));
        check_output(c, "sums", y, (struct check_bound){.ulp = 64});
        check_end(c);
    }
}

static void square_sums_add(struct checker *checker)
{
    for (size_t i = 0; i < size_count(checker); i++) {
        struct check_case *c = check_begin(checker, "n=%zu", sizes[i]);
        nncl_tensor_id g = check_uniform(c, SHAPE(sizes[i]), -1, 1), y = 0;
        nncl_tensor_id before = check_uniform(c, SHAPE(NNCL_NORM_PARTS), 0, 10);
        check_built(c, nncl_op_square_sums(check_list(c), g, &before, &y));
        check_output(c, "sums", y, (struct check_bound){.ulp = 64});
        check_end(c);
    }
}

/* The sum of 256 positive terms is off by some ten roundings, its root by half of that. */
static void clip_norm(struct checker *checker)
{
    static const float largest[] = {1, 1e-6f, 0};
    for (size_t i = 0; i < size_count(checker) + 2; i++) {
        const size_t n = i < size_count(checker) ? sizes[i] : 33;
        const float most = largest[i < size_count(checker) ? 0 : i - size_count(checker) + 1];
        struct check_case *c = check_begin(checker, "n=%zu, sums up to %g", n, (double)most);
        nncl_tensor_id g = check_uniform(c, SHAPE(n), -1, 1), y = 0;
        nncl_tensor_id sums = check_uniform(c, SHAPE(NNCL_NORM_PARTS), 0, most);
        check_built(c, nncl_op_clip_norm(check_list(c), 0.5f, g, sums, &y));
        check_output(c, "clipped", y, (struct check_bound){.ulp = 40});
        check_end(c);
    }
}

const struct check_op check_clip[] = {{.name = "weight_decay", .cases = weight_decay},
    {.name = "clip_value", .cases = clip_value}, {.name = "clip_norm", .cases = clip_norm},
    {.name = "square_sums", .cases = square_sums},
    {.name = "square_sums_add", .cases = square_sums_add}, {0}};
