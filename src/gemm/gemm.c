/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The dispatcher of matrix products. */
#include "gemm/gemm.h"

#include <string.h>

#include "base/status.h"
#include "gemm/database.h"
#include "gemm/providers.h"

#define ADDRESS(name) &gemm_##name,
static const struct gemm_provider *const providers[] = {GEMM_PROVIDERS(ADDRESS)};

size_t gemm_provider_count(void)
{
    return sizeof providers / sizeof providers[0];
}

const struct gemm_provider *gemm_provider_get(size_t index)
{
    return providers[index];
}

const struct gemm_provider *gemm_provider_find(const char *name)
{
    for (size_t i = 0; i < gemm_provider_count(); i++)
        if (strcmp(providers[i]->name, name) == 0)
            return providers[i];
    return NULL;
}

static bool is_gpu(const struct nncl_device *device)
{
    return device->info.kind == NNCL_DEVICE_GPU || device->info.kind == NNCL_DEVICE_IGPU;
}

/* Our own kernels, into which what stands around a product is folded: on GPUs by tiles, elsewhere
 * by vectors. A first run does not wait for CLBlast's compiler then. Only where a GPU computes for
 * so long that neither counts, CLBlast's larger choice of kernels is worth it. */
const struct gemm_provider *gemm_built_in_rule(
    const struct nncl_device *device, const struct gemm *gemm)
{
    const double large = 0x1p32; /* FLOP: a product of 1290 cubed */
    if (!is_gpu(device))
        return gemm_provider_find("vector");
    const struct gemm_provider *clblast = gemm_provider_find("clblast");
    double work = 2 * (double)gemm->m * (double)gemm->n * (double)gemm->k;
    return work >= large && clblast && !gemm->windows && clblast->supports(device, gemm)
               ? clblast
               : gemm_provider_find("tiled");
}

enum nncl_status gemm_check_name(const char *name)
{
    if (strcmp(name, "auto") == 0 || gemm_provider_find(name))
        return NNCL_OK;
    return nncl_fail(NNCL_USAGE,
        "there is no provider of matrix products named \"%s\" in this build; there are: "
        "auto" GEMM_PROVIDERS(GEMM_NAME_IN_TEXT),
        name);
}

static const struct gemm_provider *choose(const struct nncl_device *device, const struct gemm *gemm)
{
    const struct gemm_provider *rule = gemm_built_in_rule(device, gemm);
    /* By its sizes alone: what is chosen before anything is folded in must still be chosen after.
     */
    const struct gemm plain =
        gemm_dense(gemm->m, gemm->n, gemm->k, gemm->transpose_a, gemm->transpose_b);
    const struct tuning_record *tuned =
        tuning_find(tuning_of_device(device), device, &plain, NULL, rule);
    return tuned && (!gemm->windows || tuned->provider->reads_windows) ? tuned->provider : rule;
}

enum nncl_status gemm_choose(const struct nncl_device *device, const char *wanted,
    const struct gemm *gemm, const struct gemm_provider **provider)
{
    enum nncl_status status = gemm_check_name(wanted);
    if (status != NNCL_OK)
        return status;
    bool automatic = strcmp(wanted, "auto") == 0;
    const struct gemm_provider *found =
        automatic ? choose(device, gemm) : gemm_provider_find(wanted);
    if (!found->supports(device, gemm) ||
        (gemm->windows && (!found->reads_windows || !found->reads_windows(device, gemm))))
        return nncl_fail(NNCL_USAGE, "%s cannot compute a product of %zu x %zu x %zu on %s", wanted,
            gemm->m, gemm->n, gemm->k, device->info.name);
    *provider = found;
    return NNCL_OK;
}
