/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"

static const struct {
    const char *name;
    float batch_loss;
    uint32_t batch, count;
    uint32_t before[NNCL_STATE_SIZE];
} steps[] = {
    {"first step", 2.3f, 32, 60000, {0, 0, 0, 0x3a83126f}},
    {"inside an epoch", 0.5f, 32, 100, {7, 32, 1, 0x3a83126f}},
    {"end of an epoch", 0.5f, 4, 100, {7, 96, 1, 0x3a83126f}},
    {"one batch an epoch", 0, 100, 100, {7, 0, 7}},
    {"loss is NaN", NAN, 32, 100, {7, 32, 1, 0x3a83126f}},
    {"loss is infinite", INFINITY, 4, 100, {7, 96, 1, 0x3a83126f}},
    {"after a bad step", 0.5f, 32, 100, {7, 32, 1, 0x3a83126f, 5}},
    {"after a bad step, NaN again", -NAN, 32, 100, {7, 32, 1, 0x3a83126f, 5}},
};

static void cases(struct checker *checker)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct check_case *c = check_begin(checker, "%s", steps[i].name);
        nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &steps[i].batch_loss);
        nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), steps[i].before);
        const struct nncl_advance_state advance = {
            .batch = steps[i].batch, .count = steps[i].count};
        check_built(c, nncl_op_advance_state(check_list(c), &advance, batch_loss, state));
        check_output(c, "state", state, (struct check_bound){0});
        check_end(c);
    }
}

const struct check_op check_advance_state[] = {{.name = "advance_state", .cases = cases}, {0}};
