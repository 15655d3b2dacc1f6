/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The text of an augmentation. */
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

/* Takes "name=number"; false if it is none, or too large. */
static bool read_amount(const char *word, struct nncl_augmentation *augmentation)
{
    size_t name, i = 0;
    float value;
    if (!phrase_number(word, &name, &value))
        return false;
    while (i < AMOUNTS &&
           (strlen(amounts[i].name) != name || strncmp(amounts[i].name, word, name) != 0))
        i++;
    if (i == AMOUNTS || !(value >= 0 && (double)value <= amounts[i].most))
        return false;
    if (amounts[i].offset != offsetof(struct nncl_augmentation, cutout)) {
        *(float *)(void *)((char *)augmentation + amounts[i].offset) = value;
        return true;
    }
    augmentation->cutout = (uint32_t)value;
    return value == (float)augmentation->cutout;
}

enum nncl_status nncl_augmentation_parse(const char *text, struct nncl_augmentation *augmentation)
{
    struct nncl_augmentation read = {0};
    for (const char *word = phrase_first(text); *word; word = phrase_next(word))
        if (!read_amount(word, &read))
            return nncl_fail(NNCL_USAGE,
                "the augmentation has no \"%.*s\": it is any of shift=PIXELS (to 1000), "
                "rotate=DEGREES (to 180), scale=PART (to 0.9), shear=DEGREES (to 60), noise=PART "
                "(to 1), cutout=PIXELS (to 65536), elastic=PIXELS (to 1000) with sigma=PIXELS (to "
                "10) and mixup=A (to 100), separated by spaces",
                (int)phrase_length(word), word);
    if (read.sigma != 0 && read.elastic == 0)
        return nncl_fail(NNCL_USAGE,
            "the augmentation's sigma tells how smooth an elastic deformation is: elastic=34");
    *augmentation = read;
    return NNCL_OK;
}
