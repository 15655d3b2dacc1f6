/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The host must not wait for the device at each step, and the device is checked only once. */
#include <criterion/criterion.h>
#include <string.h>

#include "problem.h"
#include "support.h"

TestSuite(waits, .init = support_folder_make, .fini = support_folder_remove);

struct witness {
    struct nncl_device *device;
    uint64_t before, after;
    uint32_t steps, checks;
};

static bool look(void *user, const struct nncl_fit_progress *progress)
{
    struct witness *witness = user;
    if (progress->event == NNCL_FIT_CHECK)
        witness->checks++;
    if (progress->event == NNCL_FIT_EPOCH_BEGIN)
        witness->before = nncl_device_host_waits(witness->device);
    if (progress->event == NNCL_FIT_EPOCH_END)
        witness->after = nncl_device_host_waits(witness->device);
    witness->steps = progress->steps;
    return true;
}

Test(waits, at_most_one_in_100_steps)
{
    struct nncl_device *device = support_device();
    struct nncl_dataset *train = problem_pictures(40000), *test = problem_pictures(1000);
    struct nncl_model *model = problem_model("dense 128 relu, dense 10", train);
    struct witness witness = {.device = device};
    const struct nncl_fit_options options = {
        .epochs = 1, .skip_check = true, .callback = look, .user = &witness};
    OK(nncl_fit(device, model, train, test, &options));
    uint64_t waits = witness.after - witness.before;
    cr_expect_eq(witness.steps, 1250);
    cr_expect_gt(waits, 0);
    cr_expect_leq(waits, witness.steps / 100, "%u waits", (unsigned)waits);
    nncl_model_free(&model);
    nncl_dataset_free(&train);
    nncl_dataset_free(&test);
    nncl_device_close(&device);
}

static uint32_t checks_of_a_fit(struct nncl_device *device)
{
    struct nncl_dataset *data = problem_floats(64, 8, 2);
    struct nncl_model *model = problem_model("dense 4 relu, dense 2", data);
    struct witness witness = {.device = device};
    const struct nncl_fit_options options = {.epochs = 1, .callback = look, .user = &witness};
    OK(nncl_fit(device, model, data, NULL, &options));
    nncl_model_free(&model);
    nncl_dataset_free(&data);
    return witness.checks;
}

Test(waits, a_device_is_checked_once)
{
    struct nncl_device *device = support_device(), *reference = NULL;
    cr_expect_eq(checks_of_a_fit(device), 1);
    cr_expect_eq(checks_of_a_fit(device), 0);
    OK(nncl_device_open("ref", &reference));
    cr_expect_eq(checks_of_a_fit(reference), 0);
    nncl_device_close(&device);
    nncl_device_close(&reference);
}
