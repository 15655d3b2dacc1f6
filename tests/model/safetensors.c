/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Files that nncl writes: their exact bytes, and that they come back as they were. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/model.h>

#include "base/file.h"
#include "scratch.h"

TestSuite(safetensors, .init = scratch_enter, .fini = scratch_leave);

static uint8_t *contents(const char *path, size_t *size)
{
    uint8_t *bytes = NULL;
    cr_assert_eq(file_read(path, 1 << 20, &bytes, size), NNCL_OK, "%s", nncl_last_error());
    return bytes;
}

static void save(const struct nncl_model *model, const char *path)
{
    cr_assert_eq(nncl_model_save(model, path), NNCL_OK, "%s", nncl_last_error());
}

static struct nncl_model *load(const char *path)
{
    struct nncl_model *model = NULL;
    cr_assert_eq(nncl_model_load(path, &model), NNCL_OK, "%s", nncl_last_error());
    return model;
}

/* "dense 2 relu, dense 3" on 2 features, with values 1, 2, 3 … in memory: weights are transposed.
 */
static const char golden_header[] =
    "{\"__metadata__\":{\"nncl.format\":\"1\",\"nncl.network\":\"dense 2 relu, dense 3\","
    "\"nncl.input\":\"1x2x1\",\"nncl.scale\":\"0.5\",\"nncl.shift\":\"-0.25\","
    "\"nncl.classes\":\"3\"},"
    "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
    "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]},"
    "\"2.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[24,48]},"
    "\"2.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[48,60]}}";
static const float golden_values[] = {1, 3, 2, 4, 5, 6, 7, 10, 8, 11, 9, 12, 13, 14, 15};

Test(safetensors, bytes_are_as_documented)
{
    struct nncl_model *model = small_model();
    save(model, "m");
    nncl_model_free(&model);
    size_t size = 0, json = strlen(golden_header), header = (json + 7) / 8 * 8;
    uint8_t *bytes = contents("m", &size);
    cr_assert_eq(size, 8 + header + sizeof golden_values);
    cr_expect_eq(bytes[0] | bytes[1] << 8, (int)header);
    for (size_t i = 2; i < 8; i++)
        cr_expect_eq(bytes[i], 0);
    cr_expect_eq(memcmp(bytes + 8, golden_header, json), 0, "%.*s", (int)header, bytes + 8);
    for (size_t i = json; i < header; i++)
        cr_expect_eq(bytes[8 + i], ' ');
    for (size_t i = 0; i < 15; i++) {
        uint32_t bits;
        memcpy(&bits, &golden_values[i], 4);
        for (unsigned j = 0; j < 4; j++)
            cr_expect_eq(bytes[8 + header + 4 * i + j], (uint8_t)(bits >> (8 * j)), "value %zu", i);
    }
    free(bytes);
}

static void expect_equal(const struct nncl_model *a, const struct nncl_model *b)
{
    cr_expect_str_eq(nncl_model_text(a), nncl_model_text(b));
    cr_expect_eq(
        memcmp(nncl_model_get_input(a), nncl_model_get_input(b), sizeof(struct nncl_model_input)),
        0);
    cr_assert_eq(nncl_model_parameter_count(a), nncl_model_parameter_count(b));
    for (size_t i = 0; i < nncl_model_parameter_count(a); i++) {
        const struct nncl_parameter *p = nncl_model_parameter(a, i),
                                    *q = nncl_model_parameter(b, i);
        cr_expect_str_eq(p->name, q->name);
        cr_expect_eq(
            memcmp(p->values, q->values, nncl_shape_elements(&p->shape) * sizeof(float)), 0);
    }
}

Test(safetensors, a_model_comes_back_bit_for_bit)
{
    const struct nncl_model_input input = {
        .shape = {28, 28, 3}, .scale = 1 / 255.0f, .shift = -0.1f};
    struct nncl_model *model = NULL;
    cr_assert_eq(
        nncl_model_create("dense 37 relu, dense 11 relu, dense 10", &input, &model), NNCL_OK);
    nncl_model_initialise(model, 5);
    nncl_model_parameter(model, 1)->values[0] = -0.0f;
    nncl_model_parameter(model, 1)->values[1] = 0x1p-149f;
    save(model, "a");
    struct nncl_model *back = load("a");
    expect_equal(model, back);
    save(back, "b");
    size_t size_a, size_b;
    uint8_t *a = contents("a", &size_a), *b = contents("b", &size_b);
    cr_expect(size_a == size_b && memcmp(a, b, size_a) == 0, "equal models, equal bytes");
    free(a);
    free(b);
    nncl_model_free(&model);
    nncl_model_free(&back);
}

Test(safetensors, a_loss_comes_back)
{
    struct nncl_model *model = small_model();
    cr_expect_eq(nncl_model_loss(model), NNCL_SPARSE_CATEGORICAL_CROSSENTROPY);
    for (int loss = 0; nncl_loss_name((enum nncl_loss)loss); loss++) {
        cr_assert_eq(nncl_model_set_loss(model, (enum nncl_loss)loss), NNCL_OK);
        save(model, "m");
        struct nncl_model *back = load("m");
        cr_expect_eq((int)nncl_model_loss(back), loss);
        nncl_model_free(&back);
    }
    nncl_model_free(&model);
}

/* As other writers do it: other metadata too, tensors in another order, spaces and escapes. */
Test(safetensors, foreign_order_is_read)
{
    write_raw("m",
        "{ \"2.bias\": {\"shape\":[3], \"data_offsets\":[0,12], \"dtype\":\"F32\"},\n"
        "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[44,60]},"
        "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[36,44]},"
        "\"2.weight\":{\"dtype\":\"\\u004632\",\"shape\":[3,2],\"data_offsets\":[12,36]},"
        "\"__metadata__\":{\"format\":\"pt\",\"nncl.format\":\"1\",\"nncl.shift\":\"0\","
        "\"nncl.network\":\"dense 2,relu,dense 3\",\"nncl.input\":\"1x2x1\","
        "\"nncl.scale\":\"1e0\",\"nncl.classes\":\"3\"}}",
        15);
    struct nncl_model *model = load("m");
    static const float weight[] = {12, 14, 13, 15};
    cr_expect_arr_eq(nncl_model_parameter(model, 0)->values, weight, sizeof weight);
    cr_expect_eq(nncl_model_parameter(model, 3)->values[2], 3);
    nncl_model_free(&model);
}

Test(safetensors, models_that_are_not_finite_are_not_written)
{
    struct nncl_model *model = small_model();
    save(model, "m");
    nncl_model_parameter(model, 2)->values[4] = NAN;
    cr_expect_eq(nncl_model_save(model, "m"), NNCL_FAILED);
    cr_expect(strstr(nncl_last_error(), "element 4 of 2.weight is NaN"), "%s", nncl_last_error());
    nncl_model_free(&model);
    model = load("m"); /* the old one is still there */
    nncl_model_free(&model);
}

Test(safetensors, a_full_disk_is_an_error)
{
    struct nncl_model *model = small_model();
    cr_expect_eq(nncl_model_save(model, "/dev/full"), NNCL_FAILED);
    cr_expect(strstr(nncl_last_error(), "/dev/full"), "%s", nncl_last_error());
    cr_expect_eq(nncl_model_save(model, "no/such/folder"), NNCL_FAILED);
    nncl_model_free(&model);
}
