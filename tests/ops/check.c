/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every op on every device, by the same runner as `cltool check`: some ops in each test; by
 * providers of products that do not serve the device, small shapes only, since each kernel of
 * theirs takes a second to build. A program for devices alone, so that a skip shows; ref is checked
 * by another run of it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/check.h>

#include "device/device.h"
#include "support.h"

TestSuite(ops, .init = support_folder_make, .fini = support_folder_remove);

/* Some ops on a device; selector "": the device under test, which may be none. */
struct part {
    size_t first; /* op */
    char selector[32];
};

/* Opening a device takes longer than checking an op, so some share one. */
enum { MAX_DEVICES = 16, SHARE = 8 };

/* Each eligible device; "" alone if there is none, or one is asked for with $NNCL_TEST_DEVICE. */
static size_t selectors(char (*selector)[32])
{
    size_t count = 0;
    struct nncl_device_list *list = NULL;
    if (!getenv("NNCL_TEST_DEVICE") && nncl_device_list_create(&list) == NNCL_OK) {
        for (size_t i = 0; i < nncl_device_list_count(list) && count < MAX_DEVICES; i++) {
            const struct nncl_device_info *info = nncl_device_list_get(list, i);
            if (info->eligible)
                strcpy(selector[count++], info->selector);
        }
    }
    nncl_device_list_free(&list);
    if (count == 0)
        strcpy(selector[count++], "");
    return count;
}

ParameterizedTestParameters(ops, check)
{
    char selector[MAX_DEVICES][32];
    size_t devices = selectors(selector), count = 0;
    struct part *parts = cr_calloc(nncl_check_op_count() * devices, sizeof *parts);
    for (size_t first = 0; first < nncl_check_op_count(); first += SHARE)
        for (size_t i = 0; i < devices; i++) {
            parts[count].first = first;
            strcpy(parts[count++].selector, selector[i]);
        }
    return cr_make_param_array(struct part, parts, count);
}

static void report(void *user, const struct nncl_check_result *result)
{
    const char *where = user;
    cr_expect(result->passed, "%s on %s: %s", result->op, where, result->failure);
    cr_expect(result->deterministic, "%s on %s is nondeterministic", result->op, where);
    cr_expect_gt(result->cases, 0);
}

ParameterizedTest(struct part *part, ops, check)
{
    struct nncl_device *device = NULL;
    if (part->selector[0])
        cr_assert_eq(nncl_device_open(part->selector, &device), NNCL_OK, "%s", nncl_last_error());
    else
        device = support_device();
    for (size_t i = part->first; i < part->first + SHARE && i < nncl_check_op_count(); i++) {
        struct nncl_check_options options = {
            .op = nncl_check_op_name(i), .gemm = "auto", .report = report, .user = part->selector};
        cr_expect_eq(nncl_check(device, &options), NNCL_OK, "%s", nncl_last_error());
        options.gemm = NULL;
        options.quick = true;
        cr_expect_eq(nncl_check(device, &options), NNCL_OK, "%s", nncl_last_error());
    }
    nncl_device_close(&device);
}

ParameterizedTestParameters(ops, kernels_are_right_when_spread_as_on_a_gpu)
{
    static uint64_t groups[] = {4096, 1};
    return cr_make_param_array(uint64_t, groups, sizeof groups / sizeof groups[0]);
}

/* How work is cut depends on the kind of device: here on one that passes for a GPU, with its
 * largest work-groups and with the smallest; what is between, Oclgrind runs in tests/cli. */
ParameterizedTest(uint64_t *group, ops, kernels_are_right_when_spread_as_on_a_gpu)
{
    struct nncl_device *device = support_device();
    struct nncl_device_info *info = &device->info;
    if (info->kind == NNCL_DEVICE_REF)
        cr_skip_test("there are no kernels on ref");
    info->kind = NNCL_DEVICE_GPU;
    info->native_vector_float = 1;
    if (info->max_work_group > *group)
        info->max_work_group = *group;
    struct nncl_check_options options = {
        .quick = true, .gemm = "vector", .report = report, .user = "a CPU spread as a GPU"};
    cr_expect_eq(nncl_check(device, &options), NNCL_OK, "%s", nncl_last_error());
    options.op = "matmul";
    options.gemm = "tiled";
    cr_expect_eq(nncl_check(device, &options), NNCL_OK, "%s", nncl_last_error());
    nncl_device_close(&device);
}

/* How a pipelined step cuts the hidden layer depends on the width of vectors. */
Test(ops, steps_are_right_with_wide_vectors)
{
    struct nncl_device *device = support_device();
    if (device->info.kind == NNCL_DEVICE_REF)
        cr_skip_test("there are no kernels on ref");
    device->info.native_vector_float = 16;
    device->info.compute_units = 2;
    const struct nncl_check_options options = {.op = "matmul+softmax_xent+steps",
        .gemm = "vector",
        .report = report,
        .user = "wide vectors"};
    cr_expect_eq(nncl_check(device, &options), NNCL_OK, "%s", nncl_last_error());
    nncl_device_close(&device);
}

ParameterizedTestParameters(ops, products_are_right_with_little_local_memory)
{
    static unsigned widths[] = {4, 16};
    return cr_make_param_array(unsigned, widths, sizeof widths / sizeof widths[0]);
}

/* Large products are cut into blocks by the local memory there is; here with vectors narrower and
 * wider than most CPUs', which tests/cli/cltool_device.c has. */
ParameterizedTest(unsigned *width, ops, products_are_right_with_little_local_memory)
{
    struct nncl_device *device = support_device();
    struct nncl_device_info *info = &device->info;
    if (info->kind == NNCL_DEVICE_REF)
        cr_skip_test("there are no kernels on ref");
    info->local_memory = 16384;
    info->native_vector_float = *width;
    const struct nncl_check_options options = {
        .op = "matmul", .gemm = "vector", .report = report, .user = "little local memory"};
    cr_expect_eq(nncl_check(device, &options), NNCL_OK, "%s", nncl_last_error());
    nncl_device_close(&device);
}

/* Ops reported so far, one after the other, each once or by several providers. */
struct reported {
    size_t count;
    char last[96];
};

static void count_report(void *user, const struct nncl_check_result *result)
{
    struct reported *reported = user;
    const char *provider = strstr(result->op, " (");
    char name[sizeof reported->last];
    snprintf(name, sizeof name, "%.*s",
        provider ? (int)(provider - result->op) : (int)sizeof name - 1, result->op);
    reported->count += strcmp(name, reported->last) != 0;
    strcpy(reported->last, name);
}

/* A quick check covers every op. */
Test(ops, quick_check_is_whole)
{
    struct nncl_device *device = support_device();
    struct reported reported = {0};
    const struct nncl_check_options options = {
        .quick = true, .gemm = "auto", .report = count_report, .user = &reported};
    cr_assert_eq(nncl_check(device, &options), NNCL_OK, "%s", nncl_last_error());
    cr_expect_eq(reported.count, nncl_check_op_count());
    nncl_device_close(&device);
}
