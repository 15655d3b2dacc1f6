/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The kernels' sources, as built in by cl/embed.c. */
#ifndef NNCL_DEVICE_SOURCES_H
#define NNCL_DEVICE_SOURCES_H

#include <stddef.h>

struct kernel_source {
    const char *name; /* "relu.cl" */
    const char *text; /* NUL-terminated */
    size_t size;      /* without the NUL */
};

extern const struct kernel_source kernel_sources[];
extern const size_t kernel_source_count;

#endif
