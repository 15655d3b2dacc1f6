/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where nncl's remarks go. The library itself prints nothing. */
#ifndef NNCL_LOG_H
#define NNCL_LOG_H

#include <nncl/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nncl_log_level {
    NNCL_LOG_WARNING = 1, /* something a user should know: a device passed over, a stale cache */
    NNCL_LOG_INFO = 2,    /* what is being done: the device chosen, kernels being built */
    NNCL_LOG_DEBUG = 3    /* choices in detail: providers, cache hits, work-group sizes */
};

/* Receives one line without a newline. May be called from any thread that calls nncl. */
typedef void nncl_log_function(void *user, enum nncl_log_level level, const char *line);

/* Sends lines up to `level` to `function` (NULL: nowhere, the default). `user` is passed through
 * and must outlive its use. Set it before other threads use nncl. Thread-safety: not safe. */
NNCL_API void nncl_log_set(nncl_log_function *function, void *user, enum nncl_log_level level);

#ifdef __cplusplus
}
#endif
#endif
