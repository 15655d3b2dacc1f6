/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a training takes of the device's memory, for --plan. */
#ifndef TOOLS_MNIST_CL_MEMORY_H
#define TOOLS_MNIST_CL_MEMORY_H

#include <nncl/train.h>

/* Prints a line per kind of memory and the device's limits to stdout. Returns an exit status. */
int memory_print(const struct nncl_memory *memory);

/* Writes the same as one JSON document. Says its own failure. */
enum nncl_status memory_json_write(const struct nncl_memory *memory, const char *path);

#endif
