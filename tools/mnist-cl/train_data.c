/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/train_data.h"

#include <stdlib.h>
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

/* ---- Augmentation ---- */

static const char augmentation_words[] =
    "shift=PIXELS (to 1000), rotate=DEGREES (to 180), scale=PART (to 0.9), shear=DEGREES (to 60), "
    "noise=PART (to 1), cutout=PIXELS (to 65536), elastic=PIXELS (to 1000) with sigma=PIXELS (to "
    "10) "
    "and mixup=A (to 100)";

/* Reads one "name=number" of `length` letters; false if it is none. */
static bool read_amount(const char *word, size_t length, struct nncl_augmentation *augmentation)
{
    const struct {
        const char *name;
        float *value;
        double most;
    } amounts[] = {{"shift", &augmentation->shift, 1000}, {"rotate", &augmentation->rotate, 180},
        {"scale", &augmentation->scale, 0.9}, {"shear", &augmentation->shear, 60},
        {"noise", &augmentation->noise, 1}, {"cutout", NULL, 65536},
        {"elastic", &augmentation->elastic, 1000}, {"sigma", &augmentation->sigma, 10},
        {"mixup", &augmentation->mixup, 100}};
    const size_t name = strcspn(word, "= ");
    char *end;
    if (name + 1 >= length || word[name] != '=' ||
        strspn(word + name + 1, ".0123456789") != length - name - 1)
        return false;
    const double value = strtod(word + name + 1, &end);
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        if (strlen(amounts[i].name) != name || strncmp(amounts[i].name, word, name) != 0)
            continue;
        if (end != word + length || value > amounts[i].most)
            return false;
        const bool whole = value == (double)(uint32_t)value;
        if (!amounts[i].value && !whole)
            return false;
        if (amounts[i].value)
            *amounts[i].value = (float)value;
        else
            augmentation->cutout = (uint32_t)value;
        return true;
    }
    return false;
}

enum nncl_status train_data_augmentation(const char *text, struct nncl_augmentation *augmentation)
{
    *augmentation = (struct nncl_augmentation){0};
    for (const char *word = text; *word;) {
        word += strspn(word, " ");
        const size_t length = strcspn(word, " ");
        if (length > 0 && !read_amount(word, length, augmentation))
            return (enum nncl_status)message_fail(NNCL_USAGE,
                "--augment does not know \"%.*s\": it takes %s, separated by spaces", (int)length,
                word, augmentation_words);
        word += length;
    }
    if (augmentation->sigma != 0 && augmentation->elastic == 0)
        return (enum nncl_status)message_fail(
            NNCL_USAGE, "--augment: sigma tells how smooth an elastic deformation is: elastic=34");
    return NNCL_OK;
}

/* ---- Opening ---- */

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
