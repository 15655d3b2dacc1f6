/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The optimizers: a table, and the one op type for each of its entries. */
#include "ops/update.h"

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

enum { STATE_LOSS_GRADIENT = 3 }; /* tensors before w */

/* Of an op's optimizer, what it has, in the order of <PREFIX>_PARAMETERS in cl/update.h.cl. */
static size_t add_numbers(const struct nncl_optimizer *o, struct step_argument *arguments)
{
    const float all[] = {o->momentum, o->beta1, o->beta2,
        o->beta1 != 0 ? (float)log((double)o->beta1) : 0,
        o->beta2 != 0 ? (float)log((double)o->beta2) : 0, o->rho, o->epsilon, o->weight_decay};
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] != 0)
            arguments[count++] = ARG_FLOAT(all[i]);
    return count;
}

static size_t update_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    size_t count = 0;
    for (unsigned i = 1; i < op_tensor_count(op->type); i++)
        arguments[count++] = ARG_BUFFER(tensors[op->tensor[i]]);
    return count + add_numbers((const void *)op->attributes, arguments + count);
}

static enum nncl_status update_prepare(struct op_site *site)
{
    size_t n = op_elements(site->list, site->op, 0);
    struct spread spread = spread_vectors(site->device, n);
    struct op_tail tail;
    enum nncl_status status = op_tail_of_all(site, &tail);
    if (status != NNCL_OK)
        return status;
    return spread_launch_tail(site, "update", "update", &spread, &tail,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_SIZE(n), ARG_SIZE(spread.span)));
}

static void update_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct nncl_optimizer *optimizer = (const void *)op->attributes;
    float *tensors[1 + NNCL_OPTIMIZER_SLOTS] = {NULL};
    for (unsigned i = 0; i < op->type->updates; i++)
        tensors[i] = arrays[STATE_LOSS_GRADIENT + i];
    ref_update(op_elements(list, op, 0), optimizer, arrays[0], arrays[1], arrays[2], tensors);
}

/* For each element; what is the same for all of them is not counted. */
static const unsigned flop[] = {
    [NNCL_ADAM] = 12,     /* three for m, four for v and five for w */
    [NNCL_ADAMW] = 13,    /* and one to shrink w */
    [NNCL_NADAM] = 15,    /* three, four and eight */
    [NNCL_SGD] = 2,       /* all for w */
    [NNCL_MOMENTUM] = 4,  /* two for u, two for w */
    [NNCL_NESTEROV] = 6,  /* two for u, four for w */
    [NNCL_RMSPROP] = 9,   /* four for v, five for w */
    [NNCL_ADAGRAD] = 7,   /* two for v, five for w */
    [NNCL_ADADELTA] = 16, /* four for v, six for the change, four for u, two for w */
};

static double update_flop(const struct nncl_op_list *list, const struct op *op)
{
    const struct nncl_optimizer *optimizer = (const void *)op->attributes;
    return flop[optimizer->kind] * (double)op_elements(list, op, 0);
}

#define UPDATE(name_, prefix_, slots_)                                                             \
    static const struct op_epilogue name_##_epilogue = {                                           \
        .prefix = prefix_, .value = 0, .arguments = update_arguments};                             \
    static const struct op_type op_##name_ = {.name = #name_,                                      \
        .inputs = STATE_LOSS_GRADIENT,                                                             \
        .updates = 1 + (slots_),                                                                   \
        .prepare = update_prepare,                                                                 \
        .reference = update_reference,                                                             \
        .flop = update_flop,                                                                       \
        .epilogue = &name_##_epilogue,                                                             \
        .takes_epilogues = op_always_takes_epilogues};

UPDATE(adam, "ADAM", 2)
UPDATE(adamw, "ADAMW", 2)
UPDATE(nadam, "NADAM", 2)
UPDATE(sgd, "SGD", 0)
UPDATE(momentum, "MOMENTUM", 1)
UPDATE(nesterov, "NESTEROV", 1)
UPDATE(rmsprop, "RMSPROP", 1)
UPDATE(adagrad, "ADAGRAD", 1)
UPDATE(adadelta, "ADADELTA", 2)

/* The defaults are PyTorch's, those of Adam and AdamW Keras's. */
static const struct optimizer optimizers[] = {
    [NNCL_ADAM] = {&op_adam,
        {.name = "adam",
            .learning_rate = 0.001f,
            .slots = 2,
            .defaults = {.beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-7f}},
        .slots = {{"m", false}, {"v", true}}},
    [NNCL_ADAMW] = {&op_adamw,
        {.name = "adamw",
            .learning_rate = 0.001f,
            .slots = 2,
            .defaults = {.kind = NNCL_ADAMW,
                .beta1 = 0.9f,
                .beta2 = 0.999f,
                .epsilon = 1e-7f,
                .weight_decay = 0.01f}},
        .slots = {{"m", false}, {"v", true}}},
    [NNCL_NADAM] = {&op_nadam,
        {.name = "nadam",
            .learning_rate = 0.002f,
            .slots = 2,
            .defaults = {.kind = NNCL_NADAM, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f}},
        .slots = {{"m", false}, {"v", true}}},
    [NNCL_SGD] = {&op_sgd, {.name = "sgd", .learning_rate = 0.01f, .defaults = {.kind = NNCL_SGD}},
        .slots = {{NULL, false}}},
    [NNCL_MOMENTUM] = {&op_momentum,
        {.name = "momentum",
            .learning_rate = 0.01f,
            .slots = 1,
            .defaults = {.kind = NNCL_MOMENTUM, .momentum = 0.9f}},
        .slots = {{"u", false}}},
    [NNCL_NESTEROV] = {&op_nesterov,
        {.name = "nesterov",
            .learning_rate = 0.01f,
            .slots = 1,
            .defaults = {.kind = NNCL_NESTEROV, .momentum = 0.9f}},
        .slots = {{"u", false}}},
    [NNCL_RMSPROP] = {&op_rmsprop,
        {.name = "rmsprop",
            .learning_rate = 0.01f,
            .slots = 1,
            .defaults = {.kind = NNCL_RMSPROP, .rho = 0.99f, .epsilon = 1e-8f}},
        .slots = {{"v", true}}},
    [NNCL_ADAGRAD] = {&op_adagrad,
        {.name = "adagrad",
            .learning_rate = 0.01f,
            .slots = 1,
            .defaults = {.kind = NNCL_ADAGRAD, .epsilon = 1e-10f}},
        .slots = {{"v", true}}},
    [NNCL_ADADELTA] = {&op_adadelta,
        {.name = "adadelta",
            .learning_rate = 1,
            .slots = 2,
            .defaults = {.kind = NNCL_ADADELTA, .rho = 0.9f, .epsilon = 1e-6f}},
        .slots = {{"v", true}, {"u", true}}},
};

enum { OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

const struct optimizer *optimizer_of(const struct nncl_optimizer *optimizer)
{
    return &optimizers[optimizer ? optimizer->kind : NNCL_ADAM];
}

const struct nncl_optimizer_info *nncl_optimizer_info(unsigned kind)
{
    return kind < OPTIMIZERS ? &optimizers[kind].info : NULL;
}

/* ---- Hyperparameters ---- */

/* From 0 up to 1, both excluded, or just above 0. */
static const struct hyperparameter {
    const char *name;
    size_t offset;
    bool below_one;
} hyperparameters[] = {
    {"momentum", offsetof(struct nncl_optimizer, momentum), true},
    {"beta1", offsetof(struct nncl_optimizer, beta1), true},
    {"beta2", offsetof(struct nncl_optimizer, beta2), true},
    {"rho", offsetof(struct nncl_optimizer, rho), true},
    {"epsilon", offsetof(struct nncl_optimizer, epsilon), false},
    {"weight_decay", offsetof(struct nncl_optimizer, weight_decay), false},
};

enum { HYPERPARAMETERS = sizeof hyperparameters / sizeof *hyperparameters };

static float *hyperparameter_at(struct nncl_optimizer *optimizer, size_t index)
{
    return (float *)((char *)optimizer + hyperparameters[index].offset);
}

float *optimizer_hyperparameter(
    struct nncl_optimizer *optimizer, const char *name, size_t name_length)
{
    struct nncl_optimizer defaults = optimizer_of(optimizer)->info.defaults;
    for (size_t i = 0; i < HYPERPARAMETERS; i++)
        if (strncmp(hyperparameters[i].name, name, name_length) == 0 &&
            hyperparameters[i].name[name_length] == 0 && *hyperparameter_at(&defaults, i) != 0)
            return hyperparameter_at(optimizer, i);
    return NULL;
}

void optimizer_append_names(const struct nncl_optimizer *optimizer, struct text *text)
{
    struct nncl_optimizer defaults = optimizer_of(optimizer)->info.defaults;
    for (size_t i = 0; i < HYPERPARAMETERS; i++)
        if (*hyperparameter_at(&defaults, i) != 0)
            text_append(text, "%s%s", text->size ? ", " : "", hyperparameters[i].name);
}

enum nncl_status optimizer_complete(struct nncl_optimizer *optimizer)
{
    const struct nncl_optimizer_info *info = nncl_optimizer_info(optimizer->kind);
    if (!info)
        return nncl_fail(NNCL_USAGE, "update: there is no optimizer %d", (int)optimizer->kind);
    struct nncl_optimizer defaults = info->defaults;
    for (size_t i = 0; i < HYPERPARAMETERS; i++) {
        float *value = hyperparameter_at(optimizer, i);
        const float standard = *hyperparameter_at(&defaults, i);
        const char *name = hyperparameters[i].name;
        if (*value == 0)
            *value = standard;
        if (standard == 0 && *value != 0)
            return nncl_fail(NNCL_USAGE, "%s: this optimizer has no %s", info->name, name);
        if (standard == 0 || (*value > 0 && (*value < 1 || !hyperparameters[i].below_one)))
            continue;
        return nncl_fail(NNCL_USAGE, "%s: %s must be above 0%s, not %g", info->name, name,
            hyperparameters[i].below_one ? " and below 1" : "", (double)*value);
    }
    return NNCL_OK;
}

enum nncl_status nncl_op_update(struct nncl_op_list *list, const struct nncl_optimizer *optimizer,
    nncl_tensor_id gradient, nncl_tensor_id state, nncl_tensor_id batch_loss, nncl_tensor_id w,
    const nncl_tensor_id *slots)
{
    struct nncl_optimizer attributes = optimizer ? *optimizer : (struct nncl_optimizer){0};
    enum nncl_status status = optimizer_complete(&attributes);
    if (status != NNCL_OK)
        return status;
    const struct optimizer *entry = optimizer_of(&attributes);
    const struct nncl_shape shape = op_shape(list, w);
    struct op_demand demands[4 + NNCL_OPTIMIZER_SLOTS] = {{w, "w", NNCL_FLOAT32, shape},
        {gradient, "gradient", NNCL_FLOAT32, shape},
        {state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)},
        {batch_loss, "batch_loss", NNCL_FLOAT32, SHAPE(1)}};
    nncl_tensor_id given[4 + NNCL_OPTIMIZER_SLOTS] = {gradient, state, batch_loss, w};
    for (unsigned i = 0; i < entry->info.slots; i++) {
        demands[4 + i] = (struct op_demand){slots[i], entry->slots[i].name, NNCL_FLOAT32, shape};
        given[4 + i] = slots[i];
    }
    status = op_demand(list, entry->info.name, demands, 4 + entry->info.slots);
    if (status != NNCL_OK)
        return status;
    return op_append(list, entry->type, given, NULL, &attributes, sizeof attributes);
}
