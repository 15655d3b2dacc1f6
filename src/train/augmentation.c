/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The text of an augmentation. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include <nncl/train.h>

#include "base/status.h"
#include "train/phrase.h"

/* What can be asked for, and its largest number: that of nncl_op_augment, noise being in parts of a
 * pixel's range. */
static const struct amount {
    const char *name;
    size_t offset; /* of a float; cutout alone is a whole number */
    double most;
} amounts[] = {
    {"shift", offsetof(struct nncl_augmentation, shift), 1000},
    {"rotate", offsetof(struct nncl_augmentation, rotate), 180},
    {"scale", offsetof(struct nncl_augmentation, scale), 0.9},
    {"shear", offsetof(struct nncl_augmentation, shear), 60},
    {"noise", offsetof(struct nncl_augmentation, noise), 1},
    {"cutout", offsetof(struct nncl_augmentation, cutout), 65536},
    {"elastic", offsetof(struct nncl_augmentation, elastic), 1000},
    {"sigma", offsetof(struct nncl_augmentation, sigma), 10},
    {"mixup", offsetof(struct nncl_augmentation, mixup), 100},
};

enum { AMOUNTS = sizeof amounts / sizeof *amounts };

/* Takes "name=number". */
static enum nncl_status read_amount(const char *word, struct nncl_augmentation *augmentation)
{
    const int length = (int)phrase_length(word);
    size_t name, i = 0;
    float value;
    const bool good = phrase_number(word, &name, &value);
    while (i < AMOUNTS &&
           (strlen(amounts[i].name) != name || strncmp(amounts[i].name, word, name) != 0))
        i++;
    if (i == AMOUNTS)
        return nncl_fail(NNCL_USAGE,
            "the augmentation has no \"%.*s\": it is any of shift=PIXELS (to 1000), "
            "rotate=DEGREES (to 180), scale=PART (to 0.9), shear=DEGREES (to 60), noise=PART "
            "(to 1), cutout=PIXELS (to 65536), elastic=PIXELS (to 1000) with sigma=PIXELS (to "
            "10) and mixup=A (to 100), separated by spaces",
            length, word);
    const bool whole = amounts[i].offset == offsetof(struct nncl_augmentation, cutout);
    if (!good || !(value >= 0 && (double)value <= amounts[i].most) ||
        (whole && value != floorf(value)))
        return nncl_fail(NNCL_USAGE, "the augmentation's \"%.*s\" should be %s=%s from 0 to %g",
            length, word, amounts[i].name, whole ? "a whole number" : "a number", amounts[i].most);
    if (whole)
        augmentation->cutout = (uint32_t)value;
    else
        *(float *)(void *)((char *)augmentation + amounts[i].offset) = value;
    return NNCL_OK;
}

enum nncl_status nncl_augmentation_parse(const char *text, struct nncl_augmentation *augmentation)
{
    struct nncl_augmentation read = {0};
    enum nncl_status status;
    for (const char *word = phrase_first(text); *word; word = phrase_next(word))
        if ((status = read_amount(word, &read)) != NNCL_OK)
            return status;
    if (read.sigma != 0 && read.elastic == 0)
        return nncl_fail(NNCL_USAGE,
            "the augmentation's sigma tells how smooth an elastic deformation is: elastic=34");
    *augmentation = read;
    return NNCL_OK;
}
