/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Recording by OpenCL's profiling events, on a queue of its own. */
#include "device/record.h"

#include <stdlib.h>

#include <nncl/program.h>

#include "base/status.h"
#include "device/step.h"

/* More launches than windows of steps usually hold: from half of it on they are harvested as they
 * get done, and where all are under way the host waits. */
enum { PENDING_MOST = 32768 };

struct pending {
    const struct nncl_launch *launch;
    enum nncl_phase phase;
    cl_event before; /* of a call or pieces: a marker in front; NULL for a launch */
    cl_event done;
};

struct recorder {
    nncl_record_function *function;
    void *user;
    struct pending *pending; /* a ring */
    size_t first, count;
    double offset;          /* seconds from the device's clock to nncl_clock */
    cl_command_queue plain; /* the queue that is used without recording */
};

static enum nncl_status event_time(
    struct nncl_device *device, cl_event event, cl_profiling_info moment, double *seconds)
{
    cl_ulong nanoseconds = 0;
    cl_int error = clGetEventProfilingInfo(event, moment, sizeof nanoseconds, &nanoseconds, NULL);
    *seconds = 1e-9 * (double)nanoseconds;
    return opencl_result(device, error, "clGetEventProfilingInfo");
}

static void release(struct pending *pending)
{
    if (pending->before)
        clReleaseEvent(pending->before);
    if (pending->done)
        clReleaseEvent(pending->done);
}

/* A failed command is done, too; asking for its time then fails. */
static bool is_done(cl_event event)
{
    cl_int state = CL_QUEUED;
    cl_int error =
        clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
    return error != CL_SUCCESS || state <= CL_COMPLETE;
}

static enum nncl_status report(struct nncl_device *device, const struct pending *pending)
{
    struct recorder *recorder = device->recorder;
    double begin, end;
    enum nncl_status status =
        pending->before ? event_time(device, pending->before, CL_PROFILING_COMMAND_END, &begin)
                        : event_time(device, pending->done, CL_PROFILING_COMMAND_START, &begin);
    if (status == NNCL_OK)
        status = event_time(device, pending->done, CL_PROFILING_COMMAND_END, &end);
    if (status != NNCL_OK)
        return status;
    const struct nncl_launch_time time = {.launch = pending->launch,
        .phase = pending->phase,
        .begin = begin + recorder->offset,
        .end = (end > begin ? end : begin) + recorder->offset};
    recorder->function(recorder->user, &time);
    return NNCL_OK;
}

static void forget(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->count; i++)
        release(&recorder->pending[(recorder->first + i) % PENDING_MOST]);
    recorder->count = 0;
}

/* Reports the oldest launch and forgets it. */
static enum nncl_status take_first(struct nncl_device *device)
{
    struct recorder *recorder = device->recorder;
    struct pending *oldest = &recorder->pending[recorder->first];
    enum nncl_status status = report(device, oldest);
    release(oldest);
    recorder->first = (recorder->first + 1) % PENDING_MOST;
    recorder->count--;
    return status;
}

static enum nncl_status wait_for(struct nncl_device *device, cl_event event)
{
    device->host_waits++;
    return opencl_result(device, clWaitForEvents(1, &event), "clWaitForEvents");
}

enum nncl_status record_harvest(struct nncl_device *device, bool wait)
{
    enum nncl_status status = NNCL_OK;
    struct recorder *recorder = device->recorder;
    while (recorder && recorder->count > 0) {
        cl_event oldest = recorder->pending[recorder->first].done;
        if (!is_done(oldest)) {
            if (!wait)
                break;
            TRY(wait_for(device, oldest));
        }
        TRY(take_first(device));
    }
    return NNCL_OK;
out:
    forget(recorder); /* their plans may be freed now */
    return status;
}

static enum nncl_status make_room(struct nncl_device *device)
{
    struct recorder *recorder = device->recorder;
    enum nncl_status status = NNCL_OK;
    if (recorder->count < PENDING_MOST / 2)
        return NNCL_OK;
    if (recorder->count == PENDING_MOST)
        TRY(wait_for(device, recorder->pending[recorder->first].done));
    TRY(record_harvest(device, false));
out:
    return status;
}

static enum nncl_status mark(struct nncl_device *device, cl_event *event)
{
    cl_int error = clEnqueueMarkerWithWaitList(opencl_device(device)->queue, 0, NULL, event);
    return opencl_result(device, error, "clEnqueueMarkerWithWaitList");
}

enum nncl_status record_step(struct step *step)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_device *device = step->device;
    struct recorder *recorder = device->recorder;
    struct pending made = {.launch = step->launch, .phase = device->phase};
    TRY(make_room(device));
    bool one = step_is_one_launch(step);
    if (!one)
        TRY(mark(device, &made.before));
    TRY(step_start(step, one ? &made.done : NULL));
    if (!one)
        TRY(mark(device, &made.done));
    recorder->pending[(recorder->first + recorder->count++) % PENDING_MOST] = made;
    return NNCL_OK;
out:
    release(&made);
    return status;
}

void record_host(
    struct nncl_device *device, const struct nncl_launch *launch, double begin, double end)
{
    const struct nncl_launch_time time = {
        .launch = launch, .phase = device->phase, .begin = begin, .end = end};
    device->recorder->function(device->recorder->user, &time);
}

/* A marker ends between two looks at the host's clock; the closest pair of them is taken. */
static enum nncl_status align_clocks(struct nncl_device *device)
{
    enum { TRIES = 8 };
    enum nncl_status status = NNCL_OK;
    double shortest = 0, end;
    cl_event event = NULL;
    for (int i = 0; i < TRIES; i++) {
        double before = nncl_clock();
        TRY(mark(device, &event));
        TRY(wait_for(device, event));
        double after = nncl_clock();
        TRY(event_time(device, event, CL_PROFILING_COMMAND_END, &end));
        clReleaseEvent(event);
        event = NULL;
        if (i == 0 || after - before < shortest) {
            shortest = after - before;
            device->recorder->offset = (before + after) / 2 - end;
        }
    }
out:
    if (event)
        clReleaseEvent(event);
    return status;
}

static enum nncl_status open_queue(struct nncl_device *device)
{
    struct opencl_device *opencl = opencl_device(device);
    cl_int error;
    cl_command_queue queue =
        clCreateCommandQueue(opencl->context, opencl->id, CL_QUEUE_PROFILING_ENABLE, &error);
    if (error != CL_SUCCESS)
        return opencl_result(device, error, "clCreateCommandQueue");
    device->recorder->plain = opencl->queue;
    opencl->queue = queue;
    return align_clocks(device);
}

static enum nncl_status begin(
    struct nncl_device *device, nncl_record_function *function, void *user)
{
    struct recorder *made = calloc(1, sizeof *made);
    if (!made)
        return nncl_fail_memory("a record of launches", sizeof *made);
    *made = (struct recorder){.function = function, .user = user};
    device->recorder = made;
    if (device_is_host(device))
        return NNCL_OK;
    made->pending = calloc(PENDING_MOST, sizeof *made->pending);
    if (!made->pending)
        return nncl_fail_memory("a record of launches", PENDING_MOST * sizeof *made->pending);
    return open_queue(device);
}

void record_drop(struct nncl_device *device)
{
    struct recorder *recorder = device->recorder;
    if (!recorder)
        return;
    forget(recorder);
    if (recorder->plain) {
        clFinish(opencl_device(device)->queue);
        clReleaseCommandQueue(opencl_device(device)->queue);
        opencl_device(device)->queue = recorder->plain;
    }
    free(recorder->pending);
    free(recorder);
    device->recorder = NULL;
}

enum nncl_status nncl_device_record(
    struct nncl_device *device, nncl_record_function *function, void *user)
{
    enum nncl_status status = nncl_device_finish(device);
    record_drop(device);
    if (status == NNCL_OK && function) {
        status = begin(device, function, user);
        if (status != NNCL_OK)
            record_drop(device);
    }
    return status;
}
