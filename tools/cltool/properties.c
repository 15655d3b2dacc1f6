/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "cltool/properties.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef json_t *property_value(const struct nncl_device_info *info);

/* How a property is stored and shown. */
enum form {
    FORM_TEXT,    /* char [] */
    FORM_YES_NO,  /* bool */
    FORM_COUNT32, /* uint32_t */
    FORM_COUNT64, /* uint64_t */
    FORM_BYTES32,
    FORM_BYTES64,
    FORM_VALUE /* what `value` makes of the device */
};

struct property {
    const char *key;   /* in JSON */
    const char *label; /* in text */
    const char *unit;  /* after numbers, in text */
    enum form form;
    size_t offset; /* in struct nncl_device_info */
    property_value *value;
    bool identifies; /* tells one machine from another: left out of reports */
};

const char *kind_label(enum nncl_device_kind kind)
{
    switch (kind) {
    case NNCL_DEVICE_GPU:
        return "GPU";
    case NNCL_DEVICE_IGPU:
        return "integrated GPU";
    case NNCL_DEVICE_ACCELERATOR:
        return "accelerator";
    case NNCL_DEVICE_CPU:
        return "CPU";
    case NNCL_DEVICE_REF:
        return "plain C";
    }
    return "unknown";
}

static json_t *value_kind(const struct nncl_device_info *info)
{
    static const char *const words[] = {"gpu", "igpu", "acc", "cpu", "ref"};
    return json_string(words[info->kind]);
}

static json_t *value_opencl(const struct nncl_device_info *info)
{
    char text[32];
    snprintf(text, sizeof text, "%u.%u", info->opencl_major, info->opencl_minor);
    return info->opencl_major ? json_string(text) : json_null();
}

/* The names in a text that separates them by spaces. */
static json_t *value_extensions(const struct nncl_device_info *info)
{
    json_t *names = json_array();
    const char *at = info->extensions;
    while (names && *at) {
        size_t length = strcspn(at, " ");
        json_array_append_new(names, json_stringn(at, length));
        at += length + strspn(at + length, " ");
    }
    return names;
}

static json_t *value_work_items(const struct nncl_device_info *info)
{
    json_t *sizes = json_array();
    for (size_t i = 0; sizes && i < 3 && info->max_work_items[0]; i++)
        json_array_append_new(sizes, json_integer((json_int_t)info->max_work_items[i]));
    return sizes;
}

static json_t *value_uuid(const struct nncl_device_info *info)
{
    char text[2 * sizeof info->uuid + 1] = "";
    for (size_t i = 0; i < sizeof info->uuid; i++)
        snprintf(text + 2 * i, 3, "%02x", info->uuid[i]);
    return info->has_uuid ? json_string(text) : json_null();
}

static json_t *value_pci(const struct nncl_device_info *info)
{
    char text[48];
    snprintf(text, sizeof text, "%04x:%02x:%02x.%x", info->pci[0], info->pci[1], info->pci[2],
        info->pci[3]);
    return info->has_pci ? json_string(text) : json_null();
}

#define FIELD(key, label, unit, form, field)                                                       \
    {                                                                                              \
        key, label, unit, form, offsetof(struct nncl_device_info, field), NULL, false              \
    }
#define TEXT(key, label, field) FIELD(key, label, "", FORM_TEXT, field)
#define YES_NO(key, label, field) FIELD(key, label, "", FORM_YES_NO, field)
#define COUNT32(key, label, unit, field) FIELD(key, label, unit, FORM_COUNT32, field)
#define COUNT64(key, label, unit, field) FIELD(key, label, unit, FORM_COUNT64, field)
#define BYTES(key, label, field) FIELD(key, label, "", FORM_BYTES64, field)
#define VALUE(key, label, value)                                                                   \
    {                                                                                              \
        key, label, "", FORM_VALUE, 0, value, false                                                \
    }

static const struct property properties[] = {
    TEXT("id", "Platform:device", id),
    TEXT("selector", "Selector", selector),
    VALUE("type", "Type", value_kind),
    TEXT("name", "Name", name),
    TEXT("vendor", "Vendor", vendor),
    TEXT("platform", "Platform", platform),
    TEXT("driver", "Driver version", driver),
    VALUE("opencl", "OpenCL", value_opencl),
    TEXT("version", "OpenCL version text", version),
    TEXT("c_version", "OpenCL C version text", c_version),
    VALUE("extensions", "Extensions of use", value_extensions),
    YES_NO("automatic", "Taken by \"auto\"", automatic),
    YES_NO("eligible", "Usable by nncl", eligible),
    TEXT("reason", "Why not", reason),
    YES_NO("available", "Available", available),
    YES_NO("compiler", "Compiler", compiler),
    COUNT32("compute_units", "Compute units", "", compute_units),
    COUNT32("clock_mhz", "Clock", " MHz", clock_mhz),
    BYTES("memory", "Memory", global_memory),
    BYTES("max_allocation", "Largest buffer", max_allocation),
    YES_NO("unified_memory", "Shares the host's memory", unified_memory),
    BYTES("local_memory", "Local memory", local_memory),
    YES_NO("dedicated_local_memory", "Local memory of its own", dedicated_local_memory),
    BYTES("cache", "Cache", global_cache),
    FIELD("cache_line", "Cache line", "", FORM_BYTES32, cache_line),
    COUNT64("max_work_group", "Largest work-group", " work-items", max_work_group),
    VALUE("max_work_items", "Work-items per dimension", value_work_items),
    COUNT32("preferred_vector_float", "Preferred float vector", "", preferred_vector_float),
    COUNT32("native_vector_float", "Native float vector", "", native_vector_float),
    FIELD("base_alignment", "Sub-buffer alignment", "", FORM_BYTES32, base_alignment),
    YES_NO("fp16", "Half precision", fp16),
    YES_NO("fp64", "Double precision", fp64),
    YES_NO("subgroups", "Sub-groups", subgroups),
    YES_NO("command_buffers", "Command buffers", command_buffers),
    VALUE("pci", "PCI address", value_pci),
    {"uuid", "UUID", "", FORM_VALUE, 0, value_uuid, true},
};

static json_t *count(uint64_t number)
{
    return number ? json_integer((json_int_t)number) : json_null();
}

static json_t *property_json(const struct property *property, const struct nncl_device_info *info)
{
    const void *field = (const char *)info + property->offset;
    switch (property->form) {
    case FORM_TEXT:
        return ((const char *)field)[0] ? json_text(field) : json_null();
    case FORM_YES_NO:
        return json_boolean(*(const bool *)field);
    case FORM_COUNT32:
    case FORM_BYTES32:
        return count(*(const uint32_t *)field);
    case FORM_COUNT64:
    case FORM_BYTES64:
        return count(*(const uint64_t *)field);
    case FORM_VALUE:
        return property->value(info);
    }
    return NULL;
}

static bool is_bytes(const struct property *property)
{
    return property->form == FORM_BYTES32 || property->form == FORM_BYTES64;
}

/* The value in words: the JSON value, for people. */
static void add_value(const struct property *property, const json_t *value, struct output *output)
{
    if (json_is_boolean(value))
        output_add(output, "%s", json_is_true(value) ? "yes" : "no");
    else if (json_is_string(value))
        output_add(output, "%s", json_string_value(value));
    else if (json_is_integer(value) && is_bytes(property))
        output_add_bytes(output, (uint64_t)json_integer_value(value));
    else if (json_is_integer(value))
        output_add(output, "%" JSON_INTEGER_FORMAT "%s", json_integer_value(value), property->unit);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *element = json_array_get(value, i);
        if (json_is_string(element))
            output_add(output, "%s%s", i ? ", " : "", json_string_value(element));
        else
            output_add(
                output, "%s%" JSON_INTEGER_FORMAT, i ? " x " : "", json_integer_value(element));
    }
}

static int widest_label(void)
{
    size_t width = 0;
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
        if (strlen(properties[i].label) > width)
            width = strlen(properties[i].label);
    return (int)width;
}

void properties_add(const struct nncl_device_info *info, bool for_others, struct output *output)
{
    int width = widest_label();
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        const struct property *property = &properties[i];
        json_t *value = property_json(property, info);
        if (!value)
            output->failed = true;
        bool unknown = json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0);
        if (!unknown && !(for_others && property->identifies)) {
            output_add(output, "%-*s  ", width, property->label);
            add_value(property, value, output);
            output_add(output, "\n");
        }
        json_decref(value);
    }
}

json_t *properties_json(const struct nncl_device_info *info)
{
    json_t *object = json_object();
    bool failed = !object;
    for (size_t i = 0; !failed && i < sizeof properties / sizeof *properties; i++)
        failed = json_object_set_new(
                     object, properties[i].key, property_json(&properties[i], info)) != 0;
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}
