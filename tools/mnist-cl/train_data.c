/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/train_data.h"

#include <string.h>

#include "common/messages.h"
#include "mnist-cl/inspect.h"
#include "mnist-cl/setup.h"

static bool is_standard(const struct train_data_options *options)
{
    return strcmp(options->normalise, "standard") == 0;
}

enum nncl_status train_data_check(const struct train_data_options *options)
{
    if (is_standard(options) || strcmp(options->normalise, "unit") == 0)
        return NNCL_OK;
    return (enum nncl_status)message_fail(
        NNCL_USAGE, "--normalise needs unit or standard, not \"%s\"", options->normalise);
}

static enum nncl_status check(const struct nncl_mnist *mnist)
{
    struct inspection inspection = {0};
    enum nncl_status status = inspection_make(mnist, &inspection);
    if (status == NNCL_OK)
        inspection_say(&inspection);
    inspection_free(&inspection);
    return status;
}

/* Sets a part of the training set aside. */
static enum nncl_status split(
    double part, uint64_t seed, struct nncl_mnist *mnist, struct nncl_dataset **validation)
{
    struct nncl_dataset *rest = NULL;
    enum nncl_status status = nncl_dataset_split(mnist->train, part, seed, &rest, validation);
    if (status != NNCL_OK)
        return status;
    nncl_dataset_free(&mnist->train);
    mnist->train = rest;
    message("validation: %zu pictures set aside by seed, %zu left to train",
        nncl_dataset_get(*validation)->rows, nncl_dataset_get(rest)->rows);
    return NNCL_OK;
}

/* Gives the training set the mean 0 and the deviation 1, and the others its numbers. */
static enum nncl_status standardise(struct nncl_mnist *mnist, struct nncl_dataset *validation)
{
    struct nncl_dataset *const sets[] = {mnist->train, mnist->test, validation};
    double mean, deviation;
    enum nncl_status status = NNCL_OK;
    nncl_dataset_moments(mnist->train, &mean, &deviation);
    if (!(deviation > 0))
        return (enum nncl_status)message_fail(NNCL_BAD_DATA,
            "--normalise standard: the training pictures have the same value everywhere");
    message("normalised: mean %.4f, deviation %.4f of the training pictures", mean, deviation);
    for (size_t i = 0; i < 3 && status == NNCL_OK; i++)
        if (sets[i])
            status =
                nncl_dataset_normalise(sets[i], (float)(1 / deviation), (float)(-mean / deviation));
    return status;
}

enum nncl_status train_data_open(const struct train_data_options *options, uint64_t seed,
    struct nncl_mnist *mnist, struct nncl_dataset **validation)
{
    enum nncl_status status = setup_data(options->folder, options->labels, mnist);
    if (status == NNCL_OK && options->checks)
        status = check(mnist);
    if (status == NNCL_OK && options->validation_split > 0)
        status = split(options->validation_split, seed, mnist, validation);
    if (status == NNCL_OK && is_standard(options))
        status = standardise(mnist, *validation);
    return status;
}
