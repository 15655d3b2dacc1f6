/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tuning database's files. They come from users and other machines: everything is checked. */
#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/version.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "gemm/convolutions.h"

#define FORMAT "nncl-tuning"
enum { FORMAT_VERSION = 1, FILE_LIMIT = 16 << 20, MOST_RECORDS = 65536 };

static const char *const end_names[] = {[TUNING_MEASURED] = "measured",
    [TUNING_HANG] = "hang",
    [TUNING_CRASH] = "crash",
    [TUNING_WRONG] = "wrong",
    [TUNING_FAILED] = "failed"};

const char *tuning_end_name(enum tuning_end end)
{
    return end_names[end];
}

/* ---- Reading ---- */

bool tuning_take_text(const json_t *object, const char *key, char *text, size_t size)
{
    const char *value = json_string_value(json_object_get(object, key));
    if (!value || strlen(value) >= size)
        return false;
    memcpy(text, value, strlen(value) + 1);
    return true;
}

bool tuning_take_size(const json_t *object, const char *key, size_t *size)
{
    const json_t *value = json_object_get(object, key);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 1 || number > INT32_MAX)
        return false;
    *size = (size_t)number;
    return true;
}

bool tuning_take_flag(const json_t *object, const char *key, bool *flag)
{
    const json_t *value = json_object_get(object, key);
    *flag = json_is_true(value);
    return json_is_boolean(value);
}

static bool take_shape(const json_t *object, struct tuning_shape *shape)
{
    return tuning_take_size(object, "m", &shape->m) && tuning_take_size(object, "n", &shape->n) &&
           tuning_take_size(object, "k", &shape->k) &&
           tuning_take_flag(object, "transpose_a", &shape->transpose_a) &&
           tuning_take_flag(object, "transpose_b", &shape->transpose_b);
}

bool tuning_take_time(const json_t *time, struct tuning_time *value)
{
    double median = json_number_value(json_object_get(time, "median")),
           spread = json_number_value(json_object_get(time, "spread"));
    size_t repetitions;
    if (!tuning_take_size(time, "repetitions", &repetitions) || !(median > 0) || !(spread >= 0) ||
        !isfinite(median) || !isfinite(spread))
        return false;
    *value = (struct tuning_time){median, spread, (unsigned)repetitions};
    return true;
}

/* "2026-01-31T23:59:59Z": compared as text, so it must have this form. */
bool tuning_is_date(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    for (size_t i = 0; i < sizeof form; i++)
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    return true;
}

/* What every entry has. */
static bool take_common(const json_t *entry, struct tuning_record *record)
{
    return json_is_string(json_object_get(entry, "provider")) &&
           json_is_object(json_object_get(entry, "parameters")) &&
           take_shape(entry, &record->shape) &&
           tuning_take_text(entry, "date", record->date, sizeof record->date) &&
           tuning_is_date(record->date) &&
           tuning_take_text(entry, "nncl", record->nncl, sizeof record->nncl) &&
           tuning_take_text(entry, "clblast", record->clblast, sizeof record->clblast);
}

static bool take_measured(const json_t *entry, struct tuning_record *record)
{
    const json_t *by_default = json_object_get(entry, "default_seconds");
    record->end = TUNING_MEASURED;
    return take_common(entry, record) &&
           tuning_take_time(json_object_get(entry, "seconds"), &record->time) &&
           (!by_default || tuning_take_time(by_default, &record->by_default));
}

bool tuning_take_end(const json_t *entry, enum tuning_end *end, char what[TUNING_WHAT])
{
    const char *how = json_string_value(json_object_get(entry, "how"));
    *end = TUNING_MEASURED;
    for (unsigned i = TUNING_HANG; how && i <= TUNING_FAILED; i++)
        if (strcmp(how, end_names[i]) == 0)
            *end = (enum tuning_end)i;
    return *end != TUNING_MEASURED && tuning_take_text(entry, "what", what, TUNING_WHAT);
}

static bool take_failed(const json_t *entry, struct tuning_record *record)
{
    return tuning_take_end(entry, &record->end, record->what) && take_common(entry, record);
}

static bool take_parameters(
    const json_t *object, const struct gemm_provider *provider, struct gemm_parameters *parameters)
{
    size_t count = gemm_parameter_count(provider);
    if (json_object_size(object) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, provider->parameters[i].name);
        json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < 0 || number > INT32_MAX)
            return false;
        parameters->value[i] = (unsigned)number;
    }
    return true;
}

/* Whether an entry that is well-formed means something to this nncl on this device. */
static bool fits(
    const struct nncl_device *device, const json_t *entry, struct tuning_record *record)
{
    const char *name = json_string_value(json_object_get(entry, "provider"));
    record->provider = gemm_provider_find(name);
    if (!record->provider || !take_parameters(json_object_get(entry, "parameters"),
                                 record->provider, &record->parameters))
        return false;
    const struct gemm gemm = tuning_gemm(&record->shape);
    if (!record->provider->supports(device, &gemm) ||
        (strcmp(name, "clblast") == 0 && strcmp(record->clblast, nncl_clblast_version()) != 0))
        return false;
    return record->end != TUNING_MEASURED || !record->provider->valid ||
           record->provider->valid(device, &gemm, &record->parameters);
}

static enum nncl_status take_list(const struct nncl_device *device, const json_t *file,
    const char *key, bool (*take)(const json_t *entry, struct tuning_record *record),
    struct tuning_database *database, size_t *left_out)
{
    const json_t *list = json_object_get(file, key);
    if (!json_is_array(list) || json_array_size(list) > MOST_RECORDS)
        return nncl_fail(NNCL_BAD_DATA, "it has no list \"%s\"", key);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct tuning_record record = {0};
        const json_t *entry = json_array_get(list, i);
        if (!take(entry, &record))
            return nncl_fail(NNCL_BAD_DATA,
                "entry %zu of \"%s\" lacks something or is out of range", i + 1, key);
        if (!fits(device, entry, &record)) {
            ++*left_out;
            continue;
        }
        enum nncl_status status = tuning_add(database, &record);
        if (status != NNCL_OK)
            return status;
    }
    return NNCL_OK;
}

/* Which way was faster is true of the kernels it was measured with. */
static bool is_of_this_version(const struct tuning_convolution_record *record)
{
    return strcmp(record->nncl, nncl_version()) == 0 &&
           (strcmp(record->provider, "clblast") != 0 ||
               strcmp(record->clblast, nncl_clblast_version()) == 0);
}

/* Files of before convolutions were tuned have no such list. */
static enum nncl_status take_convolutions(
    const json_t *file, struct tuning_database *database, size_t *left_out)
{
    const json_t *list = json_object_get(file, "convolutions");
    if (list && (!json_is_array(list) || json_array_size(list) > MOST_RECORDS))
        return nncl_fail(NNCL_BAD_DATA, "its \"convolutions\" are no list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct tuning_convolution_record record;
        if (!tuning_take_convolution_record(json_array_get(list, i), &record))
            return nncl_fail(NNCL_BAD_DATA,
                "entry %zu of \"convolutions\" lacks something or is out of range", i + 1);
        if (!is_of_this_version(&record)) {
            ++*left_out;
            continue;
        }
        enum nncl_status status = tuning_add_convolution(database, &record);
        if (status != NNCL_OK)
            return status;
    }
    return NNCL_OK;
}

static bool names_device(const json_t *file, const struct nncl_device_info *info)
{
    const json_t *device = json_object_get(file, "device");
    const struct {
        const char *key, *value;
    } wanted[] = {{"name", info->name}, {"platform", info->platform}, {"driver", info->driver}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const char *value = json_string_value(json_object_get(device, wanted[i].key));
        if (!value || strcmp(value, wanted[i].value) != 0)
            return false;
    }
    return true;
}

static enum nncl_status merge(struct tuning_database *database, const struct tuning_database *from)
{
    for (size_t i = 0; i < from->count; i++) {
        enum nncl_status status = tuning_add(database, &from->records[i]);
        if (status != NNCL_OK)
            return status;
    }
    for (size_t i = 0; i < from->convolution_count; i++) {
        enum nncl_status status = tuning_add_convolution(database, &from->convolutions[i]);
        if (status != NNCL_OK)
            return status;
    }
    return NNCL_OK;
}

enum nncl_status tuning_join(struct tuning_database *database, const struct tuning_database *other)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < other->count && status == NNCL_OK; i++) {
        const struct tuning_record *record = &other->records[i], *known = NULL;
        if (record->end == TUNING_MEASURED)
            known = tuning_measured(database, &record->shape, record->provider);
        if (!known || strcmp(record->date, known->date) > 0)
            status = tuning_add(database, record);
    }
    for (size_t i = 0; i < other->convolution_count && status == NNCL_OK; i++) {
        const struct tuning_convolution_record *record = &other->convolutions[i],
                                               *known = tuning_convolution_find(
                                                   database, &record->convolution, record->product);
        if (!known || strcmp(record->date, known->date) > 0)
            status = tuning_put_convolution(database, record);
    }
    return status;
}

enum nncl_status tuning_parse(const struct nncl_device *device, const char *bytes, size_t size,
    struct tuning_database *database, size_t *left_out)
{
    struct tuning_database read = {0};
    json_error_t error;
    *left_out = 0;
    json_t *file = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error);
    enum nncl_status status = NNCL_OK;
    if (!file)
        TRY(nncl_fail(NNCL_BAD_DATA, "line %d: %s", error.line, error.text));
    const char *format = json_string_value(json_object_get(file, "format"));
    if (!format || strcmp(format, FORMAT) != 0 ||
        json_integer_value(json_object_get(file, "version")) != FORMAT_VERSION ||
        !json_is_object(json_object_get(file, "device")))
        TRY(nncl_fail(NNCL_BAD_DATA, "it is no \"" FORMAT "\" file of version 1"));
    if (!names_device(file, &device->info))
        goto out;
    TRY(take_list(device, file, "products", take_measured, &read, left_out));
    TRY(take_list(device, file, "failures", take_failed, &read, left_out));
    TRY(take_convolutions(file, &read, left_out));
    TRY(merge(database, &read));
out:
    json_decref(file);
    tuning_free(&read);
    return status;
}

enum nncl_status tuning_read_file(
    const struct nncl_device *device, const char *path, struct tuning_database *database)
{
    uint8_t *bytes = NULL;
    size_t size = 0, left_out = 0;
    if (!file_exists(path))
        return NNCL_OK;
    enum nncl_status status = file_read(path, FILE_LIMIT, &bytes, &size);
    if (status == NNCL_OK) {
        status = tuning_parse(device, (const char *)bytes, size, database, &left_out);
        if (status == NNCL_BAD_DATA)
            nncl_fail_while(status, "the tuning file %s", path);
    }
    free(bytes);
    if (status == NNCL_OUT_OF_MEMORY)
        return status;
    /* The device itself warns. */
    enum nncl_log_level level = device_is_dry(device) ? NNCL_LOG_DEBUG : NNCL_LOG_WARNING;
    if (status != NNCL_OK)
        nncl_log(level, "%s; it is ignored", nncl_last_error());
    else if (left_out > 0)
        nncl_log(level,
            "%zu entries of the tuning file %s do not fit this nncl, CLBlast or device and are "
            "ignored",
            left_out, path);
    return NNCL_OK;
}

/* ---- Writing ---- */

json_t *tuning_time_json(const struct tuning_time *time)
{
    return json_pack("{s:f, s:f, s:i}", "median", time->median, "spread", time->spread,
        "repetitions", (int)time->repetitions);
}

static json_t *record_json(const struct tuning_record *record)
{
    json_t *parameters = json_object();
    for (size_t i = 0; i < gemm_parameter_count(record->provider); i++)
        if (json_object_set_new(parameters, record->provider->parameters[i].name,
                json_integer((json_int_t)record->parameters.value[i])) != 0) {
            json_decref(parameters);
            return NULL;
        }
    const struct tuning_shape *shape = &record->shape;
    bool measured = record->end == TUNING_MEASURED, has_default = record->by_default.repetitions;
    return json_pack("{s:s, s:I, s:I, s:I, s:b, s:b, s:o, s:o*, s:o*, s:s*, s:s*, s:s, s:s, s:s}",
        "provider", record->provider->name, "m", (json_int_t)shape->m, "n", (json_int_t)shape->n,
        "k", (json_int_t)shape->k, "transpose_a", shape->transpose_a, "transpose_b",
        shape->transpose_b, "parameters", parameters, "seconds",
        measured ? tuning_time_json(&record->time) : NULL, "default_seconds",
        measured && has_default ? tuning_time_json(&record->by_default) : NULL, "how",
        measured ? NULL : end_names[record->end], "what", measured ? NULL : record->what, "date",
        record->date, "nncl", record->nncl, "clblast", record->clblast);
}

enum nncl_status tuning_format(
    const struct nncl_device *device, const struct tuning_database *database, char **text)
{
    json_t *products = json_array(), *failures = json_array(), *convolutions = json_array();
    bool failed = false;
    for (size_t i = 0; i < database->count; i++) {
        const struct tuning_record *record = &database->records[i];
        json_t *list = record->end == TUNING_MEASURED ? products : failures;
        failed |= json_array_append_new(list, record_json(record)) != 0;
    }
    for (size_t i = 0; i < database->convolution_count; i++)
        failed |= json_array_append_new(convolutions,
                      tuning_convolution_record_json(&database->convolutions[i])) != 0;
    const struct nncl_device_info *info = &device->info;
    json_t *file =
        json_pack("{s:s, s:i, s:{s:s, s:s, s:s}, s:o, s:o, s:o}", "format", FORMAT, "version",
            FORMAT_VERSION, "device", "name", info->name, "platform", info->platform, "driver",
            info->driver, "products", products, "convolutions", convolutions, "failures", failures);
    char *made = file && !failed ? json_dumps(file, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(file);
    if (!made)
        return nncl_fail_memory("the tuning database", FILE_LIMIT);
    *text = made;
    return NNCL_OK;
}

/* The device's name with what does not suit a file's name replaced, and a hash of all that tells
 * devices apart. */
enum nncl_status tuning_path(const struct nncl_device *device, bool make_folder, char **path)
{
    enum { NAME_PART = 60 };
    const struct nncl_device_info *info = &device->info;
    const char *const parts[] = {info->name, info->platform, info->driver};
    uint32_t hash = 0x811c9dc5u; /* 32-bit FNV-1a */
    for (size_t i = 0; i < 3; i++)
        for (const char *c = parts[i];; c++) {
            hash = (hash ^ (unsigned char)*c) * 0x01000193u;
            if (!*c)
                break;
        }
    char name[NAME_PART + 1];
    snprintf(name, sizeof name, "%.*s", NAME_PART, info->name);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
            *c = '-';
    char *file = text_format("tuning/%s-%08" PRIx32 ".json", name, hash);
    if (!file)
        return nncl_fail_memory("a path", NAME_PART);
    enum nncl_status status = nncl_data_path(file, make_folder, path);
    free(file);
    return status;
}
