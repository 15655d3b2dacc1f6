/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool info: all that matters for computing on one device. */
#include <ctype.h>
#include <stdbool.h>

#include <nncl/device.h>

#include "cltool/commands.h"
#include "cltool/devices.h"
#include "cltool/properties.h"

static bool as_json;

static int print_info(const struct nncl_device_info *info)
{
    if (as_json)
        return json_print(properties_json(info));
    struct output output = {0};
    properties_add(info, false, &output);
    return output_print(&output);
}

/* "ref" stands in no list: it is opened, which costs nothing. */
static int print_reference(void)
{
    struct nncl_device *device = NULL;
    enum nncl_status opened = nncl_device_open("ref", &device);
    if (opened != NNCL_OK)
        return devices_fail(opened, as_json);
    int status = print_info(nncl_device_get_info(device));
    nncl_device_close(&device);
    return status;
}

static bool is_reference(const char *selector)
{
    static const char word[] = "ref";
    size_t i = 0;
    while (word[i] && tolower((unsigned char)selector[i]) == word[i])
        i++;
    return word[i] == selector[i];
}

/* Looked up, not opened: a device that cannot be opened can still be described. */
static int run(const char *const *arguments, size_t argument_count)
{
    (void)argument_count;
    if (is_reference(arguments[0]))
        return print_reference();
    struct nncl_device_list *list = NULL;
    size_t index = 0;
    enum nncl_status found = nncl_device_list_create(&list);
    if (found == NNCL_OK)
        found = nncl_device_list_find(list, arguments[0], &index);
    int status = found == NNCL_OK ? print_info(nncl_device_list_get(list, index))
                                  : devices_fail(found, as_json);
    nncl_device_list_free(&list);
    return status;
}

static const struct option options[] = {
    {.name = "json", .kind = OPTION_FLAG, .value = &as_json, .help = "print JSON instead of text"},
    {.name = NULL}};

const struct command info_command = {.name = "info",
    .arguments = "SEL",
    .fewest = 1,
    .most = 1,
    .summary = "show what matters for computing on a device",
    .details =
        "What the driver does not say is left out, and null in JSON. Sizes are in bytes in JSON.",
    .options = options,
    .run = run};
