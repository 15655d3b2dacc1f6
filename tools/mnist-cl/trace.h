/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* --trace: a timeline in Chrome's trace format, written while things happen. */
#ifndef TOOLS_MNIST_CL_TRACE_H
#define TOOLS_MNIST_CL_TRACE_H

#include <nncl/profile.h>
#include <nncl/program.h>

struct trace;

/* Begins the file, with time 0 now. Errors: as nncl_file_writer_open. */
enum nncl_status trace_open(const char *path, struct trace **trace);

/* A launch on the device, of the category "kernel". A NULL trace takes nothing, here and below. */
void trace_launch(struct trace *trace, const struct nncl_launch_time *time);

/* What the host did between two moments of nncl_clock, of the category "host". */
void trace_span(struct trace *trace, const char *name, double begin, double end);

/* The host now turns to this; what it did before has ended. NULL: to nothing. */
void trace_stage(struct trace *trace, const char *name);

/* Ends the file, which then takes its place; clears the pointer, which may be NULL. Errors: the
 * first of writing it. */
enum nncl_status trace_close(struct trace **trace);

#endif
