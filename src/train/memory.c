/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How much of a device's memory a session takes, known before it is made: the session is made on a
 * dry device first. */
#include <inttypes.h>
#include <stdio.h>

#include "base/status.h"
#include "data/dataset.h"
#include "device/device.h"
#include "plan/plan.h"
#include "train/session.h"

/* A piece this large keeps a device busy for long enough; a larger one would only take memory. */
enum { PIECE_BYTES = 16 << 20 };

static void add_parameters(const struct session *session, struct nncl_memory *memory)
{
    memory->parameters = memory->optimizer = memory->averages = 0;
    for (size_t i = 0; i < session->parameters.count; i++) {
        const struct parameter *parameter = &session->parameters.parameters[i];
        memory->parameters += parameter->weight->buffer->bytes;
        for (unsigned j = 0; j < NNCL_OPTIMIZER_SLOTS && parameter->slots[j]; j++)
            memory->optimizer += parameter->slots[j]->buffer->bytes;
        if (parameter->average)
            memory->averages += parameter->average->buffer->bytes;
    }
}

/* Adds up a session on a dry device. */
static void add_up(
    const struct nncl_device *dry, const struct session *session, struct nncl_memory *memory)
{
    add_parameters(session, memory);
    memory->best = session->parameters.parameters[0].best ? memory->parameters : 0;
    memory->data = memory->activations = memory->workspace = 0;
    for (size_t set = 0; set < session->count; set++) {
        const struct pass *pass = &session->passes[set];
        memory->data += device_data_bytes(&session->data[set]);
        const struct nncl_plan *plans[] = {
            pass->full.plan, pass->pipeline, pass->other.plan, pass->last.plan};
        for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
            if (plans[i]) {
                memory->activations += plans[i]->arena_bytes;
                memory->workspace += plans[i]->workspace_bytes;
            }
    }
    memory->total = dry->allocated;
    memory->largest = dry->largest;
    memory->state = memory->total - memory->parameters - memory->optimizer - memory->activations -
                    memory->data - memory->workspace - memory->best - memory->averages;
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
        add_up(dry, &session, memory);
    session_clear(&session);
    nncl_device_close(&dry);
    return status;
}

static bool fits(const struct nncl_memory *memory)
{
    return (memory->memory_limit == 0 || memory->total <= memory->memory_limit) &&
           (memory->allocation_limit == 0 || memory->largest <= memory->allocation_limit);
}

static size_t row_bytes(const struct session_order *order, size_t set)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(order->sets[set]);
    return dataset_row_features(&source->shape) * nncl_type_size(source->type) + sizeof(uint32_t);
}

/* The smallest piece of a set: one batch. 0 if the set has no more, or is none. */
static uint32_t smallest_piece(const struct session_order *order, size_t set)
{
    const size_t batch = session_batch(order, set);
    const struct nncl_dataset *data = order->sets[set];
    return data && nncl_dataset_get(data)->rows > batch ? (uint32_t)batch : 0;
}

/* Makes the pieces of the sets that stream as large as there is room, but not larger than is of
 * any use. */
static void widen_pieces(struct session_order *order, const struct nncl_memory *memory)
{
    uint64_t room = memory->memory_limit ? memory->memory_limit - memory->total : UINT64_MAX;
    const unsigned streams = order->pieces[0] && order->pieces[1] ? 2 : 1;
    for (size_t set = 0; set < SESSION_SETS; set++) {
        if (order->pieces[set] == 0)
            continue;
        const uint64_t bytes = (uint64_t)order->pieces[set] * row_bytes(order, set);
        uint64_t most = bytes + room / 2 / streams;
        if (memory->allocation_limit && most > memory->allocation_limit)
            most = memory->allocation_limit;
        if (most > PIECE_BYTES)
            most = PIECE_BYTES;
        uint64_t batches = most / bytes,
                 all = nncl_dataset_get(order->sets[set])->rows / session_batch(order, set);
        batches = batches > all ? all : batches;
        order->pieces[set] *= batches > 1 ? (uint32_t)batches : 1;
    }
}

/* Chooses which sets stay on the device: the validation set goes first. *memory is that of the
 * choice, or of the smallest one if none fits. */
static enum nncl_status choose_pieces(
    struct nncl_device *device, struct session_order *order, struct nncl_memory *memory)
{
    const uint32_t pieces[SESSION_SETS] = {smallest_piece(order, 0), smallest_piece(order, 1)};
    static const bool streams[][SESSION_SETS] = {
        {false, false}, {false, true}, {true, false}, {true, true}};
    struct nncl_memory least = {.total = UINT64_MAX};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        if ((streams[i][0] && !pieces[0]) || (streams[i][1] && !pieces[1]))
            continue;
        for (size_t set = 0; set < SESSION_SETS; set++)
            order->pieces[set] = streams[i][set] ? pieces[set] : 0;
        enum nncl_status status = measure(device, order, memory);
        if (status != NNCL_OK || fits(memory))
            return status;
        least = memory->total < least.total ? *memory : least;
    }
    *memory = least;
    return NNCL_OK;
}

/* Chooses the rows of an evaluation's batch, too: as many as usual unless only fewer fit. *memory
 * is that of the choice, or of the smallest one with the usual batch if none fits. */
static enum nncl_status choose(
    struct nncl_device *device, struct session_order *order, struct nncl_memory *memory)
{
    enum nncl_status status = choose_pieces(device, order, memory);
    const bool evaluates = order->purpose != PASS_TRAIN || order->sets[1];
    struct nncl_memory less = *memory;
    order->evaluation = evaluation_batch(order->model);
    while (status == NNCL_OK && !fits(&less) && evaluates && order->evaluation > 1) {
        order->evaluation /= 2;
        status = choose_pieces(device, order, &less);
    }
    if (fits(&less))
        *memory = less;
    else
        order->evaluation = evaluation_batch(order->model);
    return status;
}

/* The largest batch below order->batch with which the session fits, evaluations being done row by
 * row; 0 if there is none. */
static enum nncl_status find_batch(struct nncl_device *device, const struct session_order *order,
    const struct nncl_memory *limits, uint32_t *largest)
{
    struct session_order smaller = *order;
    smaller.evaluation = 1;
    size_t fitting = 0, too_large = order->batch;
    while (too_large - fitting > 1) {
        struct nncl_memory memory = *limits;
        smaller.batch = fitting + (too_large - fitting) / 2;
        enum nncl_status status = choose_pieces(device, &smaller, &memory);
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
    TRY(choose(device, order, memory));
    memory->fits = fits(memory);
    if (memory->fits && (order->pieces[0] || order->pieces[1])) {
        widen_pieces(order, memory);
        TRY(measure(device, order, memory));
    }
    memory->train_streams = order->pieces[0] != 0;
    memory->validation_streams = order->pieces[1] != 0;
    if (!memory->fits && order->purpose == PASS_TRAIN)
        TRY(find_batch(device, order, memory, &memory->largest_batch));
    if (!memory->fits)
        TRY(refuse(device, order, memory));
out:
    if (status != NNCL_OK)
        device_want_no_programs(device);
    return status;
}
