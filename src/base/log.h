/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Remarks to whoever called nncl_log_set. */
#ifndef NNCL_BASE_LOG_H
#define NNCL_BASE_LOG_H

#include <nncl/log.h>

void nncl_log(enum nncl_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
