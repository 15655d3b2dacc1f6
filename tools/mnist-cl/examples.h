/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pictures that a model reads wrongly or rightly, and drawing them. */
#ifndef TOOLS_MNIST_CL_EXAMPLES_H
#define TOOLS_MNIST_CL_EXAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/data.h>

/* A picture and what was read in it. */
struct example {
    size_t row;
    uint32_t label, predicted;
    float probability; /* of the class predicted */
};

/* Those of one kind: errors with the surest first, others in the data set's order. */
struct examples {
    struct example *items;
    size_t count; /* kept */
    size_t found; /* of this kind, kept or not */
};

/* Finds at most `most` pictures that were read wrongly, or rightly, by probabilities
 * [rows][classes]. Free with examples_free. Says its own failure. */
enum nncl_status examples_find(const struct nncl_dataset_source *source, const float *probabilities,
    bool wrong, size_t most, struct examples *examples);
void examples_free(struct examples *examples);

/* Writes a sheet of errors as PNG, each with its true and its predicted class. Says its own
 * failure. */
enum nncl_status examples_write_errors(
    const struct examples *errors, const struct nncl_dataset_source *source, const char *path);

#endif
