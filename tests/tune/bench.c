/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The benchmark's figures are there, make sense, and are refused where a kernel did not do its
 * work. How fast the device is does not matter here. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/tune.h>

#include "support.h"
#include "write_damaged.h"

TestSuite(bench, .init = support_folder_make, .fini = support_folder_remove, .timeout = 120);

/* What was reported. */
struct outcome {
    size_t figures[NNCL_BENCH_PARTS], left_out[NNCL_BENCH_PARTS];
    size_t shares[NNCL_BENCH_PARTS];
    size_t calls, most_calls; /* of progress; 0: any number */
};

static void report(void *user, const struct nncl_bench_result *result)
{
    struct outcome *outcome = user;
    cr_assert_lt((unsigned)result->part, NNCL_BENCH_PARTS);
    cr_expect_str_not_empty(result->name);
    if (result->left_out) {
        outcome->left_out[result->part]++;
        cr_expect_str_not_empty(result->note);
        return;
    }
    outcome->figures[result->part]++;
    outcome->shares[result->part] += result->share > 0;
    cr_expect(result->median > 0, "%s: %g", result->name, result->median);
    cr_expect(result->low > 0 && result->low <= result->median && result->median <= result->high,
        "%s: %g is not between %g and %g", result->name, result->median, result->low, result->high);
    cr_expect(result->best > 0 && (result->best >= result->high || result->best <= result->low),
        "%s: %g", result->name, result->best);
    cr_expect_gt(result->runs, 0);
    cr_expect_str_not_empty(result->unit);
    cr_expect_eq(result->share > 0, result->bound[0] != 0, "%s", result->name);
}

static bool progress(void *user, const char *what)
{
    struct outcome *outcome = user;
    cr_expect_str_not_empty(what);
    return outcome->most_calls == 0 || ++outcome->calls <= outcome->most_calls;
}

static enum nncl_status bench(unsigned parts, struct outcome *outcome)
{
    struct nncl_device *device = support_device();
    const struct nncl_bench_options options = {.parts = parts,
        .quick = true,
        .gemm = "vector",
        .report = report,
        .progress = progress,
        .user = outcome};
    enum nncl_status status = nncl_bench(device, &options);
    nncl_device_close(&device);
    return status;
}

static void expect_part(const struct outcome *outcome, enum nncl_bench_part part, size_t fewest)
{
    const char *name = nncl_bench_part_name(part);
    cr_expect(outcome->figures[part] >= fewest, "%s: %zu figures", name, outcome->figures[part]);
    cr_expect_eq(outcome->left_out[part], 0, "%s", name);
}

Test(bench, every_part_has_its_figures)
{
    struct outcome outcome = {0};
    cr_expect_eq(bench(0, &outcome), NNCL_OK, "%s", nncl_last_error());
    expect_part(&outcome, NNCL_BENCH_PEAK, 5);
    expect_part(&outcome, NNCL_BENCH_BANDWIDTH, 2);
    expect_part(&outcome, NNCL_BENCH_LAUNCH, 2);
    expect_part(&outcome, NNCL_BENCH_TRANSFER, 5);
    expect_part(&outcome, NNCL_BENCH_GEMM, 2);
    expect_part(&outcome, NNCL_BENCH_TRAIN, 2);
    expect_part(&outcome, NNCL_BENCH_INFER, 3);
    static const enum nncl_bench_part shared[] = {
        NNCL_BENCH_PEAK, NNCL_BENCH_GEMM, NNCL_BENCH_TRAIN};
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        cr_expect_eq(outcome.shares[shared[i]], outcome.figures[shared[i]]);
}

Test(bench, only_the_parts_asked_for)
{
    struct outcome outcome = {0};
    cr_expect_eq(bench(1u << NNCL_BENCH_LAUNCH, &outcome), NNCL_OK, "%s", nncl_last_error());
    for (unsigned i = 0; i < NNCL_BENCH_PARTS; i++)
        cr_expect_eq(outcome.figures[i] > 0, i == NNCL_BENCH_LAUNCH, "%u", i);
    cr_expect_eq(bench(1u << NNCL_BENCH_PARTS, &outcome), NNCL_USAGE);
}

/* A GPU with little of everything: what does not fit is left out or made smaller. */
Test(bench, small_devices)
{
    struct outcome outcome = {0};
    setenv("NNCL_PRETEND", "work_group=64,local_memory=16384,allocation=700000,gpu=1", 1);
    cr_expect_eq(bench(0, &outcome), NNCL_OK, "%s", nncl_last_error());
    cr_expect_gt(outcome.figures[NNCL_BENCH_PEAK], 0);
    cr_expect_gt(outcome.figures[NNCL_BENCH_BANDWIDTH], 0);
    cr_expect_gt(outcome.figures[NNCL_BENCH_TRANSFER], 0);
    cr_expect_gt(outcome.figures[NNCL_BENCH_GEMM], 0);
    cr_expect_gt(outcome.left_out[NNCL_BENCH_GEMM], 0);
    cr_expect_gt(outcome.figures[NNCL_BENCH_TRAIN], 0);
    cr_expect_gt(outcome.left_out[NNCL_BENCH_TRAIN], 0);
}

Test(bench, the_caller_can_end_it)
{
    struct outcome outcome = {.most_calls = 3};
    cr_expect_eq(bench(0, &outcome), NNCL_INTERRUPTED);
    struct outcome later = {.most_calls = 2};
    cr_expect_eq(bench(1u << NNCL_BENCH_LAUNCH, &later), NNCL_INTERRUPTED);
    cr_expect_eq(later.figures[NNCL_BENCH_LAUNCH], 0);
}

Test(bench, the_reference_is_no_device_to_measure)
{
    struct nncl_device *device = NULL;
    cr_assert_eq(nncl_device_open("ref", &device), NNCL_OK);
    cr_expect_eq(nncl_bench(device, NULL), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "plain C"), "%s", nncl_last_error());
    nncl_device_close(&device);
}

Test(bench, unknown_providers_are_refused)
{
    struct nncl_device *device = support_device();
    const struct nncl_bench_options options = {.gemm = "none"};
    cr_expect_eq(nncl_bench(device, &options), NNCL_USAGE);
    nncl_device_close(&device);
}

Test(bench, parts_have_names)
{
    for (unsigned i = 0; i < NNCL_BENCH_PARTS; i++)
        cr_expect_str_not_empty(nncl_bench_part_name((enum nncl_bench_part)i));
    cr_expect_null(nncl_bench_part_name(NNCL_BENCH_PARTS));
}

/* ---- Kernels that do not do all their work ---- */

ParameterizedTestParameters(bench, damaged_kernels_are_noticed)
{
    size_t *indices = cr_calloc(DAMAGES, sizeof *indices), count = 0;
    for (size_t i = 0; i < DAMAGES; i++)
        if (!damages[i].op)
            indices[count++] = i;
    return cr_make_param_array(size_t, indices, count);
}

ParameterizedTest(size_t *index, bench, damaged_kernels_are_noticed)
{
    const struct damage *damage = &damages[*index];
    struct outcome outcome = {0};
    write_damaged(damage);
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
    unsigned parts = 1u << NNCL_BENCH_PEAK | 1u << NNCL_BENCH_BANDWIDTH | 1u << NNCL_BENCH_LAUNCH;
    cr_expect_eq(bench(parts, &outcome), NNCL_CHECK_FAILED, "%s in %s", damage->text, damage->file);
    cr_expect(strstr(nncl_last_error(), "did not do its work"), "%s", nncl_last_error());
}

/* So is a wrong product. */
Test(bench, wrong_products_are_noticed)
{
    const struct damage damage = {.file = "gemm_vector.cl",
        .text = "for (uint i = 0; i < k; i++)",
        .replacement = "for (uint i = 1; i < k; i++)"};
    struct outcome outcome = {0};
    write_damaged(&damage);
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
    cr_expect_eq(bench(1u << NNCL_BENCH_GEMM, &outcome), NNCL_CHECK_FAILED);
    cr_expect(strstr(nncl_last_error(), "256 x 256"), "%s", nncl_last_error());
}
