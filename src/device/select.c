/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Selectors: which device of the list is meant. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "device/list.h"
#include "device/machine.h"

enum { NUMBER_DIGITS = 6 };

/* What a selector asks for. */
struct selector {
    enum { SELECT_AUTO, SELECT_KIND, SELECT_REF, SELECT_ID, SELECT_NAME, SELECT_BAD } form;
    enum nncl_device_kind kind;
    bool numbered;
    unsigned number;
    const char *text;
};

/* Reads all of `digits` as a number; false if it is none or too long. */
static bool parse_number(const char *digits, unsigned *number)
{
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || length > NUMBER_DIGITS || digits[length])
        return false;
    *number = (unsigned)strtoul(digits, NULL, 10);
    return true;
}

/* The grammar's word that `text` consists of, with or without a number. */
static bool parse_word(const char *text, const char *word, struct selector *selector)
{
    size_t length = strlen(word);
    if (strncasecmp(text, word, length) != 0)
        return false;
    const char *rest = text + length;
    if (rest[strspn(rest, "0123456789")])
        return false; /* the beginning of a name */
    selector->numbered = *rest != 0;
    if (selector->numbered && !parse_number(rest, &selector->number))
        selector->form = SELECT_BAD;
    return true;
}

/* "P:D"; anything else that begins as one is malformed. */
static bool parse_id(const char *text, struct selector *selector)
{
    size_t digits = strspn(text, "0123456789");
    if (text[digits] != ':' || (digits == 0 && text[1] != 0 && !isdigit((unsigned char)text[1])))
        return false;
    const char *device = text + digits + 1;
    size_t more = strspn(device, "0123456789");
    bool good = digits > 0 && more > 0 && digits <= NUMBER_DIGITS && more <= NUMBER_DIGITS &&
                device[more] == 0;
    selector->form = good ? SELECT_ID : SELECT_BAD;
    return true;
}

static struct selector parse(const char *text)
{
    static const struct {
        const char *word;
        enum nncl_device_kind kind;
    } kinds[] = {{"gpu", NNCL_DEVICE_GPU}, {"igpu", NNCL_DEVICE_IGPU},
        {"acc", NNCL_DEVICE_ACCELERATOR}, {"cpu", NNCL_DEVICE_CPU}};
    struct selector selector = {.form = SELECT_KIND, .text = text};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        selector.kind = kinds[i].kind;
        if (parse_word(text, kinds[i].word, &selector))
            return selector;
    }
    selector.form = SELECT_AUTO;
    if (parse_word(text, "auto", &selector))
        return selector;
    selector.form = SELECT_REF;
    if (strcasecmp(text, "ref") == 0 || parse_id(text, &selector))
        return selector;
    selector.form = text[strspn(text, " \t")] ? SELECT_NAME : SELECT_BAD;
    return selector;
}

static enum nncl_status fail_with_list(enum nncl_status status, const struct nncl_device_list *list,
    const char *problem, const char *selector)
{
    struct text text = {0};
    devices_describe(list, &text);
    nncl_fail(status, "%s \"%s\"; there is: %s", problem, selector, text.failed ? "?" : text.bytes);
    free(text.bytes);
    return status;
}

bool devices_automatic(const struct nncl_device_list *list, unsigned number, size_t *index)
{
    for (int emulators = 0; emulators < 2; emulators++) {
        for (size_t i = 0; i < list->count; i++) {
            const struct nncl_device_info *info = &list->records[i].info;
            if (!info->eligible || device_is_emulator(info) != (emulators == 1) || number-- > 0)
                continue;
            *index = i;
            return true;
        }
    }
    return false;
}

/* "gpu" means integrated ones too, behind the discrete ones. */
static bool is_of_kind(const struct nncl_device_info *info, enum nncl_device_kind kind)
{
    return info->kind == kind || (kind == NNCL_DEVICE_GPU && info->kind == NNCL_DEVICE_IGPU);
}

static bool find_kind(
    const struct nncl_device_list *list, const struct selector *selector, size_t *index)
{
    unsigned seen = 0;
    bool found = false;
    for (size_t i = 0; i < list->count; i++) {
        const struct nncl_device_info *info = &list->records[i].info;
        if (!is_of_kind(info, selector->kind))
            continue;
        bool meant = selector->numbered ? seen == selector->number : info->eligible || !found;
        seen++;
        if (!meant)
            continue;
        *index = i;
        found = true;
        if (selector->numbered || info->eligible)
            break;
    }
    return found;
}

static bool find_id(const struct nncl_device_list *list, const char *id, size_t *index)
{
    unsigned long device = strtoul(strchr(id, ':') + 1, NULL, 10);
    for (size_t i = 0; i < list->count; i++) {
        const char *other = list->records[i].info.id;
        if (strtoul(id, NULL, 10) == strtoul(other, NULL, 10) &&
            device == strtoul(strchr(other, ':') + 1, NULL, 10)) {
            *index = i;
            return true;
        }
    }
    return false;
}

static bool contains(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text; text++)
        if (strncasecmp(text, part, length) == 0)
            return true;
    return false;
}

/* How a device answers to a part of a name: a whole name beats a part, a device beats its aliases.
 */
static int name_score(const struct nncl_device_info *info, const char *part)
{
    if (!contains(info->name, part) && !contains(info->platform, part))
        return 0;
    bool whole = strcasecmp(info->name, part) == 0 || strcasecmp(info->platform, part) == 0;
    return 1 + (info->alias_of < 0) + 2 * whole;
}

/* How many devices answer best; the first of them. */
static unsigned find_name(const struct nncl_device_list *list, const char *part, size_t *index)
{
    int best = 0;
    unsigned count = 0;
    for (size_t i = 0; i < list->count; i++) {
        int score = name_score(&list->records[i].info, part);
        if (score > best) {
            best = score;
            count = 0;
            *index = i;
        }
        count += score > 0 && score == best;
    }
    return count;
}

enum nncl_status nncl_device_list_find(
    const struct nncl_device_list *list, const char *text, size_t *index)
{
    const struct selector selector = parse(text);
    size_t found_index = 0;
    unsigned found = 0;
    switch (selector.form) {
    case SELECT_BAD:
        return fail_with_list(NNCL_USAGE, list, "malformed device selector", text);
    case SELECT_REF:
        return nncl_fail(
            NNCL_NO_DEVICE, "\"ref\" is plain C and not in the list of OpenCL devices");
    case SELECT_AUTO:
        found = devices_automatic(list, selector.number, &found_index);
        break;
    case SELECT_KIND:
        found = find_kind(list, &selector, &found_index);
        break;
    case SELECT_ID:
        found = find_id(list, text, &found_index);
        break;
    case SELECT_NAME:
        found = find_name(list, text, &found_index);
        break;
    }
    if (found > 1)
        return fail_with_list(NNCL_USAGE, list, "several devices match", text);
    if (list->count == 0)
        return fail_without_devices();
    if (found == 0)
        return fail_with_list(NNCL_NO_DEVICE, list, "no device matches", text);
    *index = found_index;
    return NNCL_OK;
}
