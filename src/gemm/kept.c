/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "gemm/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"

static void kept_free(void *memory)
{
    struct gemm_kept *kept = memory;
    tuning_free(&kept->database);
    buffer_free(&kept->workspace);
    free(kept);
}

static void read_folder(const struct nncl_device *device, struct tuning_database *database)
{
    char *folder = NULL, **files = NULL;
    size_t count = 0;
    enum nncl_status status = nncl_data_path("tuning", false, &folder);
    if (status == NNCL_OK)
        status = folder_list(folder, ".json", &files, &count);
    for (size_t i = 0; i < count && status == NNCL_OK; i++)
        status = tuning_read_file(device, files[i], database);
    if (status != NNCL_OK)
        nncl_log(NNCL_LOG_DEBUG, "the tuning database is not read: %s", nncl_last_error());
    for (size_t i = 0; i < count; i++)
        free(files[i]);
    free(files);
    free(folder);
}

/* Where one set serves all products, only the newest one counts. */
static void keep_one_set(struct tuning_database *database, const struct gemm_provider *provider)
{
    const struct tuning_record *newest = NULL;
    for (size_t i = 0; i < database->count; i++) {
        const struct tuning_record *record = &database->records[i];
        if (record->provider == provider && record->end == TUNING_MEASURED &&
            (!newest || strcmp(record->date, newest->date) > 0))
            newest = record;
    }
    if (!newest)
        return;
    const struct gemm_parameters set = newest->parameters;
    size_t kept = 0;
    for (size_t i = 0; i < database->count; i++) {
        struct tuning_record *record = &database->records[i];
        if (record->provider != provider || record->end != TUNING_MEASURED ||
            memcmp(&record->parameters, &set, sizeof set) == 0)
            database->records[kept++] = *record;
    }
    database->count = kept;
}

static void read_database(const struct nncl_device *device, struct tuning_database *database)
{
    const char *pretended = getenv("NNCL_PRETEND");
    if (device_is_host(device) || (pretended && pretended[0]))
        return;
    read_folder(device, database);
    for (size_t i = 0; i < gemm_provider_count(); i++)
        if (gemm_provider_get(i)->one_set)
            keep_one_set(database, gemm_provider_get(i));
}

struct gemm_kept *gemm_kept(const struct nncl_device *device)
{
    /* What is kept with a device is no part of what it is: const does not hold for it. */
    struct nncl_device *keeper = (struct nncl_device *)(uintptr_t)device;
    if (!keeper->kept) {
        struct gemm_kept *made = calloc(1, sizeof *made);
        if (!made)
            return NULL;
        read_database(device, &made->database);
        keeper->kept = made;
        keeper->kept_free = kept_free;
    }
    return keeper->kept;
}

const struct tuning_database *tuning_of_device(const struct nncl_device *device)
{
    static const struct tuning_database empty = {0};
    const struct gemm_kept *kept = gemm_kept(device);
    return kept ? &kept->database : &empty;
}
