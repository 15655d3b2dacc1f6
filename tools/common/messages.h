/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a program says besides its results: everything here goes to stderr. */
#ifndef TOOLS_COMMON_MESSAGES_H
#define TOOLS_COMMON_MESSAGES_H

#include <nncl/log.h>
#include <nncl/status.h>

/* The name in front of every message; static storage. Call it first. */
void message_program(const char *name);

/* `clear` is called before each message, to take away a live line on the terminal; NULL: nothing.
 */
void message_before(void (*clear)(void));

/* Prints "program: text" and a newline. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints the message and returns `status`. */
int message_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints nncl_last_error() if `status` is a failure, and returns `status`. */
int message_status(enum nncl_status status);

/* An nncl_log_function: warnings get "program: warning: …", the rest "program: …". */
void message_log(void *user, enum nncl_log_level level, const char *line);

/* Flushes stdout; a failure is remembered for message_finish. */
void message_flush(void);

/* Flushes and closes stdout. Returns `status`, or NNCL_FAILED with a message if `status` was
 * NNCL_OK and not all output was written. Nothing may be printed to stdout afterwards. */
int message_finish(int status);

#endif
