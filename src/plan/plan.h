/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Plans from inside the library: settings and memory that the public header does not show. */
#ifndef NNCL_PLAN_PLAN_H
#define NNCL_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include <nncl/plan.h>

#include "device/device.h"
#include "device/step.h"
#include "ops/op.h"

/* Where a tensor that lives inside a plan lies in the arena, and when: from the op that makes it to
 * the last that reads it. */
struct placement {
    size_t offset, bytes;
    size_t first,
        last;    /* op indices; last = SIZE_MAX if no op reads it: it is kept for the caller */
    bool placed; /* false for declared tensors */
};

struct plan_settings {
    const char *gemm;   /* as in nncl_plan_options */
    bool keep_all;      /* no two tensors share memory: all can be read after a
                            run */
    bool pipelined;     /* see pipeline.h */
    bool shared;        /* inner tensors in memory that the host shares where there is such */
    size_t guard_bytes; /* unused room left before and after each tensor in the arena */
};

/* What a step is, with the text that its description points to. */
struct plan_launch {
    struct nncl_launch launch;
    char fused[]; /* launch.fused */
};

/* Of a pipelined plan, the launches of a training step; count 0: it is none. */
struct plan_round {
    size_t first, count;
};

struct nncl_plan {
    struct nncl_device *device;
    struct nncl_op_list *list;    /* a copy */
    struct placement *placements; /* per tensor */
    size_t arena_bytes;
    struct buffer *arena;    /* NULL if no tensor lives inside the plan */
    struct buffer **buffers; /* per tensor: a slice of the arena, or the caller's; NULL if unused */
    struct step *steps;      /* OpenCL devices only */
    size_t step_count;
    struct plan_round round;
    struct plan_launch **launches; /* one per step; on `ref` one per op */
    size_t launch_count;
    size_t workspace_bytes; /* what the steps hold on the device besides the arena */
};

enum nncl_status plan_create(struct nncl_device *device, const struct nncl_op_list *list,
    const struct nncl_binding *bindings, size_t count, const struct plan_settings *settings,
    struct nncl_plan **plan);

/* Rewrites the plan's own copy of a list for an OpenCL device: see fuse.c. */
enum nncl_status plan_fuse(
    struct nncl_op_list *list, const struct nncl_device *device, const char *gemm);

/* Lays the list's inner tensors out in an arena: tensors whose lifetimes overlap do not share
 * memory. placements: one per tensor of the list. Offsets are multiples of `alignment`. */
enum nncl_status plan_layout(const struct nncl_op_list *list, const struct plan_settings *settings,
    size_t alignment, struct placement *placements, size_t *arena_bytes);

/* Describes what `count` steps (on `ref`: NULL, and 1) that compute an op are; nncl_plan_launch
 * then shows it. */
enum nncl_status plan_describe(
    struct nncl_plan *plan, const struct op *op, struct step *steps, size_t count);

/* The two executors. */
enum nncl_status plan_prepare_opencl(struct nncl_plan *plan, const char *gemm);
enum nncl_status plan_prepare_ref(struct nncl_plan *plan);
enum nncl_status plan_run_opencl(struct nncl_plan *plan);
enum nncl_status plan_run_ref(struct nncl_plan *plan);

/* Runs the plan on an OpenCL device launch by launch, and calls `done` after each; blocks. Errors:
 * NNCL_INTERRUPTED if `done` returns false, and those of nncl_plan_run. */
enum nncl_status plan_run_singly(struct nncl_plan *plan, bool (*done)(void *user), void *user);

enum { PLAN_NAME_SIZE = 128 };

/* Runs the list once with storage of its own for all inner tensors and names the first float
 * tensor, in the order of the ops, that has an element that is not finite: `name`, "" if all are
 * finite. Tensors without a name are passed over unless no named one follows. Blocks. */
enum nncl_status plan_find_nonfinite(struct nncl_device *device, const struct nncl_op_list *list,
    const struct nncl_binding *bindings, size_t count, const struct nncl_plan_options *options,
    char name[PLAN_NAME_SIZE]);

#endif
