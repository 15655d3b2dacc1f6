/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/nncl-model-XXXXXX";

void scratch_enter(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

void scratch_leave(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

struct nncl_model *small_model(void)
{
    const struct nncl_model_input input = {.shape = {1, 2, 1}, .scale = 0.5f, .shift = -0.25f};
    struct nncl_model *model = NULL;
    cr_assert_eq(nncl_model_create("dense 2 relu, dense 3", &input, &model), NNCL_OK, "%s",
        nncl_last_error());
    float next = 1;
    for (size_t i = 0; i < nncl_model_parameter_count(model); i++) {
        const struct nncl_parameter *parameter = nncl_model_parameter(model, i);
        for (size_t j = 0; j < nncl_shape_elements(&parameter->shape); j++)
            parameter->values[j] = next++;
    }
    return model;
}

void write_quickly(const char *path, const void *bytes, size_t size)
{
    (void)remove(path); /* some file systems flush what replaces the contents of a file */
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

void write_raw(const char *path, const char *header, size_t floats)
{
    size_t length = strlen(header);
    uint8_t *bytes = calloc(1, 8 + length + 4 * floats);
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)length >> (8 * i));
    memcpy(bytes + 8, header, length);
    for (size_t i = 0; i < floats; i++) {
        float value = (float)(i + 1);
        uint32_t bits;
        memcpy(&bits, &value, 4);
        for (unsigned j = 0; j < 4; j++)
            bytes[8 + length + 4 * i + j] = (uint8_t)(bits >> (8 * j));
    }
    write_quickly(path, bytes, 8 + length + 4 * floats);
    free(bytes);
}

void expect_refused(const char *path, const char *expected)
{
    struct nncl_model *model = NULL;
    enum nncl_status status = nncl_model_load(path, &model);
    cr_expect_eq(status, NNCL_BAD_DATA, "status %d, expected \"%s\"", (int)status, expected);
    cr_expect_null(model);
    cr_expect(
        strstr(nncl_last_error(), expected), "\"%s\" lacks \"%s\"", nncl_last_error(), expected);
    cr_expect(strstr(nncl_last_error(), path), "\"%s\" does not name the file", nncl_last_error());
    nncl_model_free(&model);
}
