/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The folder of runs: one file of JSON lines, each what one training was and gave. */
#ifndef TOOLS_MNIST_CL_RUNS_FILE_H
#define TOOLS_MNIST_CL_RUNS_FILE_H

#include <stdbool.h>

#include <nncl/nncl.h>

#include "common/output.h"

/* The path of a file called `name` in the folder of runs, which is made if `make_folder`.
 * `folder`: --runs, or NULL for the user's own. Free with free(). Says its failure and returns an
 * exit status. */
int runs_path(const char *folder, const char *name, bool make_folder, char **path);

/* A name for a run or a sweep: the time in UTC with microseconds, as "20261130-151233-048211". */
enum { RUN_NAME_SIZE = 48 };
void runs_name(char name[RUN_NAME_SIZE]);

/* The time now, as "2026-11-30T15:12:33Z". */
enum { RUN_TIME_SIZE = 24 };
void runs_time(char time[RUN_TIME_SIZE]);

/* Adds a run to the folder's file and drops the reference; NULL means that memory ran out. What
 * fails is a warning: it must not make a training fail that is done. */
void runs_add(const char *folder, json_t *run);

/* Reads all runs, oldest first; lines that are damaged are left out, with a warning if `warns`. A
 * file that is not there has none. Returns an exit status; *runs is an array then. */
int runs_read(const char *folder, bool warns, json_t **runs);

/* The run of that name, or whose name alone begins so; "last": the last one. Borrowed. Says why
 * there is none. */
const json_t *runs_find(const json_t *runs, const char *name);

/* A text or a number of a run; "" and NAN where it has none. */
const char *run_text(const json_t *run, const char *key);
double run_number(const json_t *run, const char *key);

#endif
