/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Data sets other than MNIST: what is found in a folder, and what is refused. */
#include <criterion/criterion.h>
#include <nncl/data.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "scratch.h"

enum { ROWS = 12, HEIGHT = 3, WIDTH = 5, PIXELS = HEIGHT * WIDTH };

TestSuite(sets, .init = scratch_open, .fini = scratch_close);

static void shell(const char *command)
{
    cr_assert_eq(system(command), 0, "%s", command);
}

static void write_idx(const char *path, uint32_t magic, const uint32_t *dimensions, size_t count,
    const uint8_t *bytes, size_t size)
{
    size_t total;
    uint8_t *file = scratch_idx(magic, dimensions, count, bytes, size, &total);
    scratch_write(path, file, total);
    free(file);
}

/* Pixel i of picture `row`. */
static uint8_t pixel(size_t row, size_t i)
{
    return (uint8_t)(16 * row + i);
}

static void write_pictures(const char *path, uint32_t height, uint32_t width)
{
    uint8_t bytes[ROWS * PIXELS];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = pixel(i / PIXELS, i % PIXELS);
    write_idx(path, 0x803, (uint32_t[]){ROWS, height, width}, 3, bytes, sizeof bytes);
}

/* Labels first, first + 1 …, `classes` in turn. */
static void write_labels(const char *path, uint32_t first, uint32_t classes)
{
    uint8_t bytes[ROWS];
    for (uint32_t row = 0; row < ROWS; row++)
        bytes[row] = (uint8_t)(first + row % classes);
    write_idx(path, 0x801, (uint32_t[]){ROWS}, 1, bytes, ROWS);
}

static void write_set(const char *prefix, const char *test, uint32_t first, uint32_t classes)
{
    char path[256];
    for (int part = 0; part < 2; part++) {
        snprintf(path, sizeof path, "%s%s-images-idx3-ubyte", prefix, part ? test : "train");
        write_pictures(path, HEIGHT, WIDTH);
        snprintf(path, sizeof path, "%s%s-labels-idx1-ubyte", prefix, part ? test : "train");
        write_labels(path, first, classes);
    }
}

static struct nncl_mnist open_set(const char *folder)
{
    struct nncl_mnist set;
    cr_assert_eq(nncl_mnist_open(folder, &set), NNCL_OK, "%s", nncl_last_error());
    return set;
}

static void expect_bad(const char *folder, const char *message)
{
    struct nncl_mnist set;
    cr_expect_eq(nncl_mnist_open(folder, &set), NNCL_BAD_DATA, "for \"%s\"", message);
    cr_expect(
        strstr(nncl_last_error(), message), "\"%s\" is not in: %s", message, nncl_last_error());
}

Test(sets, sizes_and_classes_come_from_the_files)
{
    shell("mkdir any");
    write_set("any/", "t10k", 0, 12);
    struct nncl_mnist set = open_set("any");
    const struct nncl_dataset_source *train = nncl_dataset_get(set.train);
    cr_expect_eq(train->shape.height, HEIGHT);
    cr_expect_eq(train->shape.width, WIDTH);
    cr_expect_eq(train->classes, 12);
    cr_expect_eq(nncl_dataset_get(set.test)->classes, 12);
    cr_expect_null(train->class_names);
    cr_expect_str_empty(set.name);
    cr_expect_not(set.genuine);
    nncl_mnist_free(&set);
}

Test(sets, known_sets_are_told_by_their_folder)
{
    shell("mkdir Fashion-MNIST kmnist");
    write_set("Fashion-MNIST/", "t10k", 0, 10);
    write_set("kmnist/", "t10k", 0, 10);
    struct nncl_mnist set = open_set("Fashion-MNIST");
    cr_expect_str_eq(set.name, "Fashion-MNIST");
    cr_expect_str_eq(nncl_dataset_get(set.test)->class_names[9], "Ankle boot");
    nncl_mnist_free(&set);
    set = open_set("kmnist");
    cr_expect_str_eq(set.name, "KMNIST");
    cr_expect_str_eq(nncl_dataset_get(set.train)->class_names[1], "ki");
    nncl_mnist_free(&set);
}

/* A folder may be called as another set's files are. */
Test(sets, the_folders_name_does_not_hide_its_files)
{
    shell("mkdir qmnist emnist-letters");
    write_set("qmnist/", "t10k", 0, 10);
    struct nncl_mnist set = open_set("qmnist");
    cr_expect_eq(nncl_dataset_get(set.train)->classes, 10);
    nncl_mnist_free(&set);
    expect_bad("emnist-letters", "it lacks train-images-idx3-ubyte, train-labels-idx1-ubyte");
}

/* EMNIST's pictures stand transposed in the files, and its letters count from 1. */
Test(sets, emnist)
{
    shell("mkdir e");
    write_set("e/emnist-letters-", "test", 1, 12);
    struct nncl_mnist set = open_set("e");
    const struct nncl_dataset_source *train = nncl_dataset_get(set.train);
    cr_expect_eq(train->shape.height, WIDTH);
    cr_expect_eq(train->shape.width, HEIGHT);
    cr_expect_eq(train->classes, 26);
    cr_expect_eq(train->labels[0], 0);
    cr_expect_str_eq(train->class_names[0], "A");
    for (size_t y = 0; y < WIDTH; y++)
        for (size_t x = 0; x < HEIGHT; x++)
            cr_expect_eq(((const uint8_t *)train->features)[2 * PIXELS + y * HEIGHT + x],
                pixel(2, x * WIDTH + y));
    nncl_mnist_free(&set);
    write_set("e/emnist-balanced-", "test", 0, 12);
    expect_bad("e", "it holds several data sets, EMNIST balanced and EMNIST letters");
    set = open_set("e/emnist-balanced");
    cr_expect_str_eq(set.name, "EMNIST balanced");
    cr_expect_eq(nncl_dataset_get(set.train)->classes, 47);
    cr_expect_str_eq(nncl_dataset_get(set.train)->class_names[46], "t");
    nncl_mnist_free(&set);
    write_labels("e/emnist-letters-train-labels-idx1-ubyte", 0, 12);
    expect_bad("e/emnist-letters", "labels must be from 1 to");
    cr_assert_eq(remove("e/emnist-letters-test-images-idx3-ubyte"), 0);
    expect_bad("e/emnist-letters", "it lacks emnist-letters-test-images-idx3-ubyte");
}

/* QMNIST's labels are tables of big-endian integers, the class first. */
Test(sets, qmnist)
{
    uint8_t table[ROWS * 8 * 4] = {0};
    for (size_t row = 0; row < ROWS; row++) {
        table[row * 32 + 3] = (uint8_t)(row % 10);
        memset(table + row * 32 + 4, 0xff, 28);
    }
    shell("mkdir q");
    static const char *const parts[] = {"train", "test"};
    for (int part = 0; part < 2; part++) {
        char path[64];
        snprintf(path, sizeof path, "q/qmnist-%s-images-idx3-ubyte", parts[part]);
        write_pictures(path, HEIGHT, WIDTH);
        snprintf(path, sizeof path, "q/qmnist-%s-labels-idx2-int", parts[part]);
        write_idx(path, 0xc02, (uint32_t[]){ROWS, 8}, 2, table, sizeof table);
    }
    struct nncl_mnist set = open_set("q");
    cr_expect_str_eq(set.name, "QMNIST");
    for (uint32_t row = 0; row < ROWS; row++)
        cr_expect_eq(nncl_dataset_get(set.train)->labels[row], row % 10);
    nncl_mnist_free(&set);
    table[32] = 1; /* a class of 2^24 and more */
    write_idx(
        "q/qmnist-train-labels-idx2-int", 0xc02, (uint32_t[]){ROWS, 8}, 2, table, sizeof table);
    expect_bad("q", "qmnist-train-labels-idx2-int has the label");
    write_idx("q/qmnist-train-labels-idx2-int", 0xc02, (uint32_t[]){ROWS, 0x40000000}, 2, table,
        sizeof table);
    expect_bad("q", "cut off or its header is wrong");
}

Test(sets, classes_are_named_by_a_file)
{
    shell("mkdir any");
    write_set("any/", "t10k", 0, 11);
    struct nncl_mnist set = open_set("any");
    shell("printf 'a\\r\\nb\\nc\\nd\\ne\\nf\\ng\\nh\\ni\\nj\\nk \\303\\244\\nl\\n\\n' >good; head "
          "-n 10 "
          "good >few; printf 'a\\n\\nb\\n' >gap; printf 'a\\n\\377\\n' >bytes; : >empty; printf "
          "'a\\0b' >nul");
    cr_assert_eq(nncl_mnist_name_classes(&set, "good"), NNCL_OK, "%s", nncl_last_error());
    const struct nncl_dataset_source *test = nncl_dataset_get(set.test);
    cr_expect_eq(test->classes, 12);
    cr_expect_str_eq(test->class_names[0], "a");
    cr_expect_str_eq(test->class_names[10], "k \xc3\xa4");
    static const char *const bad[][2] = {{"few", "names 10 classes"}, {"gap", "line 2 of gap"},
        {"bytes", "line 2 of bytes"}, {"empty", "it is empty"}, {"nul", "NUL byte"},
        {"missing", "missing"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(nncl_mnist_name_classes(&set, bad[i][0]), NNCL_BAD_DATA, "%s", bad[i][0]);
        cr_expect(strstr(nncl_last_error(), bad[i][1]), "%s", nncl_last_error());
    }
    cr_expect_str_eq(nncl_dataset_get(set.train)->class_names[11], "l");
    nncl_mnist_free(&set);
}

/* ---- CIFAR-10 ---- */

enum { PLANE = 1024, RECORD = 1 + 3 * PLANE };

static void write_records(const char *path, uint8_t first, size_t rows)
{
    uint8_t *bytes = calloc(rows, RECORD);
    for (size_t row = 0; row < rows; row++) {
        uint8_t *record = bytes + row * RECORD;
        record[0] = (uint8_t)(first + row);
        for (size_t i = 0; i < 3 * PLANE; i++)
            record[1 + i] = (uint8_t)(i / PLANE * 100 + i % 7);
    }
    scratch_write(path, bytes, rows * RECORD);
    free(bytes);
}

Test(sets, cifar)
{
    shell("mkdir -p c/cifar-10-batches-bin");
    write_records("c/cifar-10-batches-bin/data_batch_1.bin", 0, 4);
    write_records("c/cifar-10-batches-bin/data_batch_2.bin", 4, 3);
    expect_bad("c", "it lacks CIFAR-10's test_batch.bin");
    write_records("c/cifar-10-batches-bin/test_batch.bin", 8, 2);
    struct nncl_mnist set = open_set("c");
    const struct nncl_dataset_source *train = nncl_dataset_get(set.train);
    cr_expect_str_eq(set.name, "CIFAR-10");
    cr_expect_eq(train->rows, 7);
    cr_expect_eq(train->shape.channels, 3);
    cr_expect_eq(train->labels[5], 5);
    cr_expect_str_eq(train->class_names[5], "dog");
    cr_expect_eq(nncl_dataset_get(set.test)->labels[1], 9);
    const uint8_t *pixels = train->features;
    for (size_t i = 0; i < 3 * PLANE; i++)
        cr_expect_eq(pixels[i], i % 3 * 100 + (i % 3 * PLANE + i / 3) % 7, "%zu", i);
    nncl_mnist_free(&set);
    write_records("c/cifar-10-batches-bin/data_batch_2.bin", 8, 3);
    expect_bad("c", "data_batch_2.bin has the label 10 in row 2");
    scratch_write("c/cifar-10-batches-bin/data_batch_2.bin", "cut", 3);
    expect_bad("c", "data_batch_2.bin is no file of CIFAR-10 or cut off");
    scratch_write("c/cifar-10-batches-bin/data_batch_2.bin", "", 0);
    expect_bad("c", "data_batch_2.bin is no file of CIFAR-10 or cut off");
}

/* ---- Folders of pictures ---- */

static void write_pixels(const char *path, uint32_t height, uint32_t format, const uint8_t *pixels)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = WIDTH, .height = height, .format = format};
    cr_assert_neq(png_image_write_to_file(&image, path, 0, pixels, 0, NULL), 0, "%s", path);
}

static void write_png(const char *path, uint8_t grey, bool coloured)
{
    uint8_t pixels[PIXELS * 3];
    memset(pixels, grey, sizeof pixels);
    pixels[1] = (uint8_t)(grey + coloured);
    write_pixels(path, HEIGHT, coloured ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY, pixels);
}

static void write_class(const char *folder, uint8_t grey, int count)
{
    char path[256];
    snprintf(path, sizeof path, "mkdir -p %s", folder);
    shell(path);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%d.png", folder, i);
        write_png(path, grey, false);
    }
}

Test(sets, pictures_in_folders_of_train_and_test)
{
    write_class("p/train/cat", 10, 3);
    write_class("p/train/dog", 20, 2);
    write_class("p/test/dog", 30, 1);
    struct nncl_mnist set = open_set("p");
    const struct nncl_dataset_source *train = nncl_dataset_get(set.train);
    cr_expect_eq(train->rows, 5);
    cr_expect_eq(train->classes, 2);
    cr_expect_eq(train->shape.height, HEIGHT);
    cr_expect_eq(train->shape.channels, 1);
    cr_expect_str_eq(train->class_names[1], "dog");
    cr_expect_eq(train->labels[4], 1);
    cr_expect_eq(((const uint8_t *)train->features)[4 * PIXELS], 20);
    cr_expect_eq(nncl_dataset_get(set.test)->labels[0], 1);
    cr_expect_not(set.set_aside);
    nncl_mnist_free(&set);
    write_png("p/train/dog/0.png", 20, true);
    set = open_set("p");
    cr_expect_eq(nncl_dataset_get(set.test)->shape.channels, 3);
    nncl_mnist_free(&set);
    write_class("p/test/cow", 30, 1);
    expect_bad("p", "p/test/cow holds pictures of a class of which there is none");
}

/* Class folders alone: numbers in their own order, and a tenth set aside. */
Test(sets, pictures_in_folders_of_classes)
{
    write_class("p/10", 10, 20);
    write_class("p/9", 9, 20);
    struct nncl_mnist set = open_set("p");
    cr_expect(set.set_aside);
    cr_expect_str_eq(nncl_dataset_get(set.train)->class_names[0], "9");
    cr_expect_eq(nncl_dataset_get(set.train)->rows, 36);
    cr_expect_eq(nncl_dataset_get(set.test)->rows, 4);
    cr_expect_eq(((const uint8_t *)nncl_dataset_get(set.test)->features)[0], 9);
    nncl_mnist_free(&set);
    shell("cp p/9/0.png whole && head -c 60 whole >p/9/5.png");
    expect_bad("p", "p/9/5.png is cut off");
    const uint8_t other[2 * HEIGHT * WIDTH] = {0};
    write_pixels("p/9/5.png", 2 * HEIGHT, PNG_FORMAT_GRAY, other);
    expect_bad("p", "p/9/5.png has 5 x 6 pixels, but p/9/0.png 5 x 3");
}

/* ---- Broken files ---- */

/* Whatever a file holds, it is loaded or refused with a sentence. */
static void break_files(const char *folder, const char *path)
{
    size_t size;
    uint8_t *good = scratch_read(path, &size);
    for (uint32_t round = 0; round < 150; round++) {
        uint32_t random[4];
        nncl_philox((uint32_t[4]){round}, (uint32_t[2]){7}, random);
        uint8_t *bad = malloc(size);
        memcpy(bad, good, size);
        for (uint32_t i = 0; i < 1 + random[0] % 3; i++)
            bad[(random[1] + i * random[2]) % (round % 2 || size < 32 ? size : 32)] ^=
                (uint8_t)(1 + random[3]);
        scratch_write(path, bad, round % 5 ? size : random[2] % size);
        struct nncl_mnist set;
        enum nncl_status status = nncl_mnist_open(folder, &set);
        if (status == NNCL_OK)
            nncl_mnist_free(&set);
        else
            cr_expect(
                status == NNCL_BAD_DATA || status == NNCL_OUT_OF_MEMORY, "%s", nncl_last_error());
        free(bad);
    }
    scratch_write(path, good, size);
    free(good);
}

Test(sets, broken_files_are_refused_or_loaded)
{
    shell("mkdir e c");
    write_set("e/emnist-letters-", "test", 1, 12);
    break_files("e", "e/emnist-letters-train-labels-idx1-ubyte");
    break_files("e", "e/emnist-letters-test-images-idx3-ubyte");
    write_records("c/data_batch_1.bin", 0, 2);
    write_records("c/test_batch.bin", 0, 2);
    break_files("c", "c/test_batch.bin");
    write_class("p/train/a", 1, 2);
    write_class("p/test/a", 1, 1);
    break_files("p", "p/test/a/0.png");
}
