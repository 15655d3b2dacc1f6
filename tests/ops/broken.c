/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The check must see wrong kernels: each one is broken on purpose, and the check has to name that
 * op; of a whole check, no other. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/check.h>

#include "check/run.h"
#include "device/opencl_device.h"
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
    cr_expect(expected || result->passed, "%s in %s: also %s fails: %s", outcome->damage->text,
        outcome->damage->file, result->op, result->failure);
}

/* A device takes longer to open and to build its first kernel for than a damaged kernel takes, so
 * some share one. */
enum { SHARE = 10 };

ParameterizedTestParameters(broken, kernels_are_found)
{
    const size_t count = (DAMAGES + SHARE - 1) / SHARE;
    size_t *firsts = cr_calloc(count, sizeof *firsts);
    for (size_t i = 0; i < count; i++)
        firsts[i] = i * SHARE;
    return cr_make_param_array(size_t, firsts, count);
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

static void expect_found(struct nncl_device *device, const struct damage *damage)
{
    struct outcome outcome = {.damage = damage};
    for (size_t i = 0; i < nncl_check_op_count(); i++) {
        const struct nncl_check_options options = {.op = nncl_check_op_name(i),
            .quick = true,
            .runs = 1,
            .gemm = is_tiled(damage) ? "tiled" : "vector",
            .report = report,
            .user = &outcome};
        if (is_wanted(damage, options.op))
            (void)check_briefly(device, &options); /* the report sees what fails */
    }
    cr_expect(outcome.named, "%s in %s: not named", damage->text, damage->file);
}

ParameterizedTest(size_t *first, broken, kernels_are_found)
{
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
    struct nncl_device *device = support_device();
    for (size_t i = *first; i < *first + SHARE && i < DAMAGES; i++) {
        if (!damages[i].op)
            continue;
        write_damaged(&damages[i]);
        expect_found(device, &damages[i]);
        cr_assert_eq(remove(damages[i].file), 0);
        opencl_programs_free(&opencl_device(device)->programs);
    }
    nncl_device_close(&device);
}

/* A whole check goes on behind a failure, and its message names all that failed and nothing else.
 */
Test(broken, all_failures_are_named)
{
    const struct damage damage = {
        .file = "softmax.h.cl", .text = "/ sum", .replacement = "/ (sum + 1.0f)"};
    write_damaged(&damage);
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
    struct nncl_device *device = support_device();
    const struct nncl_check_options options = {.quick = true, .gemm = "vector"};
    cr_expect_eq(nncl_check(device, &options), NNCL_CHECK_FAILED);
    cr_expect(strstr(nncl_last_error(), "fails the check of softmax, softmax_xent_backward, "
                                        "soft_xent_backward (first: "),
        "%s", nncl_last_error());
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
