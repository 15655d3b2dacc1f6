/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "train/parameters.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "device/device.h"

static enum nncl_status parameter_create(struct nncl_device *device,
    const struct nncl_parameter *described, const struct optimizer *optimizer, unsigned room,
    struct parameter *parameter)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_shape *shape = &described->shape;
    TRY(nncl_tensor_create(device, NNCL_FLOAT32, shape, &parameter->weight));
    if (room & PARAMETERS_BEST)
        TRY(nncl_tensor_create(device, NNCL_FLOAT32, shape, &parameter->best));
    parameter->trained = optimizer && described->trained;
    if (parameter->trained && (room & PARAMETERS_AVERAGE))
        TRY(nncl_tensor_create(device, NNCL_FLOAT32, shape, &parameter->average));
    for (unsigned i = 0; parameter->trained && i < optimizer->info.slots; i++)
        TRY(nncl_tensor_create(device, NNCL_FLOAT32, shape, &parameter->slots[i]));
out:
    return status;
}

enum nncl_status parameter_set_create(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_optimizer *optimizer, unsigned room, struct parameter_set *set)
{
    enum nncl_status status = NNCL_OK;
    size_t count = nncl_model_parameter_count(model);
    *set = (struct parameter_set){.optimizer = optimizer ? optimizer_of(optimizer) : NULL};
    set->parameters = calloc(count + 1, sizeof *set->parameters);
    if (!set->parameters)
        return nncl_fail_memory("a model's parameters", count * sizeof *set->parameters);
    set->count = count;
    for (size_t i = 0; i < count; i++)
        TRY(parameter_create(
            device, nncl_model_parameter(model, i), set->optimizer, room, &set->parameters[i]));
    TRY(parameter_set_write(set, model));
out:
    if (status != NNCL_OK)
        parameter_set_free(set);
    return status;
}

void parameter_set_free(struct parameter_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        nncl_tensor_free(&set->parameters[i].weight);
        for (unsigned j = 0; j < NNCL_OPTIMIZER_SLOTS; j++)
            nncl_tensor_free(&set->parameters[i].slots[j]);
        nncl_tensor_free(&set->parameters[i].average);
        nncl_tensor_free(&set->parameters[i].best);
    }
    free(set->parameters);
    *set = (struct parameter_set){0};
}

enum nncl_status parameter_set_write(struct parameter_set *set, const struct nncl_model *model)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < set->count; i++) {
        struct parameter *parameter = &set->parameters[i];
        const float *values = nncl_model_parameter(model, i)->values;
        TRY(nncl_tensor_write(parameter->weight, values));
        if (parameter->average)
            TRY(nncl_tensor_write(parameter->average, values));
        for (unsigned j = 0; j < NNCL_OPTIMIZER_SLOTS && parameter->slots[j]; j++)
            TRY(buffer_zero(parameter->slots[j]->buffer));
    }
out:
    return status;
}

struct nncl_tensor *parameter_result(const struct parameter *parameter)
{
    return parameter->average ? parameter->average : parameter->weight;
}

enum nncl_status parameter_set_read(
    const struct parameter_set *set, bool best, struct nncl_model *model)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < set->count; i++) {
        const struct parameter *parameter = &set->parameters[i];
        TRY(nncl_tensor_read(best ? parameter->best : parameter_result(parameter),
            nncl_model_parameter(model, i)->values));
    }
out:
    return status;
}

enum nncl_status parameter_set_keep_best(struct parameter_set *set)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < set->count; i++)
        TRY(buffer_copy(
            parameter_result(&set->parameters[i])->buffer, set->parameters[i].best->buffer));
out:
    return status;
}

size_t parameter_set_tensor_count(const struct parameter_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += 1u + (set->parameters[i].trained ? set->optimizer->info.slots : 0) +
                 (set->parameters[i].average != NULL) + (set->parameters[i].best != NULL);
    return count;
}

static void keep(const char *what, const char *name, struct nncl_tensor *tensor,
    struct kept_tensor *room, size_t *count)
{
    snprintf(room[*count].name, sizeof room->name, "%s %s", what, name);
    room[(*count)++].tensor = tensor;
}

void parameter_set_tensors(
    const struct parameter_set *set, const struct nncl_model *model, struct kept_tensor *room)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) {
        const char *name = nncl_model_parameter(model, i)->name;
        keep("parameter", name, set->parameters[i].weight, room, &count);
        for (unsigned j = 0; j < NNCL_OPTIMIZER_SLOTS && set->parameters[i].slots[j]; j++)
            keep(set->optimizer->slots[j].name, name, set->parameters[i].slots[j], room, &count);
        if (set->parameters[i].average)
            keep("average", name, set->parameters[i].average, room, &count);
        if (set->parameters[i].best)
            keep("best", name, set->parameters[i].best, room, &count);
    }
}
