/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which family a device belongs to, and the values built in for it. */
#include <ctype.h>
#include <string.h>

#include "device/opencl.h"
#include "gemm/gemm.h"

static bool has(const char *text, const char *part)
{
    return strcasestr(text, part) != NULL;
}

/* "gfx1030": the digits before the last two are the generation, from 10 on RDNA. The last two may
 * be letters. 0: no such name. */
static unsigned gfx_generation(const char *name)
{
    const char *gfx = strcasestr(name, "gfx");
    unsigned generation = 0;
    size_t digits = gfx ? strspn(gfx + 3, "0123456789abcdef") : 0;
    for (size_t i = 0; i + 2 < digits && isdigit((unsigned char)gfx[3 + i]); i++)
        generation = generation * 10 + (unsigned)(gfx[3 + i] - '0');
    return generation;
}

static enum gemm_family amd_family(const char *name)
{
    unsigned generation = gfx_generation(name);
    if (generation >= 10 || has(name, "navi") || has(name, "rembrandt") || has(name, "phoenix"))
        return GEMM_AMD_RDNA;
    static const char *const older[] = {"vega", "polaris", "fiji", "tonga", "hawaii", "tahiti",
        "raven", "renoir", "ellesmere", "baffin", "bonaire", "pitcairn", "verde"};
    for (size_t i = 0; i < sizeof older / sizeof older[0]; i++)
        if (has(name, older[i]))
            return GEMM_AMD_GCN;
    return generation > 0 ? GEMM_AMD_GCN : GEMM_ANY;
}

/* NVIDIA's driver tells the compute capability (cl_nv_device_attribute_query). */
static enum gemm_family nvidia_family(const struct nncl_device *device)
{
    enum { COMPUTE_CAPABILITY_MAJOR_NV = 0x4000 };
    cl_uint major = 0;
    if (device_is_host(device) ||
        clGetDeviceInfo(((const struct opencl_device *)device)->id, COMPUTE_CAPABILITY_MAJOR_NV,
            sizeof major, &major, NULL) != CL_SUCCESS)
        return GEMM_ANY;
    return major == 8 ? GEMM_NVIDIA_AMPERE : major == 9 ? GEMM_NVIDIA_HOPPER : GEMM_ANY;
}

static enum gemm_family intel_family(const char *name)
{
    if (has(name, "Xe") || has(name, "Arc") || has(name, "[0x56"))
        return GEMM_INTEL_XE;
    return has(name, "HD Graphics") ? GEMM_INTEL_GEN9 : GEMM_ANY;
}

enum gemm_family gemm_family(const struct nncl_device *device)
{
    const struct nncl_device_info *info = &device->info;
    if (info->kind == NNCL_DEVICE_CPU && has(info->platform, "Portable Computing Language"))
        return info->native_vector_float == 16  ? GEMM_POCL_AVX512
               : info->native_vector_float == 8 ? GEMM_POCL_AVX2
                                                : GEMM_ANY;
    if (has(info->vendor, "NVIDIA"))
        return nvidia_family(device);
    if (has(info->vendor, "AMD") || has(info->vendor, "Advanced Micro Devices"))
        return amd_family(info->name);
    if (has(info->vendor, "Intel") && info->kind != NNCL_DEVICE_CPU)
        return intel_family(info->name);
    return GEMM_ANY;
}

const char *gemm_family_name(enum gemm_family family)
{
    static const char *const names[] = {[GEMM_ANY] = "other devices",
        [GEMM_POCL_AVX2] = "PoCL on AVX2",
        [GEMM_POCL_AVX512] = "PoCL on AVX-512",
        [GEMM_NVIDIA_AMPERE] = "NVIDIA Ampere",
        [GEMM_NVIDIA_HOPPER] = "NVIDIA Hopper",
        [GEMM_AMD_GCN] = "AMD GCN",
        [GEMM_AMD_RDNA] = "AMD RDNA",
        [GEMM_INTEL_GEN9] = "Intel Gen9",
        [GEMM_INTEL_XE] = "Intel Xe"};
    return names[family];
}

const struct gemm_built_in *gemm_built_in(
    const struct nncl_device *device, const struct gemm_provider *provider)
{
    const struct gemm_built_in *entry = provider->built_in;
    enum gemm_family family = gemm_family(device);
    while (entry && entry->family != GEMM_ANY && entry->family != family)
        entry++;
    return entry;
}
