/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/label.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* Bytes of the UTF-8 character that `text` begins with; 0 if it is none, overlong, a surrogate or a
 * control character (RFC 3629). */
static size_t character(const unsigned char *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = text[0] < 0x80   ? 1
                  : text[0] < 0xc0 ? 0
                  : text[0] < 0xe0 ? 2
                  : text[0] < 0xf0 ? 3
                  : text[0] < 0xf8 ? 4
                                   : 0;
    if (size == 0)
        return 0;
    uint32_t code = size == 1 ? text[0] : text[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    bool bad = code < least[size] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    return bad || control ? 0 : size;
}

bool label_is_good(const char *text)
{
    const unsigned char *next = (const unsigned char *)text;
    size_t length = strlen(text);
    if (length == 0 || length >= LABEL_SIZE)
        return false;
    while (*next) {
        size_t size = character(next);
        if (size == 0)
            return false;
        next += size;
    }
    return true;
}

enum nncl_status labels_copy(const char *const *names, uint32_t count, const char *const **copy)
{
    size_t bytes = 0;
    for (uint32_t i = 0; names && i < count; i++) {
        if (!label_is_good(names[i]))
            return nncl_fail(NNCL_USAGE,
                "the name of class %u is none: it must be 1 to %d bytes of UTF-8 without control "
                "characters",
                i, LABEL_SIZE - 1);
        bytes += strlen(names[i]) + 1;
        if (bytes > LABELS_BYTES)
            return nncl_fail(
                NNCL_USAGE, "the names of the classes are longer than %d bytes", LABELS_BYTES);
    }
    *copy = NULL;
    if (!names || count == 0)
        return NNCL_OK;
    const char **made = malloc(count * sizeof *made + bytes);
    if (!made)
        return nncl_fail_memory("the names of the classes", count * sizeof *made + bytes);
    char *next = (char *)(made + count);
    for (uint32_t i = 0; i < count; i++) {
        size_t size = strlen(names[i]) + 1;
        made[i] = memcpy(next, names[i], size);
        next += size;
    }
    *copy = made;
    return NNCL_OK;
}
