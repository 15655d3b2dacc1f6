/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <nncl/data.h>
#include <nncl/log.h>
#include <nncl/program.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/digits.h"
#include "data/mnist.h"
#include "scratch.h"
#include "server.h"

enum { ROWS = 3, PIXELS = 28 * 28 };

static char warnings[8192];

static void on_log(void *user, enum nncl_log_level level, const char *line)
{
    (void)user;
    (void)level;
    strncat(warnings, line, sizeof warnings - strlen(warnings) - 1);
}

static void no_network(void)
{
    scratch_open();
    setenv("NNCL_MIRROR", server_nowhere(), 1);
    nncl_log_set(on_log, NULL, NNCL_LOG_WARNING);
}

TestSuite(resolve, .init = no_network, .fini = scratch_close);

/* One of the four files, of ROWS rows whose bytes are `value`; `spelling`: 1 gzipped, 2 dotted. */
static void make_file(const char *folder, int index, uint8_t value, int spelling)
{
    uint8_t bytes[ROWS * PIXELS];
    memset(bytes, value, sizeof bytes);
    bool pictures = index % 2 == 0;
    size_t size;
    uint8_t *file = scratch_idx(pictures ? 0x803 : 0x801, (uint32_t[]){ROWS, 28, 28},
        pictures ? 3 : 1, bytes, pictures ? sizeof bytes : ROWS, &size);
    char path[512];
    snprintf(path, sizeof path, "%s/%s%s", folder,
        spelling & 2 ? mnist_files[index].dotted : mnist_files[index].name,
        spelling & 1 ? ".gz" : "");
    (spelling & 1 ? scratch_write_gzip : scratch_write)(path, file, size);
    free(file);
}

/* A folder of four such files. */
static void make_folder(const char *folder, uint8_t value, int spelling)
{
    char command[512];
    snprintf(command, sizeof command, "mkdir -p %s", folder);
    cr_assert_eq(system(command), 0);
    for (int i = 0; i < MNIST_FILES; i++)
        make_file(folder, i, value, spelling);
}

/* What is opened must be the folder's, made with `value`. */
static void expect_source(const char *folder, const char *source, uint8_t value)
{
    struct nncl_mnist mnist;
    cr_assert_eq(nncl_mnist_open(folder, &mnist), NNCL_OK, "%s", nncl_last_error());
    cr_expect_str_eq(mnist.source, source);
    cr_expect_not(mnist.generated);
    cr_expect_eq(strlen(mnist.sha256), 64);
    const struct nncl_dataset_source *test = nncl_dataset_get(mnist.test);
    cr_expect_eq(test->rows, ROWS);
    cr_expect_eq(test->classes, 10);
    cr_expect_eq(test->labels[0], value);
    cr_expect_eq(((const uint8_t *)test->features)[PIXELS], value);
    nncl_mnist_free(&mnist);
    cr_expect_null(mnist.train);
}

static void expect_bad(const char *folder, const char *message)
{
    struct nncl_mnist mnist;
    cr_expect_eq(nncl_mnist_open(folder, &mnist), NNCL_BAD_DATA, "for \"%s\"", message);
    cr_expect(
        strstr(nncl_last_error(), message), "\"%s\" is not in: %s", message, nncl_last_error());
}

static void expect_generated(void)
{
    struct nncl_mnist mnist;
    double start = nncl_clock();
    cr_assert_eq(nncl_mnist_open(NULL, &mnist), NNCL_OK, "%s", nncl_last_error());
    cr_expect_lt(nncl_clock() - start, 5.0, "%g s", nncl_clock() - start);
    cr_expect(mnist.generated);
    cr_expect_str_eq(mnist.source, "generated digits");
    cr_expect_str_eq(mnist.sha256, "");
    cr_expect_eq(nncl_dataset_get(mnist.train)->rows, DIGITS_TRAIN_ROWS);
    nncl_mnist_free(&mnist);
}

Test(resolve, every_spelling)
{
    for (int spelling = 0; spelling < 4; spelling++) {
        char folder[16];
        snprintf(folder, sizeof folder, "s%d", spelling);
        make_folder(folder, (uint8_t)(spelling + 1), spelling);
        expect_source(folder, folder, (uint8_t)(spelling + 1));
    }
}

Test(resolve, the_folder_beats_the_variable)
{
    make_folder("named", 1, 0);
    make_folder("variable", 2, 1);
    setenv("NNCL_DATA_DIR", "variable", 1);
    expect_source("named", "named", 1);
    expect_source(NULL, "variable", 2);
    setenv("NNCL_DATA_DIR", "missing", 1);
    expect_source("named", "named", 1);
}

Test(resolve, an_explicit_folder_is_never_replaced)
{
    make_folder("good", 1, 0);
    expect_bad("missing", "it lacks train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images");
    setenv("NNCL_DATA_DIR", "missing", 1);
    expect_bad(NULL, "NNCL_DATA_DIR");
    expect_bad(NULL, "the folder missing");
    cr_assert_eq(remove("good/t10k-labels-idx1-ubyte"), 0);
    expect_bad("good", "it lacks t10k-labels-idx1-ubyte (");
    expect_bad("", "lacks");
}

Test(resolve, damaged_files_of_an_explicit_folder_are_named)
{
    make_folder("bad", 1, 0);
    scratch_write("bad/t10k-images-idx3-ubyte", "cut", 3);
    expect_bad("bad", "bad/t10k-images-idx3-ubyte is cut off");
    make_folder("bad", 10, 0);
    expect_bad("bad", "bad/train-labels-idx1-ubyte has the label 10 in row 0, but only 1");
    size_t size;
    static const uint8_t bytes[ROWS * 4];
    uint8_t *file = scratch_idx(0x803, (uint32_t[]){ROWS, 2, 2}, 3, bytes, sizeof bytes, &size);
    scratch_write("bad/train-images-idx3-ubyte", file, size);
    free(file);
    expect_bad("bad", "bad/train-images-idx3-ubyte holds pictures of 2 x 2 x 1, but");
}

Test(resolve, no_data_and_no_network)
{
    expect_generated();
    cr_expect(strstr(warnings, "digits drawn by nncl"), "%s", warnings);
    cr_expect(strstr(warnings, "cannot fetch"), "the cause is missing: %s", warnings);
}

Test(resolve, no_place_to_keep_data)
{
    unsetenv("XDG_DATA_HOME");
    unsetenv("HOME");
    expect_generated();
    cr_expect(strstr(warnings, "HOME"), "%s", warnings);
}

/* Only MNIST's own files are taken where nobody asked for the folder. */
Test(resolve, other_data_in_common_places_are_passed_over)
{
    make_folder("share/nncl/mnist", 1, 0);
    make_folder("system/mnist", 2, 0);
    expect_generated();
    cr_expect(strstr(warnings, "share/nncl/mnist"), "%s", warnings);
    cr_expect(strstr(warnings, "system/mnist"), "%s", warnings);
}
