/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Devices and their buffers, whether OpenCL or host: what every folder above may use. */
#ifndef NNCL_DEVICE_DEVICE_H
#define NNCL_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/device.h>
#include <nncl/profile.h>
#include <nncl/tensor.h>

struct buffer;
struct fence;
struct readback;
struct recorder;

/* What the two kinds of device do differently. The functions below check arguments, count host
 * waits and call these. */
struct device_functions {
    enum nncl_status (*buffer_create)(struct buffer *buffer);
    /* The same in memory that the host addresses too, setting buffer->host; without that where the
     * device has none. */
    enum nncl_status (*buffer_create_shared)(struct buffer *buffer);
    /* Makes a buffer of the host's own memory, to be read only; where that brings nothing `memory`
     * stays NULL. */
    enum nncl_status (*buffer_borrow)(struct buffer *buffer, const void *from);
    /* Makes `slice` a part of `parent`; `offset` is a multiple of info.base_alignment. */
    enum nncl_status (*buffer_slice)(struct buffer *parent, size_t offset, struct buffer *slice);
    void (*buffer_free)(struct buffer *buffer);
    enum nncl_status (*write)(struct buffer *buffer, size_t offset, const void *from, size_t bytes);
    enum nncl_status (*write_later)(struct buffer *buffer, const void *from, size_t bytes);
    enum nncl_status (*read)(struct buffer *buffer, size_t offset, void *to, size_t bytes);
    enum nncl_status (*zero)(struct buffer *buffer);
    enum nncl_status (*copy)(struct buffer *from, struct buffer *to);
    enum nncl_status (*read_later)(
        struct buffer *buffer, void *to, size_t bytes, struct readback *readback);
    bool (*readback_ready)(struct readback *readback);
    enum nncl_status (*readback_wait)(struct readback *readback);
    enum nncl_status (*mark)(struct nncl_device *device, struct fence *fence);
    enum nncl_status (*upload)(struct buffer *buffer, const void *from, size_t bytes,
        const struct fence *after, struct fence *done);
    enum nncl_status (*hold)(const struct fence *fence);
    enum nncl_status (*fence_wait)(const struct fence *fence);
    void (*fence_free)(struct fence *fence);
    enum nncl_status (*finish)(struct nncl_device *device);
    void (*close)(struct nncl_device *device); /* frees what open made, not `device` itself */
};

/* An OpenCL device continues with its context and queue: src/device/opencl.h. */
struct nncl_device {
    const struct device_functions *functions;
    struct nncl_device_info info;
    char choice[256];
    uint64_t host_waits;
    enum nncl_convolution convolution;
    enum nncl_phase phase;     /* what is launched now is for this */
    struct recorder *recorder; /* NULL: launches are not recorded */
    uint64_t allocated;        /* bytes in buffers, slices aside … */
    uint64_t most, largest;    /* … at most so far, and in the largest one so far */
    void *kept;                /* what src/gemm keeps with the device; NULL: nothing yet */
    void (*kept_free)(void *kept);
};

/* Memory on a device. `memory` is a cl_mem, or the host's address itself on `ref`; `host` the
 * host's address of shared memory, else NULL. */
struct buffer {
    struct nncl_device *device;
    void *memory;
    void *host;
    size_t bytes;
    bool slice;    /* a part of another buffer, which owns the memory */
    bool borrowed; /* the memory is the caller's */
};

/* A read that is under way; `event` is a cl_event, NULL on `ref`. */
struct readback {
    struct nncl_device *device;
    void *event;
};

/* A point in a device's work; zeroed: one long passed. `event` is a cl_event, NULL on `ref`. */
struct fence {
    struct nncl_device *device;
    void *event;
};

/* The host's own address of a buffer of the `ref` device. */
static inline void *buffer_host(const struct buffer *buffer)
{
    return buffer->memory;
}

/* Compute units to share work among: 1 where a device names none. */
static inline size_t device_units(const struct nncl_device *device)
{
    return device->info.compute_units ? device->info.compute_units : 1;
}

/* Floats of the vectors that kernels are built for: as wide as the device's registers, 4 where it
 * names none. */
static inline unsigned device_vector_width(const struct nncl_device *device)
{
    unsigned native = device->info.native_vector_float;
    return native >= 16 ? 16 : native >= 8 ? 8 : 4;
}

static inline bool device_is_host(const struct nncl_device *device)
{
    return device->info.kind == NNCL_DEVICE_REF;
}

/* A stand-in for `device` on which buffers take no memory, nothing is built and nothing runs, but
 * `allocated` counts: what is made there tells how much memory the same would take on the device,
 * which must outlive it. No limit holds there. The programs that it would take are then wanted on
 * the device, which builds all of them as one when it first needs one. Close with
 * nncl_device_close.
 * Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status device_dry_open(struct nncl_device *device, struct nncl_device **dry);
bool device_is_dry(const struct nncl_device *device);

/* Forgets the programs that stand-ins made wanted and that were not built: after a plan that is not
 * carried out. */
void device_want_no_programs(struct nncl_device *device);

/* Makes `bytes` of memory with undefined contents. Errors: NNCL_OUT_OF_MEMORY with the device's
 * limit (CL_DEVICE_MAX_MEM_ALLOC_SIZE or the whole memory, of which other buffers have their share)
 * and the size asked for. */
enum nncl_status buffer_create(struct nncl_device *device, size_t bytes, struct buffer **buffer);

/* The same in memory that device and host share, where a device computes in the host's memory and
 * says that both may address it without copying (OpenCL 2.0's fine-grained shared virtual memory):
 * then (*buffer)->host is set. The host may use it whenever nothing that is enqueued does. */
enum nncl_status buffer_create_shared(
    struct nncl_device *device, size_t bytes, struct buffer **buffer);

/* Makes a buffer of `bytes` that hold what `from` does, and are only read. `from` must stay as it
 * is while the buffer lives: devices that share the host's memory read it where it stands. */
enum nncl_status buffer_borrow(
    struct nncl_device *device, const void *from, size_t bytes, struct buffer **buffer);

/* Makes a part of `parent`, which must outlive it. */
enum nncl_status buffer_slice(
    struct buffer *parent, size_t offset, size_t bytes, struct buffer **slice);

/* Frees and clears; *buffer may be NULL. */
void buffer_free(struct buffer **buffer);

/* Blocking copies, each counted as a host wait. */
enum nncl_status buffer_write(struct buffer *buffer, size_t offset, const void *from, size_t bytes);
enum nncl_status buffer_read(struct buffer *buffer, size_t offset, void *to, size_t bytes);

/* Enqueues a copy of `bytes` from `from` to the buffer's start; `from` must stay as it is until the
 * next wait. Into shared memory it copies at once: nothing that is enqueued may use it. */
enum nncl_status buffer_write_later(struct buffer *buffer, const void *from, size_t bytes);

/* Enqueues filling with zeros; does not block. */
enum nncl_status buffer_zero(struct buffer *buffer);

/* Enqueues a copy of all of `from` to the start of `to`, on the same device; does not block.
 * Errors: NNCL_USAGE if it has no room there. */
enum nncl_status buffer_copy(struct buffer *from, struct buffer *to);

/* Enqueues a copy of the first `bytes` to `to`, which must live until the readback is waited for,
 * and flushes the queue. Does not block. */
enum nncl_status buffer_read_later(
    struct buffer *buffer, void *to, size_t bytes, struct readback **readback);

/* Whether waiting would return at once. */
bool readback_ready(struct readback *readback);

/* Waits (a host wait, unless it was ready), frees and clears; *readback may be NULL. */
enum nncl_status readback_wait(struct readback **readback);

/* Marks the point at which all that was enqueued so far is done; what the fence marked before is
 * let go. Does not block. */
enum nncl_status device_mark(struct nncl_device *device, struct fence *fence);

/* Copies the first `bytes` from `from` beside what the device computes, once `after` has passed.
 * `from` must stay as it is until `done` has; what that marked before is let go. Does not block. */
enum nncl_status buffer_upload(struct buffer *buffer, const void *from, size_t bytes,
    const struct fence *after, struct fence *done);

/* Has all that is enqueued from now on wait for `fence`. Does not block. */
enum nncl_status fence_hold(const struct fence *fence);

/* Waits until the point has passed (a host wait) and clears the fence. */
enum nncl_status fence_wait(struct fence *fence);

/* Lets the point go without waiting for it. */
void fence_clear(struct fence *fence);

struct nncl_tensor {
    enum nncl_type type;
    struct nncl_shape shape;
    struct buffer *buffer;
};

/* A tensor on a device of the caller's `values`: see buffer_borrow. */
enum nncl_status tensor_borrow(struct nncl_device *device, enum nncl_type type,
    const struct nncl_shape *shape, const void *values, struct nncl_tensor **tensor);

/* As nncl_tensor_create, by buffer_create_shared. */
enum nncl_status tensor_create_shared(struct nncl_device *device, enum nncl_type type,
    const struct nncl_shape *shape, struct nncl_tensor **tensor);

#endif
