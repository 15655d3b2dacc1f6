/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Model files that are cut off, altered or made to harm: each is refused with a sentence. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <nncl/model.h>

#include "base/file.h"
#include "base/text.h"
#include "scratch.h"

TestSuite(damaged, .init = scratch_enter, .fini = scratch_leave);

#define META                                                                                       \
    "\"nncl.format\":\"1\",\"nncl.network\":\"dense 2\",\"nncl.input\":\"1x2x1\","                 \
    "\"nncl.scale\":\"1\",\"nncl.shift\":\"0\",\"nncl.classes\":\"2\""
#define HEAD "{\"__metadata__\":{" META "},"
#define WEIGHT "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}"
#define BIAS "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]}"
#define BIAS_WITH(fields) HEAD WEIGHT ",\"0.bias\":{" fields "}}"
#define WITH_META(fields) "{\"__metadata__\":{" fields "}," WEIGHT "," BIAS "}"

struct header_case {
    const char *header, *expected;
};

static void expect_headers_refused(const struct header_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        write_raw("m", cases[i].header, 6);
        expect_refused("m", cases[i].expected);
    }
}

/* The cases below differ from this one in one thing each. */
Test(damaged, the_undamaged_file_is_read)
{
    write_raw("m", HEAD WEIGHT "," BIAS "}", 6);
    struct nncl_model *model = NULL;
    cr_assert_eq(nncl_model_load("m", &model), NNCL_OK, "%s", nncl_last_error());
    nncl_model_free(&model);
}

Test(damaged, tensors)
{
    static const struct header_case cases[] = {
        {HEAD WEIGHT "}", "tensor 0.bias, which its network \"dense 2\" needs, is missing"},
        {HEAD WEIGHT ",\"0.bias\":[1,2]}",
            "tensor 0.bias, which its network \"dense 2\" needs, is not "
            "described"},
        {HEAD WEIGHT "," BIAS ",\"9.extra\":{}}", "a tensor \"9.extra\" that its network"},
        {HEAD WEIGHT "," BIAS "," BIAS "}", "duplicate"},
        {BIAS_WITH("\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[16,24]"), "dtype \"F16\""},
        {BIAS_WITH("\"dtype\":7,\"shape\":[2],\"data_offsets\":[16,24]"), "dtype \"\""},
        {BIAS_WITH("\"shape\":[2],\"data_offsets\":[16,24]"), "dtype \"\""},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[16,24]"), "is not [2]"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[16,24]"), "is not [2]"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[16,24]"), "is not [2]"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[16,24]"), "is not [2]"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":\"2\",\"data_offsets\":[16,24]"), "is not [2]"},
        {BIAS_WITH("\"dtype\":\"F32\",\"data_offsets\":[16,24]"), "is not [2]"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,28]"), "outside"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[20,28]"), "outside"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]"), "outside"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,16]"), "outside"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,9223372036854775807]"),
            "outside"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,9223372036854775808]"),
            "damaged: too big integer"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,20]"), "has 4 bytes"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[15,23]"),
            "it overlaps another"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"),
            "it overlaps another"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16]"), "two whole numbers"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24,32]"),
            "two whole numbers"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,\"24\"]"),
            "two whole numbers"},
        {BIAS_WITH("\"dtype\":\"F32\",\"shape\":[2]"), "two whole numbers"},
        {HEAD "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[8,24]},"
              "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
            "there is a gap before it"},
    };
    expect_headers_refused(cases, sizeof cases / sizeof cases[0]);
}

#define REST                                                                                       \
    "\"nncl.network\":\"dense "                                                                    \
    "2\",\"nncl.scale\":\"1\",\"nncl.shift\":\"0\",\"nncl.classes\":\"2\""

Test(damaged, metadata)
{
    static const struct header_case cases[] = {
        {"{" WEIGHT "," BIAS "}", "no nncl model: its metadata lacks \"nncl.format\""},
        {"{\"__metadata__\":7}", "\"__metadata__\" in its header is not an object"},
        {WITH_META("\"format\":\"pt\""), "no nncl model"},
        {WITH_META("\"nncl.format\":\"1\""), "lacks \"nncl.network\""},
        {WITH_META("\"nncl.format\":1"), "not a string"},
        {WITH_META("\"nncl.format\":\"2\""), "it has format 2, and this nncl reads format 1"},
        {WITH_META("\"nncl.format\":\"1\"," REST), "lacks \"nncl.input\""},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.input\":\"1x2\"," REST), "28x28x1"},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.input\":\"1x2x1x1\"," REST), "28x28x1"},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.input\":\"0x2x1\"," REST), "28x28x1"},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.input\":\"\"," REST), "28x28x1"},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.input\":\"xx\"," REST), "28x28x1"},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.input\":\"65536x65536x1\"," REST), "product"},
        {WITH_META(META ",\"nncl.scale\":\"2\""), "duplicate"},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.network\":\"dense 2\",\"nncl.input\":\"1x2x1\","
                   "\"nncl.scale\":\"1,5\""),
            "\"nncl.scale\" in its metadata is \"1,5\""},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.network\":\"dense 2\",\"nncl.input\":\"1x2x1\","
                   "\"nncl.scale\":\"0\",\"nncl.shift\":\"0\""),
            "a number other than 0"},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.network\":\"dense 2\",\"nncl.input\":\"1x2x1\","
                   "\"nncl.scale\":\"1\",\"nncl.shift\":\"nan\""),
            "\"nncl.shift\" in its metadata is \"nan\""},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.network\":\"dense 2\",\"nncl.input\":\"1x2x1\","
                   "\"nncl.scale\":\"1\",\"nncl.shift\":\"0\",\"nncl.classes\":\"3\""),
            "3 classes"},
        {WITH_META("\"nncl.format\":\"1\",\"nncl.network\":\"lstm 9\",\"nncl.input\":\"1x2x1\","
                   "\"nncl.scale\":\"1\",\"nncl.shift\":\"0\",\"nncl.classes\":\"2\""),
            "word 1 (\"lstm\", column 1)"},
        {WITH_META(META ",\"nncl.loss\":\"hinge\""), "\"nncl.loss\" in its metadata is \"hinge\""},
        {WITH_META(META ",\"nncl.loss\":2"), "not a string"},
    };
    expect_headers_refused(cases, sizeof cases / sizeof cases[0]);
}

/* Allows this process another GiB. Under AddressSanitizer, which reserves far more, does nothing.
 */
static void limit_memory(void)
{
    const rlim_t gib = (rlim_t)1 << 30;
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert(file && fscanf(file, "%lu", &pages) == 1 && fclose(file) == 0);
    rlim_t used = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
    const struct rlimit limit = {used + gib, used + gib};
    if (used < 4 * gib)
        cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

/* A few hundred bytes that claim 8 GB of weights cost no memory. */
Test(damaged, huge_networks)
{
    limit_memory();
    write_raw("m",
        "{\"__metadata__\":{\"nncl.format\":\"1\",\"nncl.network\":\"dense 1000000, dense 2\","
        "\"nncl.input\":\"1x2000x1\",\"nncl.scale\":\"1\",\"nncl.shift\":\"0\","
        "\"nncl.classes\":\"2\"},"
        "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1000000,2000],\"data_offsets\":[0,8000000000]},"
        "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1000000],\"data_offsets\":[8000000000,8004000000]"
        "},"
        "\"1.weight\":{\"dtype\":\"F32\",\"shape\":[2,1000000],"
        "\"data_offsets\":[8004000000,8012000000]},"
        "\"1.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8012000000,8012000008]}}",
        6);
    expect_refused("m", "cut off: 24 bytes of tensors where 8012000008 are needed");
}

static void expect_json_refused(const char *piece, size_t count, const char *expected)
{
    struct text text = {0};
    text_append(&text, "{\"a\":");
    for (size_t i = 0; i < count; i++)
        text_append(&text, "%s", piece);
    write_raw("m", text.bytes, 0);
    expect_refused("m", expected);
    free(text.bytes);
}

Test(damaged, json)
{
    expect_json_refused("[", 100000, "maximum parsing depth");
    expect_json_refused("{\"a\":", 100000, "maximum parsing depth");
    expect_json_refused(" ", 1 << 20, "announce a header");
    static const struct header_case cases[] = {
        {"[1,2]", "no JSON object"},
        {" {}", "no JSON object"},
        {"{}", "no nncl model"},
        {"{\"a\"}", "its header is damaged"},
        {"{} x", "its header is damaged"},
        {"{\"a\":\"\\u0000\"}", "its header is damaged"},
        {"{\"a\\u0000b\":1}", "its header is damaged"},
        {"{\"a\":\"\xff\xfe\"}", "its header is damaged"},
    };
    expect_headers_refused(cases, sizeof cases / sizeof cases[0]);
}

static uint8_t *small_file(size_t *size)
{
    struct nncl_model *model = small_model();
    uint8_t *bytes = NULL;
    cr_assert_eq(nncl_model_save(model, "whole"), NNCL_OK);
    nncl_model_free(&model);
    cr_assert_eq(file_read("whole", 1 << 20, &bytes, size), NNCL_OK);
    return bytes;
}

Test(damaged, cut_off_at_every_length)
{
    size_t size;
    uint8_t *bytes = small_file(&size);
    for (size_t length = 0; length < size; length++) {
        write_quickly("m", bytes, length);
        expect_refused("m", length < 8 ? "no safetensors file" : "it is cut off");
    }
    free(bytes);
}

Test(damaged, bytes_behind_the_end)
{
    size_t size;
    uint8_t *bytes = small_file(&size); /* one NUL more than its size says */
    write_quickly("m", bytes, size + 1);
    expect_refused("m", "bytes behind its last tensor");
    free(bytes);
}

/* A flipped bit is refused or gives another valid model; neither may crash. */
Test(damaged, every_bit_flipped)
{
    size_t size, refused = 0;
    uint8_t *bytes = small_file(&size);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        write_quickly("m", bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        struct nncl_model *model = NULL;
        enum nncl_status status = nncl_model_load("m", &model);
        /* Asserted only where it fails: each assertion is a message to the runner. */
        bool sound = status == NNCL_OK ? model != NULL : status == NNCL_BAD_DATA && !model;
        if (!sound)
            cr_assert_fail("bit %zu: status %d, %s", bit, (int)status, nncl_last_error());
        refused += status != NNCL_OK;
        nncl_model_free(&model);
    }
    cr_expect_gt(refused, 4 * size, "%zu of %zu", refused, 8 * size);
    free(bytes);
}

Test(damaged, values_that_are_not_finite)
{
    size_t size;
    uint8_t *bytes = small_file(&size);
    memcpy(bytes + size - 4, "\0\0\x80\x7f", 4);
    write_quickly("m", bytes, size);
    expect_refused("m", "element 2 of 2.bias is infinite");
    memcpy(
        bytes + size - 60 + 4, "\0\0\xc0\xff", 4); /* the second of 0.weight [2, 2], transposed */
    write_quickly("m", bytes, size);
    expect_refused("m", "element 2 of 0.weight is NaN");
    free(bytes);
}

Test(damaged, what_is_no_file)
{
    expect_refused("missing", "cannot open missing: No such file");
    expect_refused("/", "Is a directory");
    expect_refused("/dev/zero", "no safetensors file");
    expect_refused("/dev/null", "it has only 0 bytes");
}
