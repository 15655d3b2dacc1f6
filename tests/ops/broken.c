/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The check must see wrong kernels: each one is broken on purpose, and the check has to name that
 * op and no other. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/check.h>

#include "base/file.h"
#include "support.h"

TestSuite(broken, .init = support_folder_make, .fini = support_folder_remove);

/* How a kernel is broken: the text that comes first in cl/<file> is replaced. */
static const struct damage {
    const char *kernel, *op, *file, *text, *replacement;
} damages[] = {
    {"adam", "adam", "adam.h.cl", "(1.0f - adam.beta2)", "(1.0f - adam.beta1)"},
    {"adam", "adam", "adam.h.cl", "state[STATE_STEP] + 1u", "state[STATE_STEP]"},
    {"adam", "adam", "adam.h.cl", "step_is_bad(adam_state, adam_batch_loss)", "false"},
    {"advance_state", "advance_state", "advance_state.cl", "position < count ? position",
        "position <= count ? position"},
    {"bias", "bias", "bias.h.cl", "x + b", "x - b"},
    {"bias", "bias", "bias.cl", "j < part.right; j++", "j <= part.right; j++"},
    {"bias_backward", "bias_backward", "bias.cl", "sum += load_vector", "sum -= load_vector"},
    {"bias_backward", "bias_backward", "bias.cl", "sum += SPLAT(dy", "sum = SPLAT(dy"},
    {"confusion", "confusion", "confusion.cl", "labels[i] * C + predicted[i]",
        "predicted[i] * C + labels[i]"},
    {"epilogue", "matmul+bias+relu (vector)", "epilogue.h.cl", "JOIN(EPILOGUE_1, _EPILOGUE)",
        "JOIN(NONE, _EPILOGUE)"},
    {"epilogue", "bias_backward+adam", "bias.cl", "sum, j, j)", "sum, 0, 0)"},
    {"gather", "gather", "gather.cl", "x * scale + shift", "x * scale - shift"},
    {"gather_uint", "gather", "gather.cl", "out[i] = source[rows[i]];\n}", "out[i] = rows[i];\n}"},
    {"gemm_vector", "matmul (vector)", "gemm_vector.cl", "for (uint i = 0; i < k; i++)",
        "for (uint i = 1; i < k; i++)"},
    {"gemm_vector_dot", "matmul (vector)", "gemm_vector.cl", "for (uint i = whole; i < k; i++)",
        "for (uint i = whole + 1; i < k; i++)"},
    {"gemm_vector", "matmul+bias+relu (vector)", "bias.h.cl", "LOAD(bias_b + (column))",
        "LOAD(bias_b)"},
    {"gemm_vector", "matmul+bias+relu (vector)", "relu.h.cl", "value = relu_forward(value);", ""},
    {"gemm_vector", "matmul+relu_backward (vector)", "relu.h.cl", "LOAD(relu_y + (index))",
        "value"},
    {"metrics", "metrics", "metrics.cl", "predicted[i] == labels[i]", "predicted[i] <= labels[i]"},
    {"metrics", "metrics", "metrics.cl", "sum = sum_add(sum, sums[0])", "sum.value += sums[0]"},
    {"permute", "permute", "permute.h.cl", "round < 4", "round < 3"},
    {"permute", "permute", "permute.cl", "state[STATE_EPOCH]", "0u"},
    {"relu", "relu", "relu.h.cl", "x < SPLAT(0.0f) ? SPLAT(0.0f) : x", "fmax(x, SPLAT(0.0f))"},
    {"relu", "relu", "relu.cl", "i + WIDTH <= range.last", "i < range.last"},
    {"relu_backward", "relu_backward", "relu.h.cl", "y > SPLAT(0.0f)", "y >= SPLAT(0.0f)"},
    {"softmax", "softmax", "softmax.cl", "uint i = range.first", "uint i = range.first + 1"},
    {"softmax_xent", "softmax_xent", "softmax_xent.cl", "maximum - row[label]",
        "row[label] - maximum"},
    {"softmax_xent_backward", "softmax_xent_backward", "softmax_xent.cl", "? 1.0f : 0.0f",
        "? 0.999f : 0.0f"},
};
enum { DAMAGES = sizeof damages / sizeof damages[0] };

/* Writes cl/<file> with the damage into the current folder; all other files stay the built-in ones.
 */
static void write_damaged(const struct damage *damage)
{
    char path[4096];
    uint8_t *bytes = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/cl/%s", getenv("NNCL_SOURCE_DIR"), damage->file);
    cr_assert_eq(file_read(path, 1 << 20, &bytes, &size), NNCL_OK, "%s", nncl_last_error());
    const char *found = strstr((const char *)bytes, damage->text);
    cr_assert_not_null(found, "\"%s\" does not stand in %s", damage->text, path);
    char *text = text_format("%.*s%s%s", (int)(found - (const char *)bytes), (const char *)bytes,
        damage->replacement, found + strlen(damage->text));
    cr_assert_not_null(text);
    cr_assert_eq(nncl_file_write(damage->file, text, strlen(text)), NNCL_OK);
    free(text);
    free(bytes);
}

struct outcome {
    const struct damage *damage;
    bool named;
};

static void report(void *user, const struct nncl_check_result *result)
{
    struct outcome *outcome = user;
    bool expected = strcmp(result->op, outcome->damage->op) == 0;
    outcome->named = outcome->named || (expected && !result->passed);
    bool folded = strchr(result->op, '+') != NULL;
    cr_expect(expected || folded || result->passed, "%s in %s: also %s fails: %s",
        outcome->damage->text, outcome->damage->file, result->op, result->failure);
}

ParameterizedTestParameters(broken, kernel_is_found)
{
    size_t *indices = cr_calloc(DAMAGES, sizeof *indices);
    for (size_t i = 0; i < DAMAGES; i++)
        indices[i] = i;
    return cr_make_param_array(size_t, indices, DAMAGES);
}

/* The kernels of products bring in all formulas that can be folded into them, so that a change of
 * one has them all built again, for minutes; where it is the formula's own op that has to be found,
 * they are left out. */
static bool left_out(const struct damage *damage, const char *op)
{
    return strncmp(op, "matmul", 6) == 0 && strncmp(damage->op, "matmul", 6) != 0 &&
           strstr(damage->file, ".h.cl");
}

ParameterizedTest(size_t *index, broken, kernel_is_found)
{
    struct outcome outcome = {.damage = &damages[*index]};
    const struct damage *damage = outcome.damage;
    write_damaged(damage);
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
    struct nncl_device *device = support_device();
    for (size_t i = 0; i < nncl_check_op_count(); i++) {
        const struct nncl_check_options options = {.op = nncl_check_op_name(i),
            .quick = true,
            .gemm = "vector",
            .report = report,
            .user = &outcome};
        if (!left_out(damage, options.op))
            (void)nncl_check(device, &options); /* the report sees what fails */
    }
    cr_expect(outcome.named, "%s in %s: not named", damage->text, damage->file);
    nncl_device_close(&device);
}

/* A whole check goes on behind a failure, and its message names all that failed. */
Test(broken, all_failures_are_named)
{
    const struct damage damage = {
        .file = "softmax.h.cl", .text = "/ sum", .replacement = "/ (sum + 1.0f)"};
    write_damaged(&damage);
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
    struct nncl_device *device = support_device();
    const struct nncl_check_options options = {.quick = true, .gemm = "vector"};
    cr_expect_eq(nncl_check(device, &options), NNCL_CHECK_FAILED);
    cr_expect(strstr(nncl_last_error(), "wrong results in softmax, softmax_xent_backward (first"),
        "%s", nncl_last_error());
    nncl_device_close(&device);
}

/* A kernel that does not build fails its own op; if nothing else ran, that is the outcome. */
Test(broken, kernels_that_do_not_build_are_named)
{
    const struct damage damage = {
        .file = "softmax.cl", .text = "kernel void", .replacement = "kernel vold"};
    write_damaged(&damage);
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
    struct nncl_device *device = support_device();
    struct nncl_check_options options = {.quick = true, .gemm = "vector"};
    cr_expect_eq(nncl_check(device, &options), NNCL_CHECK_FAILED);
    cr_expect(strstr(nncl_last_error(), "cl/softmax.cl:"), "%s", nncl_last_error());
    options.op = "softmax";
    cr_expect_eq(nncl_check(device, &options), NNCL_BUILD_FAILED);
    cr_expect(strstr(nncl_last_error(), "cl/softmax.cl:"), "%s", nncl_last_error());
    nncl_device_close(&device);
}

static bool has_damage(const char *kernel, size_t length)
{
    for (size_t i = 0; i < DAMAGES; i++)
        if (strlen(damages[i].kernel) == length && strncmp(damages[i].kernel, kernel, length) == 0)
            return true;
    return false;
}

static void expect_damages(const char *folder, const char *file)
{
    static const char word[] = "kernel void ";
    char path[4096 + 256];
    uint8_t *bytes = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    cr_assert_eq(file_read(path, 1 << 20, &bytes, &size), NNCL_OK, "%s", nncl_last_error());
    for (const char *next = (const char *)bytes; (next = strstr(next, word));) {
        next += strlen(word);
        int length = (int)strcspn(next, "(");
        cr_expect(has_damage(next, (size_t)length), "no damage for the kernel %.*s of %s", length,
            next, file);
    }
    free(bytes);
}

Test(broken, every_kernel_has_its_damage)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/cl", getenv("NNCL_SOURCE_DIR"));
    DIR *directory = opendir(folder);
    cr_assert_not_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (strstr(entry->d_name, ".cl"))
            expect_damages(folder, entry->d_name);
    closedir(directory);
}
