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

/* Families of devices that built-in values are made for. */
enum gemm_family {
    GEMM_ANY, /* none of the others */
    GEMM_POCL_AVX2,
    GEMM_POCL_AVX512,
    GEMM_NVIDIA_AMPERE,
    GEMM_NVIDIA_HOPPER,
    GEMM_AMD_GCN,
    GEMM_AMD_RDNA,
    GEMM_INTEL_GEN9,
    GEMM_INTEL_XE
};

/* Which one a device belongs to, by what its driver says of it. */
enum gemm_family gemm_family(const struct nncl_device *device);

/* "PoCL on AVX2", "NVIDIA Hopper"; "other devices" for GEMM_ANY. Never NULL. */
const char *gemm_family_name(enum gemm_family family);

/* Built-in values for a family. A provider has an array of them, ended by the one for GEMM_ANY,
 * which serves every device without one of its own. */
struct gemm_built_in {
    enum gemm_family family;
    bool measured; /* on such a device; else estimated from what is known of the family */
    struct gemm_parameters parameters;
};

/* The provider's entry for a device; NULL if the provider has no parameters. */
const struct gemm_built_in *gemm_built_in(
    const struct nncl_device *device, const struct gemm_provider *provider);

/* Number of a provider's parameters; 0 if it has none. */
size_t gemm_parameter_count(const struct gemm_provider *provider);

/* The values that `provider` uses for a product: gemm->parameters if set, else what the tuning
 * database says for products like it, else the provider's own defaults. Providers call it from
 * their prepare function; all zero for a provider without parameters. */
struct gemm_parameters gemm_parameters(const struct nncl_device *device,
    const struct gemm_provider *provider, const struct gemm *gemm);

/* The provider's own values for a product, whatever the database says. */
struct gemm_parameters gemm_defaults(const struct nncl_device *device,
    const struct gemm_provider *provider, const struct gemm *gemm);

/* " (tuned: ROWS=4 VECTORS=2)" for the log; "" for a provider without parameters. */
void gemm_describe(const struct nncl_device *device, const struct gemm_provider *provider,
    const struct gemm *gemm, char *text, size_t size);

/* What the database says of a device, as a short text that changes with it: "built in" if
 * nothing. */
enum { GEMM_TUNING_KEY = 20 };
void gemm_tuning_key(const struct nncl_device *device, char key[GEMM_TUNING_KEY]);

#endif
