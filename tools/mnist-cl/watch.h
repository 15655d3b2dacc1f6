/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is looked at while the device works: --explain, --profile and --trace. */
#ifndef TOOLS_MNIST_CL_WATCH_H
#define TOOLS_MNIST_CL_WATCH_H

#include <nncl/nncl.h>

#include "mnist-cl/profile.h"
#include "mnist-cl/trace.h"

/* Options of commands that watch, each for its own struct watch. */
#define WATCH_OPTION_EXPLAIN(watch)                                                                \
    {                                                                                              \
        .name = "explain", .kind = OPTION_FLAG, .value = &(watch).explains,                        \
        .help = "print what a step of training launches, before it begins"                         \
    }
#define WATCH_OPTION_PROFILE(watch)                                                                \
    {                                                                                              \
        .name = "profile", .kind = OPTION_FLAG, .value = &(watch).profiles,                        \
        .help = "print where the device's time went"                                               \
    }
#define WATCH_OPTION_TRACE(watch)                                                                  \
    {                                                                                              \
        .name = "trace", .kind = OPTION_TEXT, .value = &(watch).trace_path, .argument = "FILE",    \
        .help = "write a timeline of all launches for Perfetto"                                    \
    }

struct watch {
    bool explains, profiles;
    const char *trace_path;
    struct profile profile;
    struct trace *trace;
    json_t *plan; /* the launches of a step, once they are known */
    bool failed;  /* something could not be shown; it was said */
    double epoch_begin;
};

/* Before anything else: begins the trace if there is to be one. Returns an exit status. */
int watch_begin(struct watch *watch);

/* Watches a device that has been opened. Errors: as nncl_device_record. */
enum nncl_status watch_device(struct watch *watch, struct nncl_device *device);

/* Takes note of where a fit is. */
void watch_fit(struct watch *watch, const struct nncl_fit_progress *now);

/* Adds to an object what there is to show: "launches", "profile". False when out of memory. */
bool watch_add_json(struct watch *watch, json_t *object);

/* Prints the object with these, and drops the reference; NULL means that memory ran out. Returns an
 * exit status. */
int watch_print_json(struct watch *watch, json_t *object);

/* Prints the profile if it is wanted. Returns an exit status. */
int watch_print(struct watch *watch);

/* After the device was closed: ends the trace and frees all. Returns `status`, or the exit status
 * of a failure to show something if `status` was NNCL_OK. */
int watch_end(struct watch *watch, int status);

#endif
