/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "data/mnist.h"

static char folder[] = "/tmp/nncl-data-XXXXXX";

void scratch_open(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    char path[64];
    snprintf(path, sizeof path, "%s/share", folder);
    setenv("XDG_DATA_HOME", path, 1);
    snprintf(path, sizeof path, "%s/system", folder);
    setenv("XDG_DATA_DIRS", path, 1);
    snprintf(path, sizeof path, "%s/cache", folder);
    setenv("XDG_CACHE_HOME", path, 1);
    unsetenv("NNCL_DATA_DIR");
    unsetenv("NNCL_MIRROR");
    setenv("no_proxy", "*", 1);
}

void scratch_close(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

const char *scratch_folder(void)
{
    return folder;
}

void scratch_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

void scratch_write_gzip(const char *path, const void *bytes, size_t size)
{
    gzFile file = gzopen(path, "wb1");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(gzwrite(file, bytes, (unsigned)size), (int)size);
    cr_assert_eq(gzclose(file), Z_OK);
}

uint8_t *scratch_read(const char *path, size_t *size)
{
    uint8_t *bytes = NULL;
    cr_assert_eq(file_read(path, 1 << 30, &bytes, size), NNCL_OK, "%s", nncl_last_error());
    return bytes;
}

static void put_word(uint8_t *bytes, uint32_t word)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

uint8_t *scratch_idx(uint32_t magic, const uint32_t *dimensions, size_t count, const uint8_t *bytes,
    size_t size, size_t *total)
{
    *total = 4 + 4 * count + size;
    uint8_t *file = malloc(*total);
    cr_assert_not_null(file);
    put_word(file, magic);
    for (size_t i = 0; i < count; i++)
        put_word(file + 4 + 4 * i, dimensions[i]);
    if (size)
        memcpy(file + 4 + 4 * count, bytes, size);
    return file;
}

static size_t chunk_length(const uint8_t *chunk)
{
    return (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];
}

void scratch_fix_checksum(uint8_t *chunk)
{
    const size_t length = chunk_length(chunk);
    put_word(chunk + 8 + length, (uint32_t)crc32(0, chunk + 4, (uInt)length + 4));
}

void scratch_fix_checksums(uint8_t *png, size_t size)
{
    for (size_t at = 8; size - at >= 12 && chunk_length(png + at) <= size - at - 12;) {
        scratch_fix_checksum(png + at);
        at += chunk_length(png + at) + 12;
    }
}

const char *scratch_mnist(int index)
{
    static char path[4200];
    char real_data[4096];
    const char *named = getenv("NNCL_DATA_DIR");
    if (!named || !realpath(named, real_data))
        return NULL;
    snprintf(path, sizeof path, "%s/%s.gz", real_data, mnist_files[index].name);
    return file_exists(path) ? path : NULL;
}
