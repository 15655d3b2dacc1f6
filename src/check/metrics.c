/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

static const size_t sizes[] = {1, 2, 7, 32, 63, 64, 65, 96, 255, 257, 1024, 10007};

static void one(struct checker *checker, const char *name, size_t n, float before, float low,
    float high, double absolute)
{
    struct check_case *c = check_begin(checker, "%s n=%zu", name, n);
    nncl_tensor_id loss = check_uniform(c, SHAPE(n), low, high), batch_loss = 0;
    nncl_tensor_id predicted = check_random_uint(c, SHAPE(n), 3);
    nncl_tensor_id labels = check_random_uint(c, SHAPE(n), 3);
    const uint32_t words[NNCL_METRICS_SIZE] = {ref_bits(before), ref_bits(0), 5, 11};
    nncl_tensor_id metrics = check_uint(c, SHAPE(NNCL_METRICS_SIZE), words);
    check_built(c, nncl_op_metrics(check_list(c), loss, predicted, labels, metrics, &batch_loss));
    /* A compensated sum of each work-item, then a tree over at most 256: 2 + 8 roundings, all of
     * positive numbers, and a division. */
    check_output(c, "batch_loss", batch_loss, (struct check_bound){.ulp = 12});
    check_output(c, "metrics", metrics,
        (struct check_bound){.absolute = absolute, .float_words = NNCL_METRICS_CORRECT});
    check_end(c);
}

static void cases(struct checker *checker)
{
    size_t count = check_quick(checker) ? 9 : sizeof sizes / sizeof sizes[0];
    for (size_t i = 0; i < count; i++) {
        size_t n = sizes[i];
        /* The two words of the sum: as above, twelve units of the whole. */
        one(checker, "losses below 3", n, 2, 0, 3, 12 * 0x1p-24 * (2 + 3 * (double)n));
    }
    /* 2^25 is a float whose unit is 4: the words differ only by what was lost. */
    one(checker, "small losses on a large sum", 33, 0x1p25f, 0.01f, 0.02f, 1e-5);

    struct check_case *c = check_begin(checker, "a loss that is NaN");
    nncl_tensor_id loss = check_uniform(c, SHAPE(65), 0, 1), batch_loss = 0;
    check_put(c, loss, (const float[]){NAN}, 1);
    nncl_tensor_id classes = check_random_uint(c, SHAPE(65), 3);
    nncl_tensor_id metrics =
        check_uint(c, SHAPE(NNCL_METRICS_SIZE), (const uint32_t[NNCL_METRICS_SIZE]){0});
    check_built(c, nncl_op_metrics(check_list(c), loss, classes, classes, metrics, &batch_loss));
    check_output(c, "batch_loss", batch_loss, (struct check_bound){0});
    check_end(c);
}

const struct check_op check_metrics[] = {{.name = "metrics", .cases = cases}, {0}};
