/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What can be tuned about a provider, and the values chosen for a product. */
#ifndef NNCL_GEMM_TUNING_H
#define NNCL_GEMM_TUNING_H

#include <stdbool.h>
#include <stddef.h>

#include "device/device.h"

struct gemm;
struct gemm_provider;

enum { GEMM_MOST_PARAMETERS = 32 };

/* One thing to tune. A provider has an array of them, ended by a name that is NULL. */
struct gemm_parameter {
    const char *name;           /* as the kernel and the tuning database call it */
    const unsigned *candidates; /* values worth trying */
    size_t count;               /* of candidates */
};

#define GEMM_PARAMETER(name, ...)                                                                  \
    {                                                                                              \
        name, (const unsigned[]){__VA_ARGS__},                                                     \
            sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned)                             \
    }

/* A value for each of a provider's parameters, in their order. */
struct gemm_parameters {
    unsigned value[GEMM_MOST_PARAMETERS];
};

/* Number of a provider's parameters; 0 if it has none. */
size_t gemm_parameter_count(const struct gemm_provider *provider);

/* The values that `provider` uses for a product: gemm->parameters if set, else what the tuning
 * database says for products like it, else the provider's own defaults. Providers call it from
 * their prepare function; all zero for a provider without parameters. */
struct gemm_parameters gemm_parameters(const struct nncl_device *device,
    const struct gemm_provider *provider, const struct gemm *gemm);

#endif
