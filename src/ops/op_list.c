/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Op lists: declared tensors, appended ops, and the checks that builders share. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "ops/op.h"

enum nncl_status nncl_op_list_create(struct nncl_op_list **list)
{
    struct nncl_op_list *new = calloc(1, sizeof *new);
    if (!new)
        return nncl_fail_memory("an op list", sizeof *new);
    *list = new;
    return NNCL_OK;
}

void nncl_op_list_free(struct nncl_op_list **list)
{
    struct nncl_op_list *old = *list;
    if (!old)
        return;
    for (size_t i = 0; i < old->tensor_count; i++)
        free(old->tensors[i].name);
    for (size_t i = 0; i < old->op_count; i++)
        free(old->ops[i].folded);
    free(old->tensors);
    free(old->ops);
    free(old);
    *list = NULL;
}

/* Makes room for `more` elements behind `count`. */
static enum nncl_status grow(
    void **array, size_t count, size_t more, size_t *capacity, size_t element)
{
    if (count + more <= *capacity)
        return NNCL_OK;
    size_t wanted = 2 * (count + more);
    void *larger = realloc(*array, wanted * element);
    if (!larger)
        return nncl_fail_memory("an op list", wanted * element);
    *array = larger;
    *capacity = wanted;
    return NNCL_OK;
}

static enum nncl_status grow_tensors(struct nncl_op_list *list, size_t more)
{
    return grow((void **)&list->tensors, list->tensor_count, more, &list->tensor_capacity,
        sizeof *list->tensors);
}

static nncl_tensor_id add_tensor(
    struct nncl_op_list *list, enum nncl_type type, const struct nncl_shape *shape, bool declared)
{
    list->tensors[list->tensor_count] =
        (struct op_tensor){.type = type, .shape = *shape, .declared = declared};
    return (nncl_tensor_id)list->tensor_count++;
}

enum nncl_status nncl_op_list_tensor(struct nncl_op_list *list, const char *name,
    enum nncl_type type, const struct nncl_shape *shape, nncl_tensor_id *id)
{
    if (nncl_shape_elements(shape) == 0)
        return nncl_fail(NNCL_USAGE, "the shape of tensor %s is malformed or too large", name);
    enum nncl_status status = grow_tensors(list, 1);
    if (status != NNCL_OK)
        return status;
    nncl_tensor_id new = add_tensor(list, type, shape, true);
    status = nncl_op_list_name(list, new, name);
    if (status == NNCL_OK)
        *id = new;
    else
        list->tensor_count--;
    return status;
}

enum nncl_status nncl_op_list_name(struct nncl_op_list *list, nncl_tensor_id id, const char *name)
{
    if (id >= list->tensor_count)
        return nncl_fail(NNCL_USAGE, "there is no tensor %u to be named %s", id, name);
    char *copy = text_format("%s", name);
    if (!copy)
        return nncl_fail_memory("a tensor's name", strlen(name));
    free(list->tensors[id].name);
    list->tensors[id].name = copy;
    return NNCL_OK;
}

const struct nncl_shape *nncl_op_list_shape(const struct nncl_op_list *list, nncl_tensor_id id)
{
    return id < list->tensor_count ? &list->tensors[id].shape : NULL;
}

static const char *type_name(enum nncl_type type)
{
    return type == NNCL_FLOAT32 ? "float32" : type == NNCL_UINT32 ? "uint32" : "uint8";
}

/* "float32 [32, any]" */
static void describe(struct text *text, enum nncl_type type, const struct nncl_shape *shape)
{
    text_append(text, "%s [", type_name(type));
    for (unsigned i = 0; i < shape->rank; i++) {
        text_append(text, "%s", i ? ", " : "");
        if (shape->size[i])
            text_append(text, "%zu", shape->size[i]);
        else
            text_append(text, "any");
    }
    text_append(text, "]");
}

static bool as_demanded(const struct op_tensor *tensor, const struct op_demand *demand)
{
    if (tensor->type != demand->type || tensor->shape.rank != demand->shape.rank)
        return false;
    for (unsigned i = 0; i < tensor->shape.rank; i++)
        if (demand->shape.size[i] && demand->shape.size[i] != tensor->shape.size[i])
            return false;
    return true;
}

static enum nncl_status fail_demand(
    const struct op_tensor *tensor, const char *op, const struct op_demand *demand)
{
    struct text wanted = {0}, got = {0};
    describe(&wanted, demand->type, &demand->shape);
    describe(&got, tensor->type, &tensor->shape);
    if (wanted.failed || got.failed)
        nncl_fail(NNCL_USAGE, "%s: %s has a wrong type or shape", op, demand->role);
    else
        nncl_fail(
            NNCL_USAGE, "%s: %s must be %s, but is %s", op, demand->role, wanted.bytes, got.bytes);
    free(wanted.bytes);
    free(got.bytes);
    return NNCL_USAGE;
}

enum nncl_status op_demand(
    const struct nncl_op_list *list, const char *op, const struct op_demand *demands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (demands[i].id >= list->tensor_count)
            return nncl_fail(NNCL_USAGE, "%s: %s is tensor %u, which does not exist", op,
                demands[i].role, demands[i].id);
        const struct op_tensor *tensor = &list->tensors[demands[i].id];
        if (!as_demanded(tensor, &demands[i]))
            return fail_demand(tensor, op, &demands[i]);
    }
    return NNCL_OK;
}

/* Tensors are updated in place only where the caller keeps them. */
static enum nncl_status check_updates(
    const struct nncl_op_list *list, const struct op_type *type, const nncl_tensor_id *given)
{
    for (unsigned i = type->inputs; i < type->inputs + type->updates; i++)
        if (!list->tensors[given[i]].declared)
            return nncl_fail(NNCL_USAGE,
                "%s: tensor %u is updated in place and must be declared with nncl_op_list_tensor",
                type->name, given[i]);
    return NNCL_OK;
}

enum nncl_status op_append(struct nncl_op_list *list, const struct op_type *type,
    const nncl_tensor_id *given, const struct op_output *outputs, const void *attributes,
    size_t attribute_bytes)
{
    enum nncl_status status = check_updates(list, type, given);
    for (unsigned i = 0; i < type->outputs && status == NNCL_OK; i++)
        if (nncl_shape_elements(&outputs[i].shape) == 0)
            status = nncl_fail(NNCL_USAGE, "%s: the result would be too large", type->name);
    if (status == NNCL_OK)
        status =
            grow((void **)&list->ops, list->op_count, 1, &list->op_capacity, sizeof(struct op));
    if (status == NNCL_OK)
        status = grow_tensors(list, type->outputs);
    if (status != NNCL_OK)
        return status;
    struct op *op = &list->ops[list->op_count++];
    *op = (struct op){.type = type};
    unsigned count = type->inputs + type->updates;
    for (unsigned i = 0; i < count; i++)
        op->tensor[i] = given[i];
    for (unsigned i = 0; i < type->outputs; i++)
        *outputs[i].id = op->tensor[count + i] =
            add_tensor(list, outputs[i].type, &outputs[i].shape, false);
    if (attributes)
        memcpy(op->attributes, attributes, attribute_bytes);
    return NNCL_OK;
}
