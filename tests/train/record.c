/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Recording a training: every launch is reported, once, at its time, and changes nothing. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "gemm/gemm.h"
#include "problem.h"
#include "support.h"

enum { ROWS = 205, EPOCHS = 2, STEPS = 7, VALIDATION_ROWS = 700, VALIDATION_STEPS = 2 };
/* Launches of an epoch around its pipelined steps, and what its last, smaller batch takes more than
 * they do. */
enum { MOST_BESIDE = 4 + 6 };

TestSuite(record, .init = support_folder_make, .fini = support_folder_remove);

struct witness {
    uint64_t launches[3]; /* by phase */
    size_t per_step;
    double first, last; /* begin of the first launch, end of the last */
    bool in_order;
    unsigned calls; /* launches by CLBlast */
};

static void note(void *user, const struct nncl_launch_time *time)
{
    struct witness *witness = user;
    witness->launches[time->phase]++;
    witness->calls += strcmp(time->launch->provider, "clblast") == 0;
    if (witness->first == 0)
        witness->first = time->begin;
    if (time->end < time->begin || time->begin < witness->last - 1e-6)
        witness->in_order = false;
    witness->last = time->end;
}

static bool look(void *user, const struct nncl_fit_progress *progress)
{
    struct witness *witness = user;
    cr_expect_eq(progress->plan != NULL, progress->event == NNCL_FIT_PLANNED);
    if (progress->plan)
        witness->per_step = nncl_plan_launch_count(progress->plan);
    return true;
}

/* The parameters after a training; recorded if there is a witness. */
static float *train(
    struct nncl_device *device, const char *gemm, struct witness *witness, size_t *count)
{
    struct nncl_dataset *data = problem_pictures(ROWS), *test = problem_pictures(VALIDATION_ROWS);
    struct nncl_model *model = problem_model("dense 16 relu, dense 10", data);
    const struct nncl_fit_options options = {.epochs = EPOCHS,
        .gemm = gemm,
        .skip_check = true,
        .callback = witness ? look : NULL,
        .user = witness};
    if (witness)
        OK(nncl_device_record(device, note, witness));
    OK(nncl_fit(device, model, data, test, &options));
    OK(nncl_device_record(device, NULL, NULL));
    float *parameters = problem_parameters(model, count);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
    nncl_dataset_free(&test);
    return parameters;
}

static void expect_recorded(struct nncl_device *device, const char *gemm)
{
    struct witness witness = {.in_order = true};
    size_t plain_count, count;
    float *plain = train(device, gemm, NULL, &plain_count);
    double before = nncl_clock();
    float *recorded = train(device, gemm, &witness, &count);
    double after = nncl_clock();
    cr_assert_eq(count, plain_count);
    cr_expect_arr_eq(recorded, plain, count * sizeof *plain, "%s: other bits", gemm);
    cr_expect_gt(witness.per_step, 0);
    /* What begins a run of pipelined steps comes on top, and what else the last batch takes. */
    const uint64_t least = EPOCHS * STEPS * witness.per_step,
                   launches = witness.launches[NNCL_PHASE_TRAIN];
    cr_expect_geq(launches, least, "%s", gemm);
    cr_expect_leq(launches, least + EPOCHS * MOST_BESIDE, "%s", gemm);
    cr_expect_gt(witness.launches[NNCL_PHASE_EVAL], 0);
    cr_expect_eq(witness.launches[NNCL_PHASE_EVAL] % (EPOCHS * VALIDATION_STEPS), 0);
    cr_expect_gt(witness.launches[NNCL_PHASE_SETUP], 0);
    cr_expect(witness.in_order, "%s", gemm);
    cr_expect_geq(witness.first, before, "%s: %g s early", gemm, before - witness.first);
    cr_expect_leq(witness.last, after, "%s: %g s late", gemm, witness.last - after);
    cr_expect_eq(witness.calls > 0, strcmp(gemm, "clblast") == 0);
    free(plain);
    free(recorded);
}

Test(record, a_training_with_each_provider)
{
    struct nncl_device *device = support_device();
    for (size_t i = 0; i < gemm_provider_count(); i++)
        expect_recorded(device, gemm_provider_get(i)->name);
    nncl_device_close(&device);
}

Test(record, a_training_on_the_reference)
{
    struct nncl_device *device = NULL;
    OK(nncl_device_open("ref", &device));
    expect_recorded(device, "auto");
    nncl_device_close(&device);
}

/* 6000 steps: more launches than the host keeps in mind at a time. */
Test(record, many_launches)
{
    struct nncl_device *device = support_device();
    struct nncl_dataset *data = problem_floats(3000, 4, 2);
    struct nncl_model *model = problem_model("dense 2", data);
    struct witness witness = {.in_order = true};
    const struct nncl_fit_options options = {
        .epochs = 2, .batch_size = 1, .skip_check = true, .callback = look, .user = &witness};
    OK(nncl_device_record(device, note, &witness));
    OK(nncl_fit(device, model, data, NULL, &options));
    OK(nncl_device_record(device, NULL, NULL));
    cr_expect_eq(witness.launches[NNCL_PHASE_TRAIN], 6000 * witness.per_step);
    cr_expect(witness.in_order);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
    nncl_device_close(&device);
}
