/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "gemm/tuning.h"

#include "gemm/gemm.h"

size_t gemm_parameter_count(const struct gemm_provider *provider)
{
    size_t count = 0;
    while (provider->parameters && provider->parameters[count].name)
        count++;
    return count;
}

struct gemm_parameters gemm_parameters(
    const struct nncl_device *device, const struct gemm_provider *provider, const struct gemm *gemm)
{
    struct gemm_parameters values = {0};
    if (gemm->parameters)
        return *gemm->parameters;
    const struct gemm_built_in *built_in = gemm_built_in(device, provider);
    if (built_in)
        values = built_in->parameters;
    if (provider->defaults)
        provider->defaults(device, gemm, &values);
    return values;
}
