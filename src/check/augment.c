/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "check/checker.h"
#include "ops/op.h"

static const struct {
    const char *name;
    size_t n;
    struct nncl_augment augment;
} kinds[] = {
    {"nothing", 3, {.seed = 1, .shape = {5, 7, 1}}},
    {"one pixel", 2, {.seed = 2, .shape = {1, 1, 1}, .by = {.shift = 1}, .fill = 0.5f}},
    {"shift", 5, {.seed = 3, .shape = {9, 6, 2}, .by = {.shift = 3}, .fill = -0.25f}},
    {"rotate", 4, {.seed = 4, .shape = {12, 12, 1}, .by = {.rotate = 180}}},
    {"scale", 4, {.seed = 5, .shape = {8, 11, 1}, .by = {.scale = 0.9f}}},
    {"shear", 4, {.seed = 6, .shape = {11, 8, 1}, .by = {.shear = 45}}},
    {"noise", 3, {.seed = 7, .shape = {5, 5, 3}, .by = {.noise = 0.5f}}},
    {"cutout", 9, {.seed = 8, .shape = {10, 10, 1}, .by = {.cutout = 5}, .fill = 0.75f}},
    {"large cutout", 3, {.seed = 9, .shape = {4, 4, 1}, .by = {.cutout = 65536}}},
    {"all of it", 33,
        {.seed = 0xfedcba9876543210,
            .shape = {28, 28, 1},
            .by = {.shift = 2,
                .rotate = 15,
                .scale = 0.15f,
                .shear = 10,
                .noise = 0.1f,
                .cutout = 8}}},
    {"all of colours", 32,
        {.seed = 10,
            .shape = {32, 32, 3},
            .by = {.shift = 4,
                .rotate = 30,
                .scale = 0.3f,
                .shear = 20,
                .noise = 0.2f,
                .cutout = 16}}},
};

/* Pixels lie in [-1, 1], so a place that is off by d changes a value by at most 4·d. Places are off
 * by some ε of the largest coordinate, which is below 80 in these cases: sine and cosine by 4
 * units, tangent by 5, products and sums by 8 more (OpenCL 1.2, section 7.4), each coordinate at
 * most doubled by shear and tenfold by scaling: 4 · 17 · 2^-24 · 80 would be 3e-4 at worst; noise
 * adds 16 units of a number below 6. */
static const struct check_bound bound = {.absolute = 3e-4};

static void one(struct checker *checker, size_t kind, bool elastic)
{
    struct check_case *c = check_begin(checker, "%s n=%zu", kinds[kind].name, kinds[kind].n);
    const struct nncl_picture_shape *shape = &kinds[kind].augment.shape;
    const size_t features = (size_t)shape->height * shape->width * shape->channels;
    const uint32_t words[NNCL_STATE_SIZE] = {
        [NNCL_STATE_POSITION] = 1000 * (uint32_t)kind, [NNCL_STATE_EPOCH] = 3};
    nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words), out = 0;
    nncl_tensor_id x = check_uniform(c, SHAPE(kinds[kind].n, features), -1, 1);
    if (elastic) {
        nncl_tensor_id field =
            check_uniform(c, SHAPE(kinds[kind].n, 2 * (size_t)shape->height * shape->width), -3, 3);
        check_built(
            c, nncl_op_augment_elastic(check_list(c), &kinds[kind].augment, state, x, field, &out));
    } else {
        check_built(c, nncl_op_augment(check_list(c), &kinds[kind].augment, state, x, &out));
    }
    check_output(c, "out", out, bound);
    check_end(c);
}

static void cases(struct checker *checker, bool elastic)
{
    const size_t count = sizeof kinds / sizeof *kinds - (check_quick(checker) ? 1 : 0);
    for (size_t kind = 0; kind < count; kind++)
        one(checker, kind, elastic);
}

static void plain(struct checker *checker)
{
    cases(checker, false);
}

static void displaced(struct checker *checker)
{
    cases(checker, true);
}

const struct check_op check_augment[] = {
    {.name = "augment", .cases = plain}, {.name = "augment_elastic", .cases = displaced}, {0}};
