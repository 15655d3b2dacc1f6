/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How much of a device's memory a session takes, known before it is made: the session is made on a
 * dry device first. */
#include <inttypes.h>
#include <stdio.h>

#include "base/status.h"
#include "device/device.h"
#include "plan/plan.h"
#include "train/session.h"

static size_t batch_arena(const struct pass_batch *batch)
{
    return batch->plan ? batch->plan->arena_bytes : 0;
}

static size_t batch_workspace(const struct pass_batch *batch)
{
    return batch->plan ? batch->plan->workspace_bytes : 0;
}

static uint64_t parameter_bytes(const struct session *session)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < session->parameters.count; i++)
        bytes += session->parameters.parameters[i].weight->buffer->bytes;
    return bytes;
}

/* Adds up a session on a dry device. */
static void add_up(const struct nncl_device *dry, const struct session *session,
    const struct session_order *order, struct nncl_memory *memory)
{
    memory->parameters = parameter_bytes(session);
    memory->optimizer = order->purpose == PASS_TRAIN ? 2 * memory->parameters : 0; /* m and v */
    memory->data = memory->activations = memory->workspace = 0;
    for (size_t set = 0; set < session->count; set++) {
        const struct pass *pass = &session->passes[set];
        memory->data += device_data_bytes(&session->data[set]);
        memory->activations += batch_arena(&pass->full) + batch_arena(&pass->last);
        memory->workspace += batch_workspace(&pass->full) + batch_workspace(&pass->last);
    }
    memory->total = dry->allocated;
    memory->largest = dry->largest;
    memory->state = memory->total - memory->parameters - memory->optimizer - memory->activations -
                    memory->data - memory->workspace;
}

/* Lays the session out as `order` says. */
static enum nncl_status measure(
    struct nncl_device *device, const struct session_order *order, struct nncl_memory *memory)
{
    struct nncl_device *dry = NULL;
    struct session session = {0};
    enum nncl_status status = device_dry_open(device, &dry);
    if (status != NNCL_OK)
        return status;
    status = session_create(dry, order, &session);
    if (status == NNCL_OK)
        add_up(dry, &session, order, memory);
    session_clear(&session);
    nncl_device_close(&dry);
    return status;
}

static bool fits(const struct nncl_memory *memory)
{
    return (memory->memory_limit == 0 || memory->total <= memory->memory_limit) &&
           (memory->allocation_limit == 0 || memory->largest <= memory->allocation_limit);
}

/* The largest batch below order->batch with which the session fits; 0 if there is none. */
static enum nncl_status find_batch(struct nncl_device *device, const struct session_order *order,
    const struct nncl_memory *limits, uint32_t *largest)
{
    struct session_order smaller = *order;
    size_t fitting = 0, too_large = order->batch;
    while (too_large - fitting > 1) {
        struct nncl_memory memory = *limits;
        smaller.batch = fitting + (too_large - fitting) / 2;
        enum nncl_status status = measure(device, &smaller, &memory);
        if (status != NNCL_OK)
            return status;
        if (fits(&memory))
            fitting = smaller.batch;
        else
            too_large = smaller.batch;
    }
    *largest = (uint32_t)fitting;
    return NNCL_OK;
}

static enum nncl_status refuse(const struct nncl_device *device, const struct session_order *order,
    const struct nncl_memory *memory)
{
    char advice[96] = "use a smaller network or another device";
    if (memory->largest_batch > 0)
        snprintf(advice, sizeof advice, "the largest batch that fits is %" PRIu32,
            memory->largest_batch);
    bool whole = memory->memory_limit && memory->total > memory->memory_limit;
    return nncl_fail(NNCL_OUT_OF_MEMORY,
        "%s with batches of %zu rows takes %" PRIu64 " bytes %s, but %s has %" PRIu64 "; %s",
        order->purpose == PASS_TRAIN ? "the training" : "the network", session_batch(order, 0),
        whole ? memory->total : memory->largest, whole ? "of memory" : "in a single buffer",
        device->info.name, whole ? memory->memory_limit : memory->allocation_limit, advice);
}

enum nncl_status session_plan(
    struct nncl_device *device, struct session_order *order, struct nncl_memory *memory)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_device_info *info = &device->info;
    struct nncl_memory own;
    memory = memory ? memory : &own;
    *memory = (struct nncl_memory){
        .memory_limit = info->global_memory ? info->global_memory - device->allocated : 0,
        .allocation_limit = info->max_allocation};
    TRY(measure(device, order, memory));
    memory->fits = fits(memory);
    if (!memory->fits && order->purpose == PASS_TRAIN)
        TRY(find_batch(device, order, memory, &memory->largest_batch));
    if (!memory->fits)
        TRY(refuse(device, order, memory));
out:
    return status;
}
