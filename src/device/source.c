/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "device/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/status.h"
#include "device/sources.h"

enum { MAX_SOURCE = 1 << 20, MAX_NAME = 64, MAX_INCLUDES = 24 };

/* One program's text being put together. */
struct assembly {
    struct text *text;
    char included[MAX_INCLUDES][MAX_NAME];
    unsigned count;
};

/* Whether the file is brought in already. */
static bool included_before(const struct assembly *assembly, const char *file)
{
    for (unsigned i = 0; i < assembly->count; i++)
        if (strcmp(assembly->included[i], file) == 0)
            return true;
    return false;
}

/* A folder that is not there would otherwise pass for one without changes. */
static enum nncl_status check_folder(const char *folder)
{
    struct stat info;
    if (stat(folder, &info) == 0 && S_ISDIR(info.st_mode))
        return NNCL_OK;
    return nncl_fail(
        NNCL_USAGE, "NNCL_CL_DIR names %s, which is no folder; unset or correct it", folder);
}

/* The file's text, to be freed. */
static enum nncl_status source_load(const char *file, char **text)
{
    const char *folder = getenv("NNCL_CL_DIR");
    if (folder && *folder) {
        enum nncl_status status = check_folder(folder);
        if (status != NNCL_OK)
            return status;
        char *path = text_format("%s/%s", folder, file);
        if (!path)
            return nncl_fail_memory("a kernel's path", strlen(folder));
        size_t size;
        bool found = file_exists(path);
        status = found ? file_read(path, MAX_SOURCE, (uint8_t **)text, &size) : NNCL_OK;
        free(path);
        if (found)
            return status;
    }
    for (size_t i = 0; i < kernel_source_count; i++) {
        if (strcmp(kernel_sources[i].name, file) != 0)
            continue;
        *text = strdup(kernel_sources[i].text);
        return *text ? NNCL_OK : nncl_fail_memory("a kernel's source", kernel_sources[i].size);
    }
    return nncl_fail(NNCL_BUILD_FAILED, "there is no kernel file cl/%s", file);
}

/* If `line` is `#include "file"`, its file name. */
static bool include_name(const char *line, size_t length, char *file)
{
    static const char directive[] = "#include \"";
    const size_t start = sizeof directive - 1;
    if (length < start || strncmp(line, directive, start) != 0)
        return false;
    const char *end = memchr(line + start, '"', length - start);
    size_t size = end ? (size_t)(end - line) - start : 0;
    if (size == 0 || size >= MAX_NAME)
        return false;
    memcpy(file, line + start, size);
    file[size] = 0;
    return true;
}

static enum nncl_status append_file(struct assembly *assembly, const char *file)
{
    if (included_before(assembly, file))
        return NNCL_OK;
    if (assembly->count == MAX_INCLUDES)
        return nncl_fail(NNCL_BUILD_FAILED, "cl/%s and what it includes are more than %d files",
            file, MAX_INCLUDES);
    strcpy(assembly->included[assembly->count++], file);
    char *source = NULL;
    enum nncl_status status = source_load(file, &source);
    if (status != NNCL_OK)
        return status;
    text_append(assembly->text, "#line 1 \"cl/%s\"\n", file);
    unsigned number = 1;
    for (const char *line = source; *line && status == NNCL_OK; number++) {
        size_t length = strcspn(line, "\n");
        char inner[MAX_NAME];
        if (include_name(line, length, inner)) {
            status = append_file(assembly, inner);
            text_append(assembly->text, "#line %u \"cl/%s\"\n", number + 1, file);
        } else {
            text_append(assembly->text, "%.*s\n", (int)length, line);
        }
        line += length + (line[length] == '\n');
    }
    free(source);
    return status;
}

enum nncl_status source_append(struct text *text, const char *name)
{
    struct assembly assembly = {.text = text};
    char file[MAX_NAME];
    if (strlen(name) + sizeof ".cl" > sizeof file)
        return nncl_fail(NNCL_BUILD_FAILED, "there is no kernel file cl/%s.cl", name);
    strcpy(file, name);
    strcat(file, ".cl");
    enum nncl_status status = append_file(&assembly, "common.h.cl");
    if (status == NNCL_OK)
        status = append_file(&assembly, file);
    if (status == NNCL_OK && text->failed)
        status = nncl_fail_memory("a kernel's source", text->size);
    return status;
}
