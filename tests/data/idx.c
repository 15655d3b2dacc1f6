/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <nncl/data.h>
#include <nncl/program.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "scratch.h"

enum { ROWS = 5, HEIGHT = 3, WIDTH = 4, CONTENT = ROWS * HEIGHT * WIDTH };

static uint8_t pixels[CONTENT];
static const uint8_t labels[ROWS] = {3, 1, 4, 1, 5};
static uint8_t *pictures_file, *labels_file;
static size_t pictures_size, labels_size;

/* Plain files p and l, gzipped ones p.gz and l.gz. */
static void make_files(void)
{
    scratch_open();
    for (size_t i = 0; i < CONTENT; i++)
        pixels[i] = (uint8_t)(37 * i);
    pictures_file =
        scratch_idx(0x803, (uint32_t[]){ROWS, HEIGHT, WIDTH}, 3, pixels, CONTENT, &pictures_size);
    labels_file = scratch_idx(0x801, (uint32_t[]){ROWS}, 1, labels, ROWS, &labels_size);
    scratch_write("p", pictures_file, pictures_size);
    scratch_write_gzip("p.gz", pictures_file, pictures_size);
    scratch_write("l", labels_file, labels_size);
    scratch_write_gzip("l.gz", labels_file, labels_size);
}

static void remove_files(void)
{
    free(pictures_file);
    free(labels_file);
    scratch_close();
}

TestSuite(idx, .init = make_files, .fini = remove_files);

static void expect_good(const char *pictures_path, const char *labels_path)
{
    struct nncl_dataset *dataset = NULL;
    cr_assert_eq(nncl_dataset_read_idx(pictures_path, labels_path, &dataset), NNCL_OK, "%s",
        nncl_last_error());
    const struct nncl_dataset_source *got = nncl_dataset_get(dataset);
    cr_expect_eq(got->type, NNCL_UINT8);
    cr_expect_eq(got->rows, ROWS);
    cr_expect_eq(got->shape.height, HEIGHT);
    cr_expect_eq(got->shape.width, WIDTH);
    cr_expect_eq(got->shape.channels, 1);
    cr_expect_eq(got->classes, 6);
    cr_expect_arr_eq(got->features, pixels, CONTENT);
    for (int row = 0; row < ROWS; row++)
        cr_expect_eq(got->labels[row], labels[row]);
    nncl_dataset_free(&dataset);
}

/* Reading must fail, and say `message` and, except for pairs, the name "bad". */
static void expect_bad(const char *pictures_path, const char *labels_path, const char *message)
{
    struct nncl_dataset *dataset = NULL;
    cr_expect_eq(nncl_dataset_read_idx(pictures_path, labels_path, &dataset), NNCL_BAD_DATA,
        "for \"%s\"", message);
    cr_expect(
        strstr(nncl_last_error(), message), "\"%s\" is not in: %s", message, nncl_last_error());
    cr_expect(
        strstr(nncl_last_error(), "bad") == nncl_last_error() || strstr(nncl_last_error(), " bad"),
        "the file is not named: %s", nncl_last_error());
    cr_expect_null(dataset);
}

static void expect_bad_header(
    uint32_t magic, const uint32_t *dimensions, size_t count, const char *message)
{
    size_t size;
    uint8_t *file = scratch_idx(magic, dimensions, count, pixels, CONTENT, &size);
    scratch_write("bad", file, size);
    expect_bad("bad", "l", message);
    scratch_write_gzip("bad", file, size);
    expect_bad("bad", "l", message);
    free(file);
}

Test(idx, plain_and_gzipped)
{
    expect_good("p", "l");
    expect_good("p.gz", "l.gz");
    expect_good("p", "l.gz");
}

/* Browsers unpack on the way and keep the name. */
Test(idx, content_counts_not_the_name)
{
    cr_assert_eq(rename("p", "plain.gz"), 0);
    cr_assert_eq(rename("l.gz", "packed"), 0);
    expect_good("plain.gz", "packed");
}

Test(idx, gzip_of_two_members)
{
    scratch_write_gzip("1", pictures_file, 10);
    scratch_write_gzip("2", pictures_file + 10, pictures_size - 10);
    cr_assert_eq(system("cat 1 2 > both"), 0);
    expect_good("both", "l");
}

Test(idx, channels_come_last)
{
    size_t size;
    uint8_t *file = scratch_idx(0x804, (uint32_t[]){ROWS, 2, 2, 3}, 4, pixels, CONTENT, &size);
    scratch_write("colour", file, size);
    free(file);
    struct nncl_dataset *dataset = NULL;
    cr_assert_eq(nncl_dataset_read_idx("colour", "l", &dataset), NNCL_OK, "%s", nncl_last_error());
    cr_expect_eq(nncl_dataset_get(dataset)->shape.channels, 3);
    cr_expect_eq(nncl_dataset_get(dataset)->shape.width, 2);
    nncl_dataset_free(&dataset);
}

Test(idx, wrong_magic)
{
    expect_bad_header(0x3c21444f, (uint32_t[]){ROWS, HEIGHT, WIDTH}, 3, "no IDX file of pictures");
    expect_bad_header(0x801, (uint32_t[]){CONTENT}, 1, "holds labels where pictures belong");
    cr_assert_eq(rename("p", "bad"), 0);
    expect_bad("p.gz", "bad", "holds pictures where labels belong");
}

Test(idx, headers_that_lie)
{
    expect_bad_header(0x803, (uint32_t[]){0, HEIGHT, WIDTH}, 3, "holds nothing");
    expect_bad_header(0x803, (uint32_t[]){ROWS, HEIGHT, 0}, 3, "holds nothing");
    expect_bad_header(0x803, (uint32_t[]){ROWS + 1, HEIGHT, WIDTH}, 3, "cut off");
    expect_bad_header(0x803, (uint32_t[]){ROWS - 1, HEIGHT, WIDTH}, 3, "more bytes");
    expect_bad_header(0x803, (uint32_t[]){UINT32_MAX, 28, 28}, 3, "do not fit into its size");
    expect_bad_header(0x803, (uint32_t[]){UINT32_MAX, UINT32_MAX, UINT32_MAX}, 3, "do not fit");
    expect_bad_header(
        0x804, (uint32_t[]){1u << 31, 1u << 31, 1u << 31, 1u << 31}, 4, "do not fit into its size");
}

/* Every length that is too short, plain and gzipped. */
Test(idx, cut_off_anywhere)
{
    for (size_t size = 0; size < pictures_size; size++) {
        scratch_write("bad", pictures_file, size);
        expect_bad("bad", "l", "cut off");
    }
    size_t size;
    uint8_t *packed = scratch_read("p.gz", &size);
    for (size_t cut = 0; cut < size; cut++) {
        scratch_write("bad", packed, cut);
        expect_bad("bad", "l", "cut off");
    }
    free(packed);
}

Test(idx, other_bytes_after_the_gzip_data)
{
    cr_assert_eq(system("(cat p.gz; echo more) > bad"), 0);
    expect_bad("bad", "l", "other bytes after its gzip data");
}

Test(idx, damaged_gzip)
{
    size_t size;
    uint8_t *packed = scratch_read("p.gz", &size);
    packed[size - 6] ^= 1; /* the checksum */
    scratch_write("bad", packed, size);
    expect_bad("bad", "l", "damaged");
    free(packed);
    scratch_write("bad", "\x1f\x8bthis is no gzip file", 22);
    expect_bad("bad", "l", "damaged");
}

/* A small file that claims and unpacks to far more than its header says is not unpacked to its end.
 */
Test(idx, gzip_bomb)
{
    cr_assert_eq(system("head -c 200000000 /dev/zero | gzip -1 > zeros.gz"), 0);
    scratch_write_gzip("head.gz", pictures_file, pictures_size);
    cr_assert_eq(system("cat head.gz zeros.gz > bad"), 0);
    expect_bad("bad", "l", "more bytes");
}

Test(idx, missing_and_folder)
{
    expect_bad("bad", "l", "cannot open bad: No such file");
    cr_assert_eq(system("mkdir bad"), 0);
    expect_bad("bad", "l", "cannot read bad: Is a directory");
}

Test(idx, counts_that_differ)
{
    size_t size;
    uint8_t *file = scratch_idx(0x801, (uint32_t[]){ROWS - 1}, 1, labels, ROWS - 1, &size);
    scratch_write("bad", file, size);
    free(file);
    expect_bad("p", "bad", "p holds 5 pictures, but bad holds 4 labels");
}

/* One flipped bit: either an error with a sentence, or a data set of the right size. */
static void flip_and_read(const char *path, const uint8_t *bytes, size_t size, uint32_t round)
{
    uint8_t *flipped = malloc(size);
    memcpy(flipped, bytes, size);
    uint32_t random[4];
    nncl_philox((uint32_t[4]){round}, (uint32_t[2]){0}, random);
    for (uint32_t i = 0; i <= random[0] % 3; i++)
        flipped[random[i + 1] % size] ^= (uint8_t)(1u << random[i + 1] % 7);
    scratch_write(path, flipped, size);
    free(flipped);
    struct nncl_dataset *dataset = NULL;
    enum nncl_status status = nncl_dataset_read_idx(path, "l", &dataset);
    cr_assert(status == NNCL_OK || status == NNCL_BAD_DATA, "%s", nncl_last_error());
    cr_assert_eq(status == NNCL_OK, dataset != NULL);
    if (dataset)
        cr_assert_eq(nncl_dataset_get(dataset)->rows, ROWS);
    nncl_dataset_free(&dataset);
}

Test(idx, flipped_bits)
{
    size_t size;
    uint8_t *packed = scratch_read("p.gz", &size);
    for (uint32_t round = 0; round < 2000; round++) {
        flip_and_read("f", pictures_file, round % 2 ? 16 : pictures_size, round);
        flip_and_read("f.gz", packed, size, round);
    }
    free(packed);
}

/* ---- Unpacked copies of large files ---- */

enum { LARGE_ROWS = 1 << 17, LARGE = LARGE_ROWS * HEIGHT * WIDTH };

/* Writes many pictures and their labels, gzipped, and returns the pictures; free them. */
static uint8_t *write_large(uint8_t factor)
{
    uint8_t *bytes = malloc(LARGE), *ones = calloc(LARGE_ROWS, 1), *file;
    size_t size;
    cr_assert(bytes && ones);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (uint8_t)(factor * i);
    file = scratch_idx(0x803, (uint32_t[]){LARGE_ROWS, HEIGHT, WIDTH}, 3, bytes, LARGE, &size);
    scratch_write_gzip("large.gz", file, size);
    free(file);
    file = scratch_idx(0x801, (uint32_t[]){LARGE_ROWS}, 1, ones, LARGE_ROWS, &size);
    scratch_write_gzip("ones.gz", file, size);
    free(file);
    free(ones);
    return bytes;
}

static void expect_large(const uint8_t *bytes)
{
    struct nncl_dataset *dataset = NULL;
    cr_assert_eq(
        nncl_dataset_read_idx("large.gz", "ones.gz", &dataset), NNCL_OK, "%s", nncl_last_error());
    cr_expect_eq(nncl_dataset_get(dataset)->rows, LARGE_ROWS);
    cr_expect_eq(memcmp(nncl_dataset_get(dataset)->features, bytes, LARGE), 0);
    nncl_dataset_free(&dataset);
}

/* The one copy in the cache. */
static struct nncl_cache_entry only_copy(char **path)
{
    struct nncl_cache_entry *entries = NULL, entry;
    char *folder = NULL;
    size_t count = 0;
    cr_assert_eq(nncl_cache_list(&entries, &count, &folder), NNCL_OK);
    cr_assert_eq(count, 1);
    entry = entries[0];
    *path = malloc(strlen(folder) + strlen(entry.name) + 2);
    cr_assert_not_null(*path);
    sprintf(*path, "%s/%s", folder, entry.name);
    free(entries);
    nncl_free(folder);
    return entry;
}

Test(idx, a_large_file_is_unpacked_once)
{
    uint8_t *bytes = write_large(37);
    char *path;
    expect_large(bytes);
    struct nncl_cache_entry copy = only_copy(&path);
    cr_expect_eq(copy.bytes, LARGE + 16);
    cr_expect_eq(strncmp(copy.name, "unpacked-", 9), 0, "%s", copy.name);
    expect_large(bytes);

    /* A copy that tells of other bytes is not believed, and is made anew. */
    size_t size;
    uint8_t *content = scratch_read(path, &size);
    content[size - 1] ^= 1;
    scratch_write(path, content, size);
    expect_large(bytes);
    free(content);
    content = scratch_read(path, &size);
    cr_expect_eq(content[size - 1], bytes[LARGE - 1]);
    scratch_write(path, content, 20);
    expect_large(bytes);
    free(content);
    free(bytes);
    free(path);
}

Test(idx, a_copy_is_of_one_file_only)
{
    uint8_t *bytes = write_large(37);
    expect_large(bytes);
    free(bytes);
    bytes = write_large(39);
    expect_large(bytes);
    free(bytes);
}

Test(idx, small_files_leave_no_copy)
{
    struct nncl_cache_entry *entries = NULL;
    char *folder = NULL;
    size_t count = 0;
    expect_good("p.gz", "l.gz");
    cr_assert_eq(nncl_cache_list(&entries, &count, &folder), NNCL_OK);
    cr_expect_eq(count, 0);
    free(entries);
    nncl_free(folder);
}
