/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "tune/bench_digits.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/digits.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10, DRAWN = 4000 };

enum nncl_status bench_digits(size_t rows, struct nncl_dataset **digits)
{
    enum nncl_status status = NNCL_OK;
    uint8_t *pixels = malloc(rows * PIXELS);
    uint32_t *labels = malloc(rows * sizeof *labels);
    if (!pixels || !labels)
        TRY(nncl_fail_memory("digits", rows * PIXELS));
    for (size_t i = 0; i < rows; i++) {
        labels[i] = (uint32_t)(i % DRAWN % CLASSES);
        if (i < DRAWN)
            digit_draw((uint32_t)i, pixels + i * PIXELS);
        else
            memcpy(pixels + i * PIXELS, pixels + i % DRAWN * PIXELS, PIXELS);
    }
    const struct nncl_dataset_source source = {.type = NNCL_UINT8,
        .features = pixels,
        .labels = labels,
        .rows = rows,
        .shape = {SIDE, SIDE, 1},
        .classes = CLASSES};
    TRY(nncl_dataset_create(&source, digits));
out:
    free(labels);
    free(pixels);
    return status;
}
