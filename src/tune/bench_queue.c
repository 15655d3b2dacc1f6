/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the queue costs: empty launches, and copies between host and device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "tune/bench.h"

/* ---- Launches ---- */

/* A kernel that only counts its launches. */
struct counting {
    struct step step;
    struct buffer *counter;
    uint32_t launches;
    uint32_t burst; /* launches enqueued before the device is waited for */
};

static enum nncl_status launch_burst(void *context)
{
    struct counting *counting = context;
    enum nncl_status status = NNCL_OK;
    for (uint32_t i = 0; i < counting->burst && status == NNCL_OK; i++)
        status = step_enqueue(&counting->step);
    counting->launches += counting->burst;
    return status == NNCL_OK ? nncl_device_finish(counting->step.device) : status;
}

static enum nncl_status open_counting(struct bench *bench, struct counting *counting)
{
    enum nncl_status status = NNCL_OK;
    const struct step_launch launch = {
        .program = "bench", .kernel = "bench_count", .dimensions = 1, .global = {1}, .local = {1}};
    TRY(buffer_create(bench->device, sizeof(uint32_t), &counting->counter));
    TRY(buffer_zero(counting->counter));
    const struct step_argument argument = ARG_BUFFER(counting->counter);
    TRY(step_launch(bench->device, &launch, &argument, 1, &counting->step));
out:
    return status;
}

/* Times bursts of `burst` launches, by the launch. */
static enum nncl_status measure_burst(
    struct bench *bench, struct counting *counting, uint32_t burst, const char *name)
{
    enum nncl_status status = NNCL_OK;
    struct samples seconds;
    counting->burst = burst;
    TRY(bench_begin(bench, name));
    TRY(bench_time(bench, launch_burst, counting, &seconds));
    bench_report(
        bench, &(struct bench_figure){
                   .name = name, .unit = "us", .seconds = &seconds, .scale = 1e-6 * burst});
out:
    return status;
}

static enum nncl_status measure_launches(struct bench *bench)
{
    enum { BURST = 256 };
    enum nncl_status status = NNCL_OK;
    struct counting counting = {0};
    uint32_t counted;
    TRY(open_counting(bench, &counting));
    TRY(measure_burst(bench, &counting, 1, "empty kernel, enqueue to finish"));
    TRY(measure_burst(bench, &counting, BURST, "empty kernel in a full queue"));
    TRY(buffer_read(counting.counter, 0, &counted, sizeof counted));
    TRY(bench_expect(bench, "bench_count", counted, counting.launches));
out:
    step_clear(&counting.step);
    buffer_free(&counting.counter);
    return status;
}

enum nncl_status bench_launch(struct bench *bench)
{
    return bench_excuse(bench, measure_launches(bench), "empty kernel");
}

/* ---- Transfers ---- */

struct transfer {
    struct buffer *buffer;
    unsigned char *host;
    size_t bytes;
};

static enum nncl_status write_all(void *context)
{
    struct transfer *transfer = context;
    return buffer_write(transfer->buffer, 0, transfer->host, transfer->bytes);
}

static enum nncl_status read_all(void *context)
{
    struct transfer *transfer = context;
    return buffer_read(transfer->buffer, 0, transfer->host, transfer->bytes);
}

static enum nncl_status map_all(void *context)
{
    struct transfer *transfer = context;
    struct nncl_device *device = transfer->buffer->device;
    cl_command_queue queue = opencl_device(device)->queue;
    cl_int error;
    void *mapped = clEnqueueMapBuffer(queue, opencl_memory(transfer->buffer), CL_TRUE, CL_MAP_READ,
        0, transfer->bytes, 0, NULL, NULL, &error);
    if (error != CL_SUCCESS)
        return opencl_result(device, error, "clEnqueueMapBuffer");
    error = clEnqueueUnmapMemObject(queue, opencl_memory(transfer->buffer), mapped, 0, NULL, NULL);
    return opencl_result(device, error, "clEnqueueUnmapMemObject");
}

static enum nncl_status measure_transfer(
    struct bench *bench, struct transfer *transfer, timing_work *work, const char *verb, bool rate)
{
    enum nncl_status status = NNCL_OK;
    struct samples seconds;
    char name[64], size[BENCH_SIZE_TEXT];
    snprintf(name, sizeof name, "%s %s", verb, bench_size((double)transfer->bytes, size));
    TRY(bench_begin(bench, name));
    TRY(bench_time(bench, work, transfer, &seconds));
    bench_report(bench, &(struct bench_figure){.name = name,
                            .unit = rate ? "GB/s" : "us",
                            .seconds = &seconds,
                            .work = rate ? (double)transfer->bytes : 0,
                            .scale = rate ? 1e9 : 1e-6});
out:
    return status;
}

/* What comes back is what was sent. */
static enum nncl_status check_transfer(const struct bench *bench, const struct transfer *transfer)
{
    for (size_t i = 0; i < transfer->bytes; i += 4093)
        if (transfer->host[i] != (unsigned char)(i % 251))
            return bench_expect(
                bench, "a copy to the device and back", transfer->host[i], (double)(i % 251));
    return NNCL_OK;
}

static enum nncl_status measure_all(struct bench *bench, size_t bytes)
{
    enum nncl_status status = NNCL_OK;
    struct transfer transfer = {.host = malloc(bytes), .bytes = bytes};
    if (!transfer.host)
        return nncl_fail_memory("what is copied to the device", bytes);
    for (size_t i = 0; i < bytes; i++)
        transfer.host[i] = (unsigned char)(i % 251);
    TRY(buffer_create(bench->device, bytes, &transfer.buffer));
    TRY(measure_transfer(bench, &transfer, write_all, "host to device,", true));
    memset(transfer.host, 0xff, bytes);
    TRY(measure_transfer(bench, &transfer, read_all, "device to host,", true));
    TRY(check_transfer(bench, &transfer));
    TRY(measure_transfer(bench, &transfer, map_all, "map and unmap", false));
    transfer.bytes = 4;
    TRY(measure_transfer(bench, &transfer, write_all, "host to device,", false));
    TRY(measure_transfer(bench, &transfer, read_all, "device to host,", false));
out:
    buffer_free(&transfer.buffer);
    free(transfer.host);
    return status;
}

enum nncl_status bench_transfer(struct bench *bench)
{
    size_t bytes = bench->options.quick ? (size_t)8 << 20 : (size_t)64 << 20;
    size_t most = bench_largest_buffer(bench);
    return bench_excuse(bench, measure_all(bench, bytes < most ? bytes : most), "copies");
}
