/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Names of classes. */
#ifndef NNCL_BASE_LABEL_H
#define NNCL_BASE_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/status.h>

enum { LABEL_SIZE = 256, LABELS_BYTES = 1 << 18 };

/* Whether a text can be the name of a class: 1 to 255 bytes of UTF-8 without control characters. */
bool label_is_good(const char *text);

/* Checks and copies the names of classes into one piece of memory, to be freed as one. `names`
 * NULL: *copy becomes NULL. Errors: NNCL_USAGE naming the class, or if all names together are
 * longer than LABELS_BYTES; NNCL_OUT_OF_MEMORY. */
enum nncl_status labels_copy(const char *const *names, uint32_t count, const char *const **copy);

#endif
