/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool cache: what nncl keeps, and removing it. */
#include <nncl/program.h>

#include <string.h>

#include "cltool/commands.h"
#include "common/messages.h"
#include "common/output.h"

static bool as_json;

static void add_age(struct table *table, double seconds)
{
    if (seconds < 3600)
        table_cell(table, "%.0f min", seconds / 60);
    else if (seconds < 48 * 3600.0)
        table_cell(table, "%.0f h", seconds / 3600);
    else
        table_cell(table, "%.0f days", seconds / 86400);
}

/* Names of what belongs to other files are long, being made of those files' sums. */
static void add_name(struct table *table, const char *name)
{
    enum { SHOWN = 40, BEGIN = 24, END = SHOWN - BEGIN - 1 };
    const size_t length = strlen(name);
    if (length <= SHOWN)
        table_cell(table, "%s", name);
    else
        table_cell(table, "%.*s…%s", BEGIN, name, name + length - END);
}

static int print_table(const struct nncl_cache_entry *entries, size_t count, const char *folder)
{
    static const char *const titles[] = {"FILE", "SIZE", "AGE", "DEVICE"};
    struct output output = {0};
    struct table *table = table_create(4, 1u << 1 | 1u << 2);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        table_cell(table, "%s", titles[i]);
    for (size_t i = 0; i < count; i++) {
        struct output size = {0};
        output_add_bytes(&size, entries[i].bytes);
        add_name(table, entries[i].name);
        table_cell(table, "%s", size.bytes ? size.bytes : "");
        add_age(table, entries[i].age);
        table_cell(table, "%s", entries[i].device);
        free(size.bytes);
    }
    output_add(&output, "%s\n", folder);
    table_finish(&table, &output);
    return output_print(&output);
}

static int print_json(const struct nncl_cache_entry *entries, size_t count, const char *folder)
{
    json_t *files = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            files, json_pack("{s:o, s:I, s:o, s:o}", "name", json_text(entries[i].name), "bytes",
                       (json_int_t)entries[i].bytes, "age", json_number(entries[i].age), "device",
                       entries[i].device[0] ? json_text(entries[i].device) : json_null()));
    return json_print(json_pack("{s:o, s:o}", "folder", json_text(folder), "files", files));
}

static int run(const char *const *arguments, size_t argument_count)
{
    const char *action = argument_count > 0 ? arguments[0] : "list";
    bool clear = strcmp(action, "clear") == 0;
    if (!clear && strcmp(action, "list") != 0)
        return message_fail(NNCL_USAGE, "cache takes list or clear, not \"%s\"", action);
    struct nncl_cache_entry *entries = NULL;
    size_t count = 0;
    char *folder = NULL;
    enum nncl_status status = clear ? nncl_cache_clear() : NNCL_OK;
    if (status == NNCL_OK)
        status = nncl_cache_list(&entries, &count, &folder);
    int exit_status = message_status(status);
    if (status == NNCL_OK)
        exit_status =
            as_json ? print_json(entries, count, folder) : print_table(entries, count, folder);
    nncl_free(entries);
    nncl_free(folder);
    return exit_status;
}

static const struct option options[] = {{.name = "json",
                                            .kind = OPTION_FLAG,
                                            .value = &as_json,
                                            .help = "print JSON instead of a table"},
    {.name = NULL}};

const struct command cache_command = {.name = "cache",
    .arguments = "[list|clear]",
    .most = 1,
    .summary = "show or remove what nncl remembers of devices and drivers",
    .details =
        "Listed are the verdicts on devices and drivers, compiled programs of drivers that keep\n"
        "none themselves, and unpacked copies of data sets. --json shows long names whole.\n"
        "After \"clear\" what is left is listed: nothing.",
    .options = options,
    .run = run};
