/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What an op is: its type's functions, its tensors, its attributes. One file of src/ops per family.
 */
#ifndef NNCL_OPS_OP_H
#define NNCL_OPS_OP_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>

#include <nncl/ops.h>

#include "device/step.h"

enum { OP_MAX_TENSORS = 8, OP_ATTRIBUTE_BYTES = 64, OP_MAX_FOLDED = 4, OP_MAX_ARGUMENTS = 12 };

struct op;
struct op_site;

/* What an op costs by its formula, whatever kernel computes it. */
struct op_cost {
    double flop;
    double bytes; /* read and written */
};

/* How an element-wise op is applied by the kernel that computes its input, to each element before
 * it is stored: cl/epilogue.h.cl brings in the op's own formula as <PREFIX>_PARAMETERS,
 * <PREFIX>_SETUP and <PREFIX>_EPILOGUE. */
struct op_epilogue {
    const char *prefix; /* "BIAS" */
    unsigned value;     /* which of the op's tensors is the element */
    /* Puts the extra arguments, in the order of <PREFIX>_PARAMETERS, into `arguments`, which has
     * room for OP_MAX_ARGUMENTS; returns their number. tensors: buffers by tensor id. */
    size_t (*arguments)(
        const struct op *op, struct buffer *const *tensors, struct step_argument *arguments);
    /* How many columns the kernel must count; NULL: it may be any number. */
    size_t (*columns)(const struct nncl_op_list *list, const struct op *op);
    /* The element is no result, but a parameter that the epilogue before has updated in memory. */
    bool of_update;
};

/* A kind of op, one constant per kernel family member: `op_relu`, `op_relu_backward`. Its tensors
 * stand in the order inputs, updated ones, outputs. */
struct op_type {
    const char *name;
    unsigned inputs, updates, outputs;
    /* Adds the steps that compute the op on an OpenCL device. */
    enum nncl_status (*prepare)(struct op_site *site);
    /* Computes the op on the host: arrays[i] is the op's tensor i. */
    void (*reference)(const struct nncl_op_list *list, const struct op *op, void *const *arrays);
    /* Floating-point operations, counted as struct nncl_launch says; NULL: none. */
    double (*flop)(const struct nncl_op_list *list, const struct op *op);
    /* Elements of the op's tensor `index` that are read or written; NULL: all. */
    size_t (*touches)(const struct nncl_op_list *list, const struct op *op, unsigned index);
    /* What the work goes over, for showing; NULL: the op's first tensor. */
    struct nncl_shape (*extent)(const struct nncl_op_list *list, const struct op *op);
    /* For ops that can be folded into the one before; else NULL. */
    const struct op_epilogue *epilogue;
    /* Whether the op only scales bytes, in rows that it brings together; NULL: no. */
    bool (*is_gather)(const struct nncl_op_list *list, const struct op *op);
    /* Whether the op's kernel can read its first input as bytes; NULL: never. */
    bool (*takes_bytes)(const struct nncl_device *device, const char *gemm,
        const struct nncl_op_list *list, const struct op *op);
    /* The columns that its kernel counts for epilogues; NULL: the last size of its result. */
    size_t (*columns)(const struct nncl_op_list *list, const struct op *op);
    /* Whether the op's kernel applies epilogues here; NULL: never. */
    bool (*takes_epilogues)(const struct nncl_device *device, const char *gemm,
        const struct nncl_op_list *list, const struct op *op);
};

struct op {
    const struct op_type *type;
    nncl_tensor_id tensor[OP_MAX_TENSORS];
    alignas(8) unsigned char attributes[OP_ATTRIBUTE_BYTES]; /* the family's own struct */
    struct op *folded; /* ops applied as epilogues, in order; owned by the list */
    unsigned folded_count;
    float byte_scale; /* not 0: the first input is stored as bytes, times this where it is read */
};

static inline unsigned op_tensor_count(const struct op_type *type)
{
    return type->inputs + type->updates + type->outputs;
}

/* An op and what was folded into it: part 0 is the op itself, but of a group, which has no tensors
 * of its own (ops/groups.h), its first op. NULL past the last part. */
static inline const struct op *op_part(const struct op *op, unsigned part)
{
    if (op_tensor_count(op->type) == 0)
        return part < op->folded_count ? &op->folded[part] : NULL;
    if (part == 0)
        return op;
    return part <= op->folded_count ? &op->folded[part - 1] : NULL;
}

struct op_tensor {
    char *name; /* NULL until named */
    enum nncl_type type;
    struct nncl_shape shape;
    bool declared; /* by the caller, who binds it; else it lives inside the plan */
    bool folded;   /* passed on inside a kernel: never stored */
    bool scratch;  /* what it holds may differ from run to run, and no result depends on it */
};

struct nncl_op_list {
    struct op_tensor *tensors;
    size_t tensor_count, tensor_capacity;
    struct op *ops;
    size_t op_count, op_capacity;
};

/* ---- For builders, nncl_op_*: check, then append ---- */

/* What a builder demands of one of its tensors. size 0 means any. */
struct op_demand {
    nncl_tensor_id id;
    const char *role; /* "logits": as the docstring calls it */
    enum nncl_type type;
    struct nncl_shape shape;
};

/* NNCL_OK if the tensors exist and are as demanded; else NNCL_USAGE naming op, tensor and both
 * shapes. */
enum nncl_status op_demand(
    const struct nncl_op_list *list, const char *op, const struct op_demand *demands, size_t count);

/* Shape shorthand: SHAPE(n, m). */
#define SHAPE(...)                                                                                 \
    ((struct nncl_shape){sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t), {__VA_ARGS__}})

/* The shape of a tensor; all zero for an unknown id, which op_demand then refuses. So what is
 * demanded of one tensor may be written in terms of another one that stands before it. */
static inline struct nncl_shape op_shape(const struct nncl_op_list *list, nncl_tensor_id id)
{
    return id < list->tensor_count ? list->tensors[id].shape : (struct nncl_shape){0};
}

/* The output tensors of an op about to be appended. */
struct op_output {
    enum nncl_type type;
    struct nncl_shape shape;
    nncl_tensor_id *id; /* set on success */
};

/* Appends an op. `given` are its inputs and updated tensors in order, `outputs` its type->outputs
 * new ones; `attributes` (may be NULL) is copied. */
enum nncl_status op_append(struct nncl_op_list *list, const struct op_type *type,
    const nncl_tensor_id *given, const struct op_output *outputs, const void *attributes,
    size_t attribute_bytes);

/* Size `axis` of op tensor `index`. */
static inline size_t op_size(
    const struct nncl_op_list *list, const struct op *op, unsigned index, unsigned axis)
{
    return list->tensors[op->tensor[index]].shape.size[axis];
}

/* Elements of op tensor `index`. */
static inline size_t op_elements(
    const struct nncl_op_list *list, const struct op *op, unsigned index)
{
    return nncl_shape_elements(&list->tensors[op->tensor[index]].shape);
}

/* Of an op with all that is folded into it: each tensor read counts once and each one written, but
 * not those that are passed on inside. */
struct op_cost op_cost(const struct nncl_op_list *list, const struct op *op);

/* See op_type.extent. */
struct nncl_shape op_extent(const struct nncl_op_list *list, const struct op *op);

/* ---- For prepare functions ---- */

/* Where an op is prepared: on which device, with which storage. */
struct op_site {
    struct nncl_device *device;
    const struct nncl_op_list *list;
    const struct op *op;
    struct buffer *const *buffers; /* of the op's tensors */
    struct buffer *const *tensors; /* of all tensors, by id */
    const char *gemm;              /* provider asked for; "auto" */
    struct step *steps;            /* grown by op_launch and op_call */
    size_t step_count, step_capacity;
};

/* Adds a launch; arguments as for step_launch. */
enum nncl_status op_launch(struct op_site *site, const struct step_launch *launch,
    const struct step_argument *arguments, size_t count);

/* Adds a zeroed step, to be filled in by the caller; it moves when another is added. */
enum nncl_status op_step(struct op_site *site, struct step **step);

/* What a kernel needs to apply the op's folded ops: build options to append to its own ("" without
 * any) and arguments to append to its own. */
struct op_tail {
    char options[160];
    struct step_argument arguments[OP_MAX_FOLDED * OP_MAX_ARGUMENTS];
    size_t count;
    const struct buffer *result; /* where the last one's result goes; NULL: it is not stored */
};

void op_tail(const struct op_site *site, struct op_tail *tail);

/* The same of the op itself and what is folded into it: for kernels that are nothing but epilogues.
 * Errors: NNCL_FAILED if these are too many. */
enum nncl_status op_tail_of_all(const struct op_site *site, struct op_tail *tail);

/* For types whose kernel applies epilogues on every device: always true. */
bool op_always_takes_epilogues(const struct nncl_device *device, const char *gemm,
    const struct nncl_op_list *list, const struct op *op);

#define ARGUMENTS(...)                                                                             \
    (const struct step_argument[]){__VA_ARGS__},                                                   \
        sizeof((const struct step_argument[]){__VA_ARGS__}) / sizeof(struct step_argument)

#endif
