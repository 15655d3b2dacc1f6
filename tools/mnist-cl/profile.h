/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* --profile: where the time on the device went. */
#ifndef TOOLS_MNIST_CL_PROFILE_H
#define TOOLS_MNIST_CL_PROFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include <nncl/profile.h>

struct profile_row;

/* Starts as {0}. */
struct profile {
    struct profile_row *rows; /* per phase, kernel, provider and shape */
    size_t count;
    bool failed; /* out of memory */
};

/* Adds a launch. */
void profile_add(struct profile *profile, const struct nncl_launch_time *time);

/* Prints the table to stdout. Returns an exit status. */
int profile_print(struct profile *profile);

/* The rows as an array; NULL when out of memory. */
json_t *profile_json(struct profile *profile);

void profile_free(struct profile *profile);

/* "train", "eval", "setup". */
const char *profile_phase(enum nncl_phase phase);

#endif
