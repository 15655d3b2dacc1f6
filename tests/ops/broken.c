/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The check must see wrong kernels: each one is broken on purpose, and the check has to name that
 * op and no other. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/check.h>

#include "check/run.h"
#include "device/device.h"
#include "support.h"
#include "write_damaged.h"

TestSuite(broken, .init = support_folder_make, .fini = support_folder_remove);

struct outcome {
    const struct damage *damage;
    bool named;
};

static void report(void *user, const struct nncl_check_result *result)
{
    struct outcome *outcome = user;
    bool expected = strcmp(result->op, outcome->damage->op) == 0;
    outcome->named = outcome->named || (expected && !result->passed);
    bool folded = strpbrk(result->op, "+,") != NULL; /* several ops in one case */
    /* adamw on adam, augment_elastic on augment: by the name */
    const char *op = outcome->damage->op;
    bool built_on = strncmp(result->op, op, strcspn(op, " ")) == 0;
    cr_expect(expected || folded || built_on || result->passed, "%s in %s: also %s fails: %s",
        outcome->damage->text, outcome->damage->file, result->op, result->failure);
}

ParameterizedTestParameters(broken, kernel_is_found)
{
    size_t *indices = cr_calloc(DAMAGES, sizeof *indices);
    size_t count = 0;
    for (size_t i = 0; i < DAMAGES; i++)
        if (damages[i].op)
            indices[count++] = i;
    return cr_make_param_array(size_t, indices, count);
}

/* Whether it is found with that provider of products. */
static bool is_tiled(const struct damage *damage)
{
    return strstr(damage->op, "(tiled)") != NULL;
}

/* Whether `op`, named without its provider, is the one that has to be found. */
static bool is_wanted(const struct damage *damage, const char *op)
{
    size_t length = strlen(op);
    return strncmp(damage->op, op, length) == 0 &&
           (damage->op[length] == '\0' || damage->op[length] == ' ');
}

/* Whether it is the op's backward pass, or the op is its: they share kernels and formulas. What
 * else uses the damaged file is left out: all programs that include it would be built, for minutes.
 */
static bool is_relative(const struct damage *damage, const char *op)
{
    const size_t length = strlen(op), wanted = strcspn(damage->op, " ");
    const bool shorter = length < wanted;
    return strncmp(op, damage->op, shorter ? length : wanted) == 0 &&
           (shorter ? damage->op[length] : op[wanted]) == '_';
}

ParameterizedTest(size_t *index, broken, kernel_is_found)
{
    struct outcome outcome = {.damage = &damages[*index]};
    const struct damage *damage = outcome.damage;
    write_damaged(damage);
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
    struct nncl_device *device = support_device();
    if (strcmp(damage->kernel, "update_forward") == 0) { /* used with wide vectors only */
        device->info.native_vector_float = 16;
        device->info.compute_units = 2;
    }
    for (size_t i = 0; i < nncl_check_op_count(); i++) {
        const struct nncl_check_options options = {.op = nncl_check_op_name(i),
            .quick = true,
            .gemm = is_tiled(damage) ? "tiled" : "vector",
            .report = report,
            .user = &outcome};
        if (is_wanted(damage, options.op) || is_relative(damage, options.op))
            (void)check_briefly(device, &options); /* the report sees what fails */
    }
    cr_expect(outcome.named, "%s in %s: not named", damage->text, damage->file);
    nncl_device_close(&device);
}

/* A whole check goes on behind a failure, and its message names all that failed. */
Test(broken, all_failures_are_named)
{
    const struct damage damage = {
        .file = "softmax.h.cl", .text = "/ sum", .replacement = "/ (sum + 1.0f)"};
    write_damaged(&damage);
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
    struct nncl_device *device = support_device();
    const struct nncl_check_options options = {.quick = true, .gemm = "vector"};
    cr_expect_eq(nncl_check(device, &options), NNCL_CHECK_FAILED);
    cr_expect(strstr(nncl_last_error(), "fails the check of softmax, softmax_xent_backward"), "%s",
        nncl_last_error());
    nncl_device_close(&device);
}

/* A kernel that does not build fails its own op; if nothing else ran, that is the outcome. */
Test(broken, kernels_that_do_not_build_are_named)
{
    const struct damage damage = {
        .file = "softmax.cl", .text = "kernel void", .replacement = "kernel vold"};
    write_damaged(&damage);
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
    struct nncl_device *device = support_device();
    struct nncl_check_options options = {.quick = true, .gemm = "vector"};
    cr_expect_eq(nncl_check(device, &options), NNCL_CHECK_FAILED);
    cr_expect(strstr(nncl_last_error(), "cl/softmax.cl:"), "%s", nncl_last_error());
    options.op = "softmax";
    cr_expect_eq(nncl_check(device, &options), NNCL_BUILD_FAILED);
    cr_expect(strstr(nncl_last_error(), "cl/softmax.cl:"), "%s", nncl_last_error());
    nncl_device_close(&device);
}
