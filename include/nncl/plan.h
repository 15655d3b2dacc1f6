/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Plans: an op list prepared for one device. Kernels are built, memory is laid out and arguments
 * are bound once; running a plan only enqueues it. */
#ifndef NNCL_PLAN_H
#define NNCL_PLAN_H

#include <stddef.h>

#include <nncl/device.h>
#include <nncl/ops.h>
#include <nncl/profile.h>
#include <nncl/status.h>
#include <nncl/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nncl_plan;

/* The storage of a tensor that the list declares. */
struct nncl_binding {
    nncl_tensor_id id;
    struct nncl_tensor *tensor; /* of the same type and shape, on the plan's device */
};

struct nncl_plan_options {
    const char *gemm; /* provider of matrix products: "auto", "clblast", "tiled", "vector"; NULL:
                         auto */
};

/* Prepares `list` for `device`. Each declared tensor that an op uses must be bound; the tensors
 * must outlive the plan. The list may be freed afterwards. `options` may be NULL. Free with
 * nncl_plan_free. Builds kernels: may take seconds when nothing is cached. Blocks. Errors:
 * NNCL_USAGE (unbound or mismatched tensors, unknown provider), NNCL_OUT_OF_MEMORY,
 * NNCL_BUILD_FAILED with the compiler's log, NNCL_FAILED. Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_plan_create(struct nncl_device *device,
    const struct nncl_op_list *list, const struct nncl_binding *bindings, size_t count,
    const struct nncl_plan_options *options, struct nncl_plan **plan);

/* Frees the plan and clears the pointer; *plan may be NULL. Waits for nothing: finish the device
 * first if a run may be under way. Thread-safety: one thread a device. */
NNCL_API void nncl_plan_free(struct nncl_plan **plan);

/* Runs all ops once, in order, after everything enqueued before. On OpenCL devices this enqueues
 * and returns; on `ref` it computes. Errors: NNCL_DEVICE_LOST, NNCL_OUT_OF_MEMORY, NNCL_FAILED.
 * Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_plan_run(struct nncl_plan *plan);

/* Copies a tensor that lives inside the plan to `values`, after everything enqueued before. Only
 * outputs that no op reads keep their value to the end of a run; others may share memory.
 * Blocks; counts as a host wait. Errors: NNCL_USAGE for an id that is not inside the plan, and as
 * nncl_tensor_read. Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_plan_read(struct nncl_plan *plan, nncl_tensor_id id, void *values);

/* Launches and calls of one run. Thread-safety: safe. */
NNCL_API size_t nncl_plan_launch_count(const struct nncl_plan *plan);

/* Launch `index` (below the count) in the order they run, owned by the plan. Thread-safety: safe.
 */
NNCL_API const struct nncl_launch *nncl_plan_launch(const struct nncl_plan *plan, size_t index);

#ifdef __cplusplus
}
#endif
#endif
