/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The format: "Trace Event Format", complete events ("ph": "X"), times in microseconds. */
#include "mnist-cl/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/explain.h"
#include "mnist-cl/profile.h"

enum { BUFFER_SIZE = 65536, PROCESS = 1, HOST = 1, DEVICE = 2 };

struct trace {
    struct nncl_file_writer *writer;
    double begin; /* of the time axis */
    const char *stage;
    double stage_begin;
    bool has_events;
    enum nncl_status failed; /* the first failure */
    size_t used;
    char buffer[BUFFER_SIZE];
};

/* Failures are said once, when they happen. */
static void fail(struct trace *trace, enum nncl_status status)
{
    if (trace->failed == NNCL_OK)
        trace->failed = (enum nncl_status)message_status(status);
}

static void flush(struct trace *trace)
{
    if (trace->failed == NNCL_OK)
        fail(trace, nncl_file_writer_append(trace->writer, trace->buffer, trace->used));
    trace->used = 0;
}

static void put(struct trace *trace, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        size_t room = BUFFER_SIZE - trace->used, part = left < room ? left : room;
        memcpy(trace->buffer + trace->used, text, part);
        trace->used += part;
        text += part;
        left -= part;
        if (trace->used == BUFFER_SIZE)
            flush(trace);
    }
}

/* Writes an event and drops the reference. */
static void put_event(struct trace *trace, json_t *event)
{
    char *text = event ? json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(event);
    if (!text) {
        if (trace->failed == NNCL_OK)
            trace->failed = (enum nncl_status)message_fail(
                NNCL_OUT_OF_MEMORY, "not enough memory for the trace");
        return;
    }
    put(trace, trace->has_events ? ",\n" : "\n");
    put(trace, text);
    trace->has_events = true;
    free(text);
}

/* Microseconds, to the nanosecond. */
static json_t *microseconds(double seconds)
{
    return json_number(round(1e9 * seconds) / 1e3);
}

static void put_span(struct trace *trace, const char *name, const char *category, int thread,
    const double times[2], json_t *arguments)
{
    put_event(trace,
        json_pack("{s:o, s:s, s:s, s:o, s:o, s:i, s:i, s:o}", "name", json_text(name), "cat",
            category, "ph", "X", "ts", microseconds(times[0] - trace->begin), "dur",
            microseconds(times[1] - times[0]), "pid", PROCESS, "tid", thread, "args", arguments));
}

static void put_name(struct trace *trace, const char *what, int thread, const char *name)
{
    put_event(trace, json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "name", what, "ph", "M", "pid",
                         PROCESS, "tid", thread, "args", "name", name));
}

enum nncl_status trace_open(const char *path, struct trace **trace)
{
    struct trace *made = calloc(1, sizeof *made);
    if (!made)
        return (enum nncl_status)message_fail(
            NNCL_OUT_OF_MEMORY, "not enough memory for the trace");
    enum nncl_status status = nncl_file_writer_open(path, &made->writer);
    if (status != NNCL_OK) {
        free(made);
        return (enum nncl_status)message_status(status);
    }
    made->begin = nncl_clock();
    put(made, "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [");
    put_name(made, "process_name", HOST, "mnist-cl");
    put_name(made, "thread_name", HOST, "host");
    put_name(made, "thread_name", DEVICE, "device");
    *trace = made;
    return NNCL_OK;
}

void trace_launch(struct trace *trace, const struct nncl_launch_time *time)
{
    if (!trace)
        return;
    const struct nncl_launch *launch = time->launch;
    char shape[EXPLAIN_SHAPE_SIZE];
    put_span(trace, launch->kernel, "kernel", DEVICE, (const double[2]){time->begin, time->end},
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "phase", profile_phase(time->phase),
            "provider", launch->provider, "op", launch->op, "fused", launch->fused, "shape",
            explain_shape(&launch->shape, shape), "flop", (json_int_t)launch->flop, "bytes",
            (json_int_t)launch->bytes));
}

void trace_span(struct trace *trace, const char *name, double begin, double end)
{
    if (trace)
        put_span(trace, name, "host", HOST, (const double[2]){begin, end}, json_object());
}

void trace_stage(struct trace *trace, const char *name)
{
    if (!trace)
        return;
    double now = nncl_clock();
    if (trace->stage)
        trace_span(trace, trace->stage, trace->stage_begin, now);
    trace->stage = name;
    trace->stage_begin = now;
}

enum nncl_status trace_close(struct trace **trace)
{
    struct trace *done = *trace;
    if (!done)
        return NNCL_OK;
    trace_stage(done, NULL);
    put(done, "\n]}\n");
    flush(done);
    if (done->failed == NNCL_OK)
        fail(done, nncl_file_writer_commit(&done->writer));
    enum nncl_status status = done->failed;
    nncl_file_writer_abandon(&done->writer);
    free(done);
    *trace = NULL;
    return status;
}
