/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* With the real MNIST, which NNCL_DATA_DIR names. */
#include <criterion/criterion.h>
#include <nncl/data.h>
#include <nncl/program.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "data/mnist.h"
#include "paint.h"
#include "scratch.h"
#include "server.h"

enum { PIXELS = 28 * 28, PICTURES = 200 };

static char real[4096]; /* the folder */

static void need_mnist(void)
{
    const char *file = scratch_mnist(0);
    if (!file)
        cr_skip_test("NNCL_DATA_DIR names no folder with MNIST's four .gz files");
    scratch_open();
    snprintf(real, sizeof real, "%.*s", (int)(strrchr(file, '/') - file), file);
    setenv("NNCL_MIRROR", "http://127.0.0.1:9", 1);
}

/* Runs after a skip too. */
static void close_scratch(void)
{
    if (real[0])
        scratch_close();
}

TestSuite(mnist, .init = need_mnist, .fini = close_scratch);

static void open_and_check(const char *folder, const char *source)
{
    struct nncl_mnist mnist;
    cr_assert_eq(nncl_mnist_open(folder, &mnist), NNCL_OK, "%s", nncl_last_error());
    cr_expect_str_eq(mnist.source, source);
    cr_expect_not(mnist.generated);
    cr_expect_eq(nncl_dataset_get(mnist.train)->rows, 60000);
    cr_expect_eq(nncl_dataset_get(mnist.test)->rows, 10000);
    /* Its first labels. */
    static const uint32_t train[] = {5, 0, 4, 1, 9}, test[] = {7, 2, 1, 0, 4};
    cr_expect_arr_eq(nncl_dataset_get(mnist.train)->labels, train, sizeof train);
    cr_expect_arr_eq(nncl_dataset_get(mnist.test)->labels, test, sizeof test);
    nncl_mnist_free(&mnist);
}

/* Links to the real files in a folder of the scratch place. */
static void link_files(const char *folder)
{
    char command[16384];
    snprintf(command, sizeof command, "mkdir -p %s && ln -s '%s'/*.gz %s", folder, real, folder);
    cr_assert_eq(system(command), 0);
}

Test(mnist, counts_and_labels)
{
    open_and_check(real, real);
}

Test(mnist, files_are_the_genuine_ones)
{
    for (int i = 0; i < MNIST_FILES; i++)
        cr_expect(mnist_file_is_genuine(real, &mnist_files[i]), "%s", mnist_files[i].name);
}

/* The SHA-256 over the four is that of their concatenated digests. */
Test(mnist, digest_over_the_four)
{
    uint8_t all[MNIST_FILES * SHA256_SIZE], digest[SHA256_SIZE];
    for (size_t i = 0; i < sizeof all; i++) {
        char byte[3] = {0};
        memcpy(byte, mnist_files[i / SHA256_SIZE].sha256 + 2 * (i % SHA256_SIZE), 2);
        all[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    char expected[65];
    cr_assert_eq(digest_bytes(all, sizeof all, digest), NNCL_OK);
    digest_to_text(digest, expected);
    struct nncl_mnist mnist;
    cr_assert_eq(nncl_mnist_open(real, &mnist), NNCL_OK, "%s", nncl_last_error());
    cr_expect_str_eq(mnist.sha256, expected);
    nncl_mnist_free(&mnist);
}

Test(mnist, found_in_its_own_folder_then_in_the_system)
{
    char path[256];
    link_files("system/mnist");
    snprintf(path, sizeof path, "%s/system/mnist", scratch_folder());
    open_and_check(NULL, path);
    link_files("share/nncl/mnist");
    snprintf(path, sizeof path, "%s/share/nncl/mnist", scratch_folder());
    open_and_check(NULL, path);
}

Test(mnist, fetched_kept_and_mended)
{
    char path[256];
    struct server server;
    snprintf(path, sizeof path, "%s/share/nncl/mnist", scratch_folder());
    server_start(&server, SERVER_CUTS_ONCE, real);
    setenv("NNCL_MIRROR", server.url, 1);
    open_and_check(NULL, path);
    scratch_write("share/nncl/mnist/t10k-labels-idx1-ubyte.gz", "damaged", 7);
    open_and_check(NULL, path);
    server_stop(&server);
    cr_expect_eq(server.requests, 6, "%d requests", server.requests);
    cr_expect_eq(system("test $(ls share/nncl/mnist | wc -l) = 4"), 0);
    open_and_check(NULL, path);
}

/* Pictures. */

static const uint8_t *test_pixels(const struct nncl_mnist *mnist, size_t row)
{
    return (const uint8_t *)nncl_dataset_get(mnist->test)->features + row * PIXELS;
}

/* Mean distance of the first PICTURES digits, each painted in a look of its own. */
static double mean_distance(struct paint_look (*look_of)(uint32_t), int *far)
{
    struct nncl_mnist mnist;
    cr_assert_eq(nncl_mnist_open(real, &mnist), NNCL_OK, "%s", nncl_last_error());
    double sum = 0;
    for (uint32_t row = 0; row < PICTURES; row++) {
        uint8_t read[PIXELS];
        struct paint_look look = look_of(row);
        paint("digit.png", test_pixels(&mnist, row), &look);
        cr_assert_eq(nncl_picture_read("digit.png", read), NNCL_OK, "%s", nncl_last_error());
        double distance = paint_distance(test_pixels(&mnist, row), read);
        *far += distance > 2;
        sum += distance;
    }
    nncl_mnist_free(&mnist);
    return sum / PICTURES;
}

static struct paint_look plain_look(uint32_t row)
{
    (void)row;
    return (struct paint_look){.kind = PAINT_GREY, .enlarged = 1};
}

/* Enlarged three to ten times, somewhere on a canvas twice as large, of every kind with greys. */
static struct paint_look random_look(uint32_t row)
{
    uint32_t random[4];
    nncl_philox((uint32_t[4]){row}, (uint32_t[2]){0}, random);
    struct paint_look look = {.kind = (enum paint_kind)(row % PAINT_BITS)};
    look.enlarged = 3 + (int)(random[0] % 8);
    look.canvas = 56 * look.enlarged;
    look.left = (int)(random[1] % (uint32_t)(28 * look.enlarged));
    look.top = (int)(random[2] % (uint32_t)(28 * look.enlarged));
    look.interlaced = random[3] % 2;
    return look;
}

Test(mnist, a_plain_picture_comes_back_unchanged)
{
    int far = 0;
    cr_expect_float_eq(mean_distance(plain_look, &far), 0, 0);
}

Test(mnist, pictures_of_all_kinds_come_back_close)
{
    int far = 0;
    double mean = mean_distance(random_look, &far);
    cr_expect_leq(mean, 0.3, "%g", mean);
    /* A centre of mass between two pixels may round to the other one: the digit moves by one. */
    cr_expect_leq(far, 2, "%d of %d", far, PICTURES);
}
