/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Failing with a sentence. */
#ifndef NNCL_BASE_STATUS_H
#define NNCL_BASE_STATUS_H

#include <stddef.h>

#include <nncl/status.h>

/* Sets the thread's last error to the formatted sentence and returns `status`. */
enum nncl_status nncl_fail(enum nncl_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts what was being attempted in front of the thread's last error: "<context>: <error>".
 * Returns `status`. */
enum nncl_status nncl_fail_while(enum nncl_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fails for want of `bytes` of host memory for `what`. */
enum nncl_status nncl_fail_memory(const char *what, size_t bytes);

/* Keeps the thread's last error aside, and puts it back: around clean-up whose own failures must
 * not replace it. Not nested. */
void nncl_error_hold(void);
void nncl_error_restore(void);

/* In a function with `enum nncl_status status` and an `out:` block: leaves on failure. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != NNCL_OK)                                                                     \
            goto out;                                                                              \
    } while (0)

#endif
