/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The check of a device: all ops, one after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "check/families.h"
#include "check/run.h"
#include "gemm/gemm.h"

#define FAMILY(name) check_##name,
static const struct check_op *const families[] = {CHECK_FAMILIES(FAMILY)};
enum { FAMILIES = sizeof families / sizeof families[0] };

/* The op of that number, or NULL beyond the last. */
static const struct check_op *op_get(size_t index)
{
    for (size_t i = 0; i < FAMILIES; i++)
        for (const struct check_op *op = families[i]; op->name; op++)
            if (index-- == 0)
                return op;
    return NULL;
}

size_t nncl_check_op_count(void)
{
    size_t count = 0;
    while (op_get(count))
        count++;
    return count;
}

const char *nncl_check_op_name(size_t index)
{
    const struct check_op *op = op_get(index);
    return op ? op->name : NULL;
}

/* Of a whole check. */
struct run {
    struct checker checker;
    const struct nncl_check_options *options;
    struct text failed; /* the names of the ops that failed */
    char first_failure[1024];
};

static void note_result(struct run *run)
{
    struct nncl_check_result *result = &run->checker.result;
    if (!result->passed) {
        if (run->failed.size == 0)
            snprintf(run->first_failure, sizeof run->first_failure, "%s", run->checker.failure);
        text_append(&run->failed, "%s%s", run->failed.size ? ", " : "", result->op);
    }
    if (run->options->report)
        run->options->report(run->options->user, result);
}

/* Has the programs of all of an op's cases built as one, when the first is used: many drivers take
 * as long to begin one as to build it. The cases are put to a stand-in for the device; what goes
 * wrong there will go wrong, and count, on the device. */
static void want_programs(struct checker *checker, const struct check_op *op)
{
    struct nncl_device *const device = checker->device;
    struct nncl_device *dry = NULL;
    if (device_is_host(device) || checker->brief) /* then few of them run */
        return;
    device_want_no_programs(device);
    nncl_error_hold();
    if (device_dry_open(device, &dry) == NNCL_OK) {
        checker->device = dry;
        op->cases(checker);
        checker->device = device;
        nncl_device_close(&dry);
    }
    nncl_error_restore();
}

static void check_one(struct run *run, const struct check_op *op, const char *provider)
{
    struct checker *checker = &run->checker;
    if (provider)
        snprintf(checker->label, sizeof checker->label, "%s (%s)", op->name, provider);
    else
        snprintf(checker->label, sizeof checker->label, "%s", op->name);
    checker->gemm = provider;
    checker->failure[0] = 0;
    checker->result = (struct nncl_check_result){
        .op = checker->label, .passed = true, .deterministic = true, .failure = checker->failure};
    want_programs(checker, op);
    op->cases(checker);
    note_result(run);
}

static const struct gemm any_product = {
    .m = 1, .n = 1, .k = 1, .lda = 1, .ldb = 1, .ldc = 1, .alpha = 1};

static void check_provider(struct run *run, const struct check_op *op, const char *name)
{
    struct hold hold;
    (void)hold_products(run->checker.device, name, &hold);
    check_one(run, op, name);
    hold_release(&hold);
}

/* The provider asked for; for "auto" the one that serves by default. */
static void check_one_provider(struct run *run, const struct check_op *op, const char *wanted)
{
    const struct gemm_provider *provider;
    enum nncl_status status = gemm_choose(run->checker.device, wanted, &any_product, &provider);
    check_provider(run, op, status == NNCL_OK ? provider->name : wanted);
}

/* `ref` has no providers but its one function. */
static void check_products(struct run *run, const struct check_op *op)
{
    if (device_is_host(run->checker.device)) {
        check_one(run, op, NULL);
        return;
    }
    if (run->options->gemm) {
        check_one_provider(run, op, run->options->gemm);
        return;
    }
    for (size_t i = 0; i < gemm_provider_count(); i++) {
        const struct gemm_provider *provider = gemm_provider_get(i);
        if (provider->supports(run->checker.device, &any_product))
            check_provider(run, op, provider->name);
    }
}

static bool reads_windows(const struct run *run, const struct gemm_provider *provider)
{
    static const struct gemm_windows one = {
        .window = {1, 1, 1, 1, 1, 1, .stride = 1, .dilation = 1}, .channels = 1, .spacing = 1};
    struct gemm convolution = any_product;
    convolution.windows = &one;
    const char *wanted = run->options->gemm;
    return provider->reads_windows && provider->supports(run->checker.device, &convolution) &&
           provider->reads_windows(run->checker.device, &convolution) &&
           (!wanted || strcmp(wanted, "auto") == 0 || strcmp(wanted, provider->name) == 0);
}

/* Convolutions both ways. */
static void check_ways(struct run *run, const struct check_op *op)
{
    struct nncl_device *device = run->checker.device;
    const enum nncl_convolution before = device->convolution;
    nncl_device_set_convolution(device, NNCL_CONVOLUTION_DIRECT);
    check_one(run, op, NULL);
    nncl_device_set_convolution(device, NNCL_CONVOLUTION_PRODUCT);
    for (size_t i = 0; i < gemm_provider_count() && !device_is_host(device); i++)
        if (reads_windows(run, gemm_provider_get(i)) && !checker_is_done(&run->checker))
            check_one(run, op, gemm_provider_get(i)->name);
    nncl_device_set_convolution(device, before);
}

static enum nncl_status outcome(const struct run *run)
{
    const struct checker *checker = &run->checker;
    const char *name = checker->device->info.name;
    if ((checker->completed == 0 && checker->error != NNCL_OK) ||
        checker->error == NNCL_DEVICE_LOST || checker->error == NNCL_USAGE)
        return nncl_fail(checker->error, "checking %s: %s", name, checker->error_text);
    if (run->failed.size == 0)
        return NNCL_OK;
    return nncl_fail(NNCL_CHECK_FAILED, "%s fails the check of %s (first: %s)", name,
        run->failed.bytes ? run->failed.bytes : "some ops", run->first_failure);
}

static bool op_known(const char *name)
{
    for (size_t i = 0; i < nncl_check_op_count(); i++)
        if (strcmp(nncl_check_op_name(i), name) == 0)
            return true;
    return false;
}

static enum nncl_status check_options(const struct nncl_check_options *options)
{
    if (options->op && !op_known(options->op))
        return nncl_fail(NNCL_USAGE, "there is no op \"%s\" to check", options->op);
    return options->gemm ? gemm_check_name(options->gemm) : NNCL_OK;
}

static enum nncl_status check_ops(
    struct nncl_device *device, const struct nncl_check_options *options, bool brief)
{
    static const struct nncl_check_options all = {0};
    struct run run = {.options = options ? options : &all, .checker.brief = brief};
    enum nncl_status status;
    run.checker.device = device;
    run.checker.quick = run.options->quick;
    run.checker.runs = run.options->runs ? run.options->runs : 3;
    TRY(check_options(run.options));
    TRY(nncl_device_open("ref", &run.checker.reference));
    const struct check_op *op;
    for (size_t i = 0; (op = op_get(i)); i++) {
        if (run.options->op && strcmp(run.options->op, op->name) != 0)
            continue;
        if (op->products)
            check_products(&run, op);
        else if (op->windows)
            check_ways(&run, op);
        else
            check_one(&run, op, NULL);
    }
    status = outcome(&run);
out:
    nncl_device_close(&run.checker.reference);
    free(run.failed.bytes);
    return status;
}

enum nncl_status nncl_check(struct nncl_device *device, const struct nncl_check_options *options)
{
    return check_ops(device, options, false);
}

enum nncl_status check_briefly(struct nncl_device *device, const struct nncl_check_options *options)
{
    return check_ops(device, options, true);
}
