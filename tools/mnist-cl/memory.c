/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/memory.h"

#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>
#include <nncl/version.h>

#include "common/messages.h"
#include "common/output.h"

/* A line of the table and a key of the JSON document. */
struct item {
    const char *key, *name;
    uint64_t bytes;
    bool limit; /* 0 means unknown */
};

enum { ITEMS = 12 };

static void list_items(const struct nncl_memory *memory, struct item items[ITEMS])
{
    const struct item all[ITEMS] = {{"parameters", "parameters", memory->parameters, false},
        {"optimizer", "optimizer state", memory->optimizer, false},
        {"activations", "activations", memory->activations, false},
        {"data", "data", memory->data, false},
        {"workspace", "product workspace", memory->workspace, false},
        {"averages", "averaged parameters", memory->averages, false},
        {"best", "best epoch's parameters", memory->best, false},
        {"state", "step state and metrics", memory->state, false},
        {"total", "total", memory->total, false},
        {"memory_limit", "the device's memory", memory->memory_limit, true},
        {"largest", "largest buffer", memory->largest, false},
        {"allocation_limit", "the device's largest", memory->allocation_limit, true}};
    memcpy(items, all, sizeof all);
}

static const char *data_remark(const struct nncl_memory *memory)
{
    if (memory->train_streams && memory->validation_streams)
        return "staging buffers: both data sets stream";
    if (memory->train_streams)
        return "with staging buffers: the training set streams";
    return memory->validation_streams ? "with staging buffers: the test set streams" : "";
}

int memory_print(const struct nncl_memory *memory)
{
    struct item items[ITEMS];
    struct output output = {0};
    struct table *table = table_create(4, 1u << 1 | 1u << 2);
    list_items(memory, items);
    for (size_t i = 0; i < ITEMS; i++) {
        struct output bytes = {0};
        bool unknown = items[i].limit && items[i].bytes == 0;
        output_add_bytes(&bytes, items[i].bytes);
        table_cell(table, "%s", items[i].name);
        table_cell(table, "%s", unknown || !bytes.bytes ? "unknown" : bytes.bytes);
        table_cell(table, unknown ? "%s" : "%s%llu bytes", "", (unsigned long long)items[i].bytes);
        table_cell(table, "%s", strcmp(items[i].key, "data") == 0 ? data_remark(memory) : "");
        free(bytes.bytes);
    }
    table_finish(&table, &output);
    return output_print(&output);
}

static json_t *memory_json(const struct nncl_memory *memory)
{
    struct item items[ITEMS];
    json_t *object = json_object();
    list_items(memory, items);
    for (size_t i = 0; i < ITEMS; i++)
        json_object_set_new(object, items[i].key,
            items[i].limit && items[i].bytes == 0 ? json_null()
                                                  : json_integer((json_int_t)items[i].bytes));
    json_object_set_new(object, "train_streams", json_boolean(memory->train_streams));
    json_object_set_new(object, "validation_streams", json_boolean(memory->validation_streams));
    json_object_set_new(object, "fits", json_boolean(memory->fits));
    json_object_set_new(object, "largest_batch",
        memory->fits ? json_null() : json_integer((json_int_t)memory->largest_batch));
    return json_pack("{s:s, s:o}", "nncl", nncl_version(), "memory", object);
}

enum nncl_status memory_json_write(const struct nncl_memory *memory, const char *path)
{
    char *text = json_format(memory_json(memory));
    if (!text)
        return (enum nncl_status)message_fail(
            NNCL_OUT_OF_MEMORY, "not enough memory for the JSON document");
    enum nncl_status status = nncl_file_write(path, text, strlen(text));
    free(text);
    return (enum nncl_status)message_status(status);
}
