/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ops/spread.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

enum {
    CPU_WORK = 4096, /* simple operations on a CPU that make starting a work-item worth it */
    GPU_GROUP = 64
};

static size_t parts(size_t size, size_t part)
{
    return (size + part - 1) / part;
}

static bool is_cpu(const struct nncl_device *device)
{
    return device->info.kind == NNCL_DEVICE_CPU;
}

static struct spread cut(
    const struct nncl_device *device, size_t count, size_t cost, size_t multiple)
{
    size_t span = is_cpu(device) && cost < CPU_WORK ? CPU_WORK / cost : 1;
    span = parts(span, multiple) * multiple;
    return (struct spread){.span = span, .rows = 1, .items = parts(count, span), .count = count};
}

struct spread spread_vectors(const struct nncl_device *device, size_t count)
{
    return cut(device, count, 1, device_vector_width(device));
}

struct spread spread_elements(const struct nncl_device *device, size_t count, size_t cost)
{
    return cut(device, count, cost, 1);
}

struct spread spread_columns(const struct nncl_device *device, size_t count, size_t cost)
{
    return cut(device, count, cost, device_vector_width(device));
}

struct spread spread_matrix(const struct nncl_device *device, size_t rows, size_t columns)
{
    struct spread spread = cut(device, columns, 1, device_vector_width(device));
    if (is_cpu(device) && columns < CPU_WORK)
        spread.rows = CPU_WORK / columns;
    spread.items = parts(columns, spread.span) * parts(rows, spread.rows);
    spread.count = rows > columns ? rows : columns;
    return spread;
}

enum nncl_status spread_launch(struct op_site *site, const char *program, const char *kernel,
    const char *options, const struct spread *spread, const struct step_argument *arguments,
    size_t count)
{
    if (spread->count > UINT32_MAX)
        return nncl_fail(NNCL_USAGE, "%s: %zu elements are more than kernels count (%" PRIu32 ")",
            kernel, spread->count, UINT32_MAX);
    char all[224];
    snprintf(all, sizeof all, "-DWIDTH=%u%s%s", device_vector_width(site->device),
        options ? " " : "", options ? options : "");
    const struct step_launch launch = {
        .program = program,
        .kernel = kernel,
        .options = all,
        .dimensions = 1,
        .global = {spread->items},
        .local = {is_cpu(site->device) ? 1 : step_group(site->device, GPU_GROUP)},
    };
    return op_launch(site, &launch, arguments, count);
}

enum nncl_status spread_launch_tail(struct op_site *site, const char *program, const char *kernel,
    const struct spread *spread, const struct op_tail *tail, const struct step_argument *arguments,
    size_t count)
{
    enum { MAX_ARGUMENTS = 8 + OP_MAX_FOLDED * OP_MAX_ARGUMENTS };
    struct step_argument all[MAX_ARGUMENTS];
    char options[192];
    memcpy(all, arguments, count * sizeof *all);
    memcpy(all + count, tail->arguments, tail->count * sizeof *all);
    snprintf(options, sizeof options, "-DSTORES_RESULT=%d%s", tail->result != NULL, tail->options);
    return spread_launch(site, program, kernel, options, spread, all, count + tail->count);
}
