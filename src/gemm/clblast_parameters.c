/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The parameters of CLBlast's products, and putting them into force. */
#include <stdatomic.h>
#include <string.h>
#include <threads.h>

#include "base/status.h"
#include "gemm/clblast.h"

/* In the order of the table below. CLBlast wants each kernel's set whole. */
enum {
    WGD,
    MDIMCD,
    NDIMCD,
    MDIMAD,
    NDIMBD,
    KWID,
    VWMD,
    VWND,
    PADA,
    PADB,
    DIRECT_END,
    MWG = DIRECT_END,
    NWG,
    KWG,
    MDIMC,
    NDIMC,
    MDIMA,
    NDIMB,
    KWI,
    VWM,
    VWN,
    STRM,
    STRN,
    SA,
    SB,
    GEMMK,
    KREG,
    INDIRECT_END,
    MIN_INDIRECT = INDIRECT_END,
    ALL
};

const struct gemm_parameter clblast_parameters[] = {
    /* XgemmDirect: any size, in one kernel; a work-group makes a tile of WGD x WGD. */
    GEMM_PARAMETER("WGD", 8, 16, 32, 64, 128), GEMM_PARAMETER("MDIMCD", 1, 2, 4, 8, 16, 32),
    GEMM_PARAMETER("NDIMCD", 1, 2, 4, 8, 16, 32), GEMM_PARAMETER("MDIMAD", 1, 2, 4, 8, 16, 32),
    GEMM_PARAMETER("NDIMBD", 1, 2, 4, 8, 16, 32), GEMM_PARAMETER("KWID", 1, 2, 4, 8, 16),
    GEMM_PARAMETER("VWMD", 1, 2, 4, 8), GEMM_PARAMETER("VWND", 1, 2, 4, 8),
    GEMM_PARAMETER("PADA", 0, 1), GEMM_PARAMETER("PADB", 0, 1),
    /* Xgemm: large sizes, operands first copied into whole tiles of MWG x NWG x KWG. */
    GEMM_PARAMETER("MWG", 16, 32, 64, 128), GEMM_PARAMETER("NWG", 16, 32, 64, 128),
    GEMM_PARAMETER("KWG", 16, 32), GEMM_PARAMETER("MDIMC", 1, 2, 4, 8, 16, 32),
    GEMM_PARAMETER("NDIMC", 1, 2, 4, 8, 16, 32), GEMM_PARAMETER("MDIMA", 1, 2, 4, 8, 16, 32),
    GEMM_PARAMETER("NDIMB", 1, 2, 4, 8, 16, 32), GEMM_PARAMETER("KWI", 2),
    GEMM_PARAMETER("VWM", 1, 2, 4, 8), GEMM_PARAMETER("VWN", 1, 2, 4, 8),
    GEMM_PARAMETER("STRM", 0, 1), GEMM_PARAMETER("STRN", 0, 1), GEMM_PARAMETER("SA", 0, 1),
    GEMM_PARAMETER("SB", 0, 1), GEMM_PARAMETER("GEMMK", 0), GEMM_PARAMETER("KREG", 1),
    /* Xgemm serves where m·n·k is at least its cube. */
    GEMM_PARAMETER("XGEMM_MIN_INDIRECT_SIZE", 1, 128, 256, 384, 512, 1024, 16384), {NULL, NULL, 0}};
_Static_assert(sizeof clblast_parameters / sizeof clblast_parameters[0] == ALL + 1,
    "the table and the enum tell the same");
_Static_assert((int)ALL <= (int)GEMM_MOST_PARAMETERS, "there is room for CLBlast's parameters");

#define OWN_DIRECT 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

/* CLBlast's own database knows GPUs. On PoCL its choices are far off: there Xgemm without local
 * memory, and so without barriers, is faster than the best XgemmDirect from 32 x 32 x 32 on, and
 * builds sooner. An item makes 64 x 8 sums in vectors of 8. */
#define POCL_XGEMM 64, 32, 32, 1, 4, 1, 4, 2, 8, 8, 0, 0, 0, 0, 0, 1
const struct gemm_built_in clblast_built_in[] = {
    {GEMM_POCL_AVX2, true, {{OWN_DIRECT, POCL_XGEMM, 1}}},
    {GEMM_POCL_AVX512, false, {{OWN_DIRECT, POCL_XGEMM, 1}}},
    {GEMM_ANY, false, {{0}}},
};

static bool all_zero(const unsigned *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] != 0)
            return false;
    return true;
}

static bool among_candidates(const unsigned *values, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const struct gemm_parameter *parameter = &clblast_parameters[i];
        size_t c = 0;
        while (c < parameter->count && parameter->candidates[c] != values[i])
            c++;
        if (c == parameter->count)
            return false;
    }
    return true;
}

static bool divides(unsigned divisor, unsigned value)
{
    return divisor > 0 && value % divisor == 0;
}

static bool group_fits(const struct nncl_device *device, unsigned m, unsigned n, size_t floats)
{
    const struct nncl_device_info *info = &device->info;
    size_t items = (size_t)m * n;
    return (!info->max_work_group || items <= info->max_work_group) &&
           (!info->max_work_items[0] || m <= info->max_work_items[0]) &&
           (!info->max_work_items[1] || n <= info->max_work_items[1]) &&
           (!info->local_memory || floats * sizeof(float) <= info->local_memory);
}

/* What the kernel's index arithmetic takes for granted. */
static bool direct_valid(const struct nncl_device *device, const unsigned *v)
{
    if (all_zero(v, DIRECT_END))
        return true;
    if (!among_candidates(v, 0, DIRECT_END))
        return false;
    unsigned items = v[MDIMCD] * v[NDIMCD], tile = v[WGD];
    return divides(v[KWID], tile) && divides(v[MDIMCD] * v[VWMD], tile) &&
           divides(v[NDIMCD] * v[VWND], tile) && divides(v[MDIMAD] * v[VWMD], tile) &&
           divides(v[NDIMBD] * v[VWND], tile) && divides(v[MDIMAD], items) &&
           divides(v[NDIMBD], items) && divides(items / v[MDIMAD], tile) &&
           divides(items / v[NDIMBD], tile) &&
           group_fits(device, v[MDIMCD], v[NDIMCD],
               (size_t)tile * (tile + v[PADA]) + (size_t)tile * (tile + v[PADB]));
}

/* GEMMK = 1, a second kernel, gives wrong results before CLBlast 1.6.3; it is no candidate. */
static bool indirect_valid(const struct nncl_device *device, const unsigned *v)
{
    if (all_zero(v + DIRECT_END, INDIRECT_END - DIRECT_END))
        return true;
    if (!among_candidates(v, DIRECT_END, INDIRECT_END))
        return false;
    unsigned items = v[MDIMC] * v[NDIMC];
    return divides(v[KWI], v[KWG]) && divides(v[MDIMC] * v[VWM], v[MWG]) &&
           divides(v[NDIMC] * v[VWN], v[NWG]) && divides(v[MDIMA] * v[VWM], v[MWG]) &&
           divides(v[NDIMB] * v[VWN], v[NWG]) && divides(v[MDIMA], items) &&
           divides(v[NDIMB], items) && divides(items / v[MDIMA], v[KWG]) &&
           divides(items / v[NDIMB], v[KWG]) &&
           group_fits(
               device, v[MDIMC], v[NDIMC], (size_t)v[KWG] * (v[SA] * v[MWG] + v[SB] * v[NWG]));
}

bool clblast_valid(const struct nncl_device *device, const struct gemm *gemm,
    const struct gemm_parameters *parameters)
{
    (void)gemm;
    const unsigned *v = parameters->value;
    return direct_valid(device, v) && indirect_valid(device, v) &&
           (v[MIN_INDIRECT] == 0 || among_candidates(v, MIN_INDIRECT, ALL));
}

/* ---- Putting them into force ---- */

static enum nncl_status override_kernel(struct nncl_device *device, const char *kernel,
    const unsigned *values, size_t first, size_t end)
{
    const char *names[ALL];
    size_t numbers[ALL];
    if (all_zero(values + first, end - first))
        return NNCL_OK;
    for (size_t i = first; i < end; i++) {
        names[i - first] = clblast_parameters[i].name;
        numbers[i - first] = values[i];
    }
    CLBlastStatusCode code = CLBlastOverrideParameters(
        opencl_device(device)->id, kernel, CLBlastPrecisionSingle, end - first, names, numbers);
    const char *name = clblast_code_name(code);
    if (name)
        return nncl_fail(NNCL_FAILED,
            "CLBlastOverrideParameters of %s failed with %s (%d) on %s; this CLBlast may have "
            "other "
            "parameters",
            kernel, name, (int)code, device->info.name);
    return opencl_result(device, (cl_int)code, "CLBlastOverrideParameters");
}

static enum nncl_status override_all(struct nncl_device *device, const unsigned *values)
{
    enum nncl_status status = override_kernel(device, "XgemmDirect", values, 0, DIRECT_END);
    if (status == NNCL_OK)
        status = override_kernel(device, "Xgemm", values, DIRECT_END, INDIRECT_END);
    if (status == NNCL_OK)
        status = override_kernel(device, "GemmRoutine", values, MIN_INDIRECT, ALL);
    return status;
}

/* What is in force where, in this process. More devices than this are overridden again each time.
 */
enum { DEVICES_KNOWN = 16 };
static struct {
    cl_device_id id;
    struct gemm_parameters parameters;
} in_force[DEVICES_KNOWN];
static atomic_flag in_force_busy = ATOMIC_FLAG_INIT;

/* CLBlast does not tell its own values, so they cannot be put back. */
static bool takes_back(const unsigned *before, const unsigned *after)
{
    static const size_t part[] = {0, DIRECT_END, MIN_INDIRECT, ALL};
    for (size_t i = 0; i < 3; i++)
        if (!all_zero(before + part[i], part[i + 1] - part[i]) &&
            all_zero(after + part[i], part[i + 1] - part[i]))
            return true;
    return false;
}

static enum nncl_status override_locked(
    struct nncl_device *device, const struct gemm_parameters *parameters)
{
    cl_device_id id = opencl_device(device)->id;
    size_t i = 0;
    while (i < DEVICES_KNOWN && in_force[i].id && in_force[i].id != id)
        i++;
    if (i < DEVICES_KNOWN && in_force[i].id == id &&
        memcmp(&in_force[i].parameters, parameters, sizeof *parameters) == 0)
        return NNCL_OK;
    if (i < DEVICES_KNOWN && takes_back(in_force[i].parameters.value, parameters->value))
        return nncl_fail(NNCL_FAILED,
            "CLBlast's own parameters cannot be put back on %s in a process that has replaced them",
            device->info.name);
    enum nncl_status status = override_all(device, parameters->value);
    if (status == NNCL_OK && i < DEVICES_KNOWN) {
        in_force[i].id = id;
        in_force[i].parameters = *parameters;
    }
    return status;
}

enum nncl_status clblast_override(
    struct nncl_device *device, const struct gemm_parameters *parameters)
{
    while (atomic_flag_test_and_set(&in_force_busy))
        thrd_yield();
    enum nncl_status status = override_locked(device, parameters);
    atomic_flag_clear(&in_force_busy);
    return status;
}
