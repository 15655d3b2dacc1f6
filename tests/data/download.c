/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/download.h"

#include <criterion/criterion.h>
#include <nncl/program.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/philox.h"
#include "scratch.h"
#include "server.h"

enum { SIZE = 100000 };

/* What is served from the folder "served" as small.gz, and what it is to be. */
static uint8_t content[SIZE];
static char sha256[65];
static const struct mnist_file small = {"small", "small", sha256};

static void make_file(void)
{
    scratch_open();
    for (uint32_t i = 0; i < SIZE; i++) { /* hardly compressible */
        uint32_t random[4];
        nncl_philox((uint32_t[4]){i}, (uint32_t[2]){0}, random);
        content[i] = (uint8_t)random[0];
    }
    uint8_t digest[SHA256_SIZE];
    cr_assert_eq(digest_bytes(content, SIZE, digest), NNCL_OK);
    digest_to_text(digest, sha256);
    cr_assert_eq(mkdir("served", 0700), 0);
    cr_assert_eq(mkdir("kept", 0700), 0);
    scratch_write_gzip("served/small.gz", content, SIZE);
}

TestSuite(download, .init = make_file, .fini = scratch_close);

static enum nncl_status fetch(const char *first, const char *second)
{
    const char *mirrors[2] = {first, second};
    return download_file(&small, "kept", mirrors, second ? 2 : 1);
}

static void expect_kept(void)
{
    size_t size = 0, expected_size = 0;
    uint8_t *got = scratch_read("kept/small.gz", &size);
    uint8_t *expected = scratch_read("served/small.gz", &expected_size);
    cr_assert_eq(size, expected_size);
    cr_expect_arr_eq(got, expected, size);
    free(got);
    free(expected);
    cr_expect_not(file_exists("kept/small.gz.part"), "the .part file is still there");
}

static void expect_failure(enum nncl_status status, const char *message)
{
    cr_expect_eq(status, NNCL_FAILED, "for \"%s\"", message);
    cr_expect(
        strstr(nncl_last_error(), message), "\"%s\" is not in: %s", message, nncl_last_error());
    cr_expect(strstr(nncl_last_error(), "small"), "not named: %s", nncl_last_error());
    cr_expect_not(file_exists("kept/small.gz"));
}

/* Fetches from one server of this manner, which must succeed; counts its requests. */
static void fetch_well(enum server_manner manner, int requests, int ranges)
{
    struct server server;
    server_start(&server, manner, "served");
    cr_expect_eq(fetch(server.url, NULL), NNCL_OK, "%s", nncl_last_error());
    server_stop(&server);
    expect_kept();
    cr_expect_eq(server.requests, requests, "%d requests", server.requests);
    cr_expect_eq(server.ranges, ranges, "%d ranges", server.ranges);
}

static void write_part(const void *bytes, size_t size)
{
    scratch_write("kept/small.gz.part", bytes, size);
}

Test(download, plain_success)
{
    fetch_well(SERVER_GOOD, 1, 0);
}

Test(download, goes_on_after_a_cut)
{
    fetch_well(SERVER_CUTS_ONCE, 2, 1);
}

Test(download, goes_on_in_a_later_run)
{
    struct server server;
    server_start(&server, SERVER_CUTS, "served");
    expect_failure(
        fetch(server.url, NULL), " bytes "); /* how many are missing, in libcurl's words */
    server_stop(&server);
    cr_expect_eq(server.requests, 3);
    cr_expect(file_exists("kept/small.gz.part"), "nothing is left to resume");
    fetch_well(SERVER_GOOD, 1, 1);
}

Test(download, starts_over_where_ranges_are_ignored)
{
    write_part("half", 4);
    fetch_well(SERVER_NO_RANGES, 2, 1);
}

Test(download, starts_over_after_a_part_of_something_else)
{
    write_part("something else", 14);
    fetch_well(SERVER_GOOD, 2, 1);
}

Test(download, part_that_is_already_whole)
{
    size_t size;
    uint8_t *bytes = scratch_read("served/small.gz", &size);
    write_part(bytes, size);
    free(bytes);
    fetch_well(SERVER_GOOD, 1, 1);
}

Test(download, part_that_is_too_long)
{
    static const uint8_t zeros[2 * SIZE];
    write_part(zeros, sizeof zeros);
    fetch_well(SERVER_GOOD, 2, 1);
}

Test(download, asks_again_when_busy)
{
    fetch_well(SERVER_BUSY_ONCE, 2, 0);
}

Test(download, missing_is_not_asked_for_again)
{
    struct server server;
    server_start(&server, SERVER_MISSING, "served");
    expect_failure(fetch(server.url, NULL), "404");
    server_stop(&server);
    cr_expect_eq(server.requests, 1);
}

Test(download, wrong_content_is_not_kept)
{
    struct server server;
    content[7] ^= 1;
    scratch_write_gzip("served/small.gz", content, SIZE);
    server_start(&server, SERVER_GOOD, "served");
    expect_failure(fetch(server.url, NULL), "wrong content");
    scratch_write("served/small.gz", "<html>not here</html>", 21);
    expect_failure(fetch(server.url, NULL), "wrong content");
    server_stop(&server);
    cr_expect_not(file_exists("kept/small.gz.part"));
}

Test(download, the_next_mirror_helps_out)
{
    struct server missing, good;
    server_start(&missing, SERVER_MISSING, "served");
    server_start(&good, SERVER_GOOD, "served");
    cr_expect_eq(fetch(missing.url, good.url), NNCL_OK, "%s", nncl_last_error());
    server_stop(&missing);
    server_stop(&good);
    cr_expect_eq(good.requests, 1);
    expect_kept();
}

Test(download, every_mirror_is_in_the_message)
{
    struct server missing;
    server_start(&missing, SERVER_MISSING, "served");
    const char *nowhere = server_nowhere();
    expect_failure(fetch(nowhere, missing.url), "404");
    cr_expect(strstr(nncl_last_error(), nowhere), "%s", nncl_last_error());
    server_stop(&missing);
}

Test(download, refused_connections_are_given_up_at_once)
{
    const char *mirrors[1] = {server_nowhere()};
    double start = nncl_clock();
    expect_failure(download_file(&small, "kept", mirrors, 1), "onnect");
    cr_expect_lt(nncl_clock() - start, 1.0, "%g s", nncl_clock() - start);
    cr_expect_null(mirrors[0]);
    expect_failure(download_file(&small, "kept", mirrors, 1), "no mirror can be reached");
}

Test(download, what_never_ends_is_cut_short)
{
    struct server server;
    server_start(&server, SERVER_ENDLESS, "served");
    expect_failure(fetch(server.url, NULL), "too large");
    server_stop(&server);
    cr_expect_not(file_exists("kept/small.gz.part"));
}

Test(download, an_interrupt_ends_it)
{
    struct server server;
    cr_assert_eq(nncl_interrupt_catch("not in time\n"), NNCL_OK);
    server_start(&server, SERVER_INTERRUPTS, "served");
    cr_expect_eq(fetch(server.url, NULL), NNCL_INTERRUPTED, "%s", nncl_last_error());
    nncl_interrupt_acknowledge();
    server_stop(&server);
    cr_expect(file_exists("kept/small.gz.part"), "nothing is left to resume");
}

Test(download, a_place_that_cannot_be_written)
{
    struct server server;
    server_start(&server, SERVER_GOOD, "served");
    const char *mirrors[1] = {server.url};
    cr_expect_eq(download_file(&small, "no/folder", mirrors, 1), NNCL_FAILED);
    cr_expect(strstr(nncl_last_error(), "cannot write no/folder"), "%s", nncl_last_error());
    server_stop(&server);
}
