/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool list: one line per device. */
#include <nncl/device.h>

#include "cltool/commands.h"
#include "cltool/devices.h"
#include "cltool/properties.h"
#include "common/output.h"

enum { COLUMNS = 10, UNITS_COLUMN = 7, MEMORY_COLUMN = 8 };

static bool as_json;

static void add_header(struct table *table)
{
    static const char *const titles[COLUMNS] = {"AUTO", "SELECTOR", "P:D", "TYPE", "NAME",
        "PLATFORM", "OPENCL", "UNITS", "MEMORY", "REMARK"};
    for (size_t i = 0; i < COLUMNS; i++)
        table_cell(table, "%s", titles[i]);
}

static void add_remark(
    struct table *table, const struct nncl_device_list *list, const struct nncl_device_info *device)
{
    if (device->alias_of >= 0)
        table_cell(
            table, "alias of %s", nncl_device_list_get(list, (size_t)device->alias_of)->selector);
    else if (!device->eligible)
        table_cell(table, "not usable: %s", device->reason);
    else
        table_cell(table, "%s", "");
}

static void add_device(struct table *table, const struct nncl_device_list *list, size_t index)
{
    const struct nncl_device_info *device = nncl_device_list_get(list, index);
    table_cell(table, "%s", device->automatic ? "*" : "");
    table_cell(table, "%s", device->selector[0] ? device->selector : "-");
    table_cell(table, "%s", device->id);
    table_cell(table, "%s", kind_label(device->kind));
    table_cell(table, "%s", device->name);
    table_cell(table, "%s", device->platform);
    table_cell(table, "%u.%u", device->opencl_major, device->opencl_minor);
    table_cell(table, "%u", device->compute_units);
    struct output memory = {0};
    output_add_bytes(&memory, device->global_memory);
    table_cell(table, "%s", memory.bytes ? memory.bytes : "");
    free(memory.bytes);
    add_remark(table, list, device);
}

static int print_table(const struct nncl_device_list *list)
{
    struct output output = {0};
    struct table *table = table_create(COLUMNS, 1u << UNITS_COLUMN | 1u << MEMORY_COLUMN);
    add_header(table);
    for (size_t i = 0; i < nncl_device_list_count(list); i++)
        add_device(table, list, i);
    table_finish(&table, &output);
    return output_print(&output);
}

/* A device's properties, and the selector of the device that it is an alias of, or null. */
static json_t *device_json(
    const struct nncl_device_list *list, const struct nncl_device_info *device)
{
    json_t *object = properties_json(device);
    json_t *alias = json_null();
    if (device->alias_of >= 0)
        alias = json_text(nncl_device_list_get(list, (size_t)device->alias_of)->selector);
    json_object_set_new(object, "alias_of", alias);
    return object;
}

static int print_json(const struct nncl_device_list *list)
{
    json_t *devices = json_array();
    bool failed = !devices;
    for (size_t i = 0; !failed && i < nncl_device_list_count(list); i++)
        failed =
            json_array_append_new(devices, device_json(list, nncl_device_list_get(list, i))) != 0;
    if (!failed)
        return json_print(json_pack("{s:o}", "devices", devices));
    json_decref(devices);
    return json_print(NULL);
}

static int run(const char *const *arguments, size_t argument_count)
{
    (void)arguments;
    (void)argument_count;
    struct nncl_device_list *list = NULL;
    enum nncl_status found = nncl_device_list_create(&list);
    if (found != NNCL_OK)
        return devices_fail(found, as_json);
    int status = NNCL_OK;
    if (as_json)
        status = print_json(list);
    else if (nncl_device_list_count(list) > 0)
        status = print_table(list);
    if (status == NNCL_OK && !devices_any_eligible(list))
        status = devices_diagnose();
    nncl_device_list_free(&list);
    return status;
}

static const struct option options[] = {{.name = "json",
                                            .kind = OPTION_FLAG,
                                            .value = &as_json,
                                            .help = "print JSON instead of a table"},
    {.name = NULL}};

const struct command list_command = {.name = "list",
    .arguments = "",
    .summary = "list the OpenCL devices of this machine",
    .details =
        "The device that \"auto\" takes has a * in the first column. SELECTOR is what --device of\n"
        "mnist-cl and the other commands take; it does not depend on the order in which drivers\n"
        "are found, P:D does. A device that two drivers offer is listed once as an alias.\n"
        "Without any usable device, the likely causes are printed and the exit status is 3.",
    .options = options,
    .run = run};
