/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Convolutions in the tuning database's files. */
#include <stddef.h>
#include <string.h>

#include "gemm/convolutions.h"

static const struct {
    const char *key;
    size_t offset;
} sizes[] = {
    {"pictures", offsetof(struct tuning_convolution, pictures)},
    {"height", offsetof(struct tuning_convolution, height)},
    {"width", offsetof(struct tuning_convolution, width)},
    {"channels", offsetof(struct tuning_convolution, channels)},
    {"filters", offsetof(struct tuning_convolution, filters)},
    {"down", offsetof(struct tuning_convolution, down)},
    {"across", offsetof(struct tuning_convolution, across)},
    {"stride", offsetof(struct tuning_convolution, stride)},
    {"dilation", offsetof(struct tuning_convolution, dilation)},
    {"groups", offsetof(struct tuning_convolution, groups)},
};
enum { SIZES = sizeof sizes / sizeof *sizes };

json_t *tuning_convolution_json(const struct tuning_convolution *convolution)
{
    json_t *object = json_pack("{s:s}", "pass", tuning_pass_name(convolution->pass));
    bool failed = !object;
    for (size_t i = 0; i < SIZES; i++) {
        size_t size;
        memcpy(&size, (const char *)convolution + sizes[i].offset, sizeof size);
        failed |= json_object_set_new(object, sizes[i].key, json_integer((json_int_t)size)) != 0;
    }
    failed |= json_object_set_new(object, "same", json_boolean(convolution->same)) != 0;
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

bool tuning_take_convolution(const json_t *object, struct tuning_convolution *convolution)
{
    const char *pass = json_string_value(json_object_get(object, "pass"));
    unsigned number = 0;
    *convolution = (struct tuning_convolution){0};
    while (pass && number < TUNING_PASSES &&
           strcmp(pass, tuning_pass_name((enum tuning_pass)number)) != 0)
        number++;
    if (!pass || number == TUNING_PASSES)
        return false;
    convolution->pass = (enum tuning_pass)number;
    for (size_t i = 0; i < SIZES; i++) {
        size_t size;
        if (!tuning_take_size(object, sizes[i].key, &size))
            return false;
        memcpy((char *)convolution + sizes[i].offset, &size, sizeof size);
    }
    return tuning_take_flag(object, "same", &convolution->same);
}

json_t *tuning_convolution_record_json(const struct tuning_convolution_record *record)
{
    const bool measured = record->end == TUNING_MEASURED;
    json_t *entry = tuning_convolution_json(&record->convolution);
    json_t *more = json_pack("{s:s, s:s, s:o*, s:s*, s:s*, s:s, s:s, s:s}", "way",
        tuning_way_name(record->product), "provider", record->provider, "seconds",
        measured ? tuning_time_json(&record->time) : NULL, "how",
        measured ? NULL : tuning_end_name(record->end), "what", measured ? NULL : record->what,
        "date", record->date, "nncl", record->nncl, "clblast", record->clblast);
    const bool failed = !entry || !more || json_object_update(entry, more) != 0;
    json_decref(more);
    if (!failed)
        return entry;
    json_decref(entry);
    return NULL;
}

bool tuning_take_convolution_record(const json_t *entry, struct tuning_convolution_record *record)
{
    const char *way = json_string_value(json_object_get(entry, "way"));
    const json_t *seconds = json_object_get(entry, "seconds");
    *record = (struct tuning_convolution_record){0};
    record->product = way && strcmp(way, tuning_way_name(true)) == 0;
    return way && (record->product || strcmp(way, tuning_way_name(false)) == 0) &&
           tuning_take_convolution(entry, &record->convolution) &&
           (seconds ? tuning_take_time(seconds, &record->time)
                    : tuning_take_end(entry, &record->end, record->what)) &&
           tuning_take_text(entry, "provider", record->provider, sizeof record->provider) &&
           tuning_take_text(entry, "date", record->date, sizeof record->date) &&
           tuning_is_date(record->date) &&
           tuning_take_text(entry, "nncl", record->nncl, sizeof record->nncl) &&
           tuning_take_text(entry, "clblast", record->clblast, sizeof record->clblast);
}
