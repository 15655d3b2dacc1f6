/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The parts of an OpenCL device that only src/device sees. */
#ifndef NNCL_DEVICE_OPENCL_DEVICE_H
#define NNCL_DEVICE_OPENCL_DEVICE_H

#include "device/list.h"
#include "device/opencl.h"

/* Opens a device of the list: its context and queue. `choice` is left empty.
 * Errors: NNCL_OUT_OF_MEMORY, NNCL_DEVICE_LOST, NNCL_FAILED. */
enum nncl_status opencl_device_open(
    const struct device_record *record, struct nncl_device **device);

/* Frees a device's programs. */
void opencl_programs_free(struct opencl_program **programs);

/* ---- opencl_buffer.c, as in struct device_functions ---- */

enum nncl_status opencl_buffer_create(struct buffer *buffer);
enum nncl_status opencl_buffer_create_shared(struct buffer *buffer);
enum nncl_status opencl_buffer_borrow(struct buffer *buffer, const void *from);
enum nncl_status opencl_buffer_slice(struct buffer *parent, size_t offset, struct buffer *slice);
void opencl_buffer_free(struct buffer *buffer);
enum nncl_status opencl_write(struct buffer *buffer, size_t offset, const void *from, size_t bytes);
enum nncl_status opencl_write_later(struct buffer *buffer, const void *from, size_t bytes);
enum nncl_status opencl_read(struct buffer *buffer, size_t offset, void *to, size_t bytes);
enum nncl_status opencl_zero(struct buffer *buffer);
enum nncl_status opencl_copy(struct buffer *from, struct buffer *to);
enum nncl_status opencl_read_later(
    struct buffer *buffer, void *to, size_t bytes, struct readback *readback);
bool opencl_readback_ready(struct readback *readback);
enum nncl_status opencl_readback_wait(struct readback *readback);
enum nncl_status opencl_finish(struct nncl_device *device);

/* ---- opencl_fence.c ---- */

enum nncl_status opencl_mark(struct nncl_device *base, struct fence *fence);
enum nncl_status opencl_upload(struct buffer *buffer, const void *from, size_t bytes,
    const struct fence *after, struct fence *done);
enum nncl_status opencl_hold(const struct fence *fence);
enum nncl_status opencl_fence_wait(const struct fence *fence);
void opencl_fence_free(struct fence *fence);

#endif
