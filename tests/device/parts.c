/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Several programs built as one. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "device/parts.h"
#include "device/step.h"
#include "opencl_program.h"
#include "support.h"

static struct nncl_device *device;

static void open_device(void)
{
    support_folder_make();
    setenv("NNCL_CL_DIR", support_folder(), 1);
    device = support_device();
}

static void close_device(void)
{
    nncl_device_close(&device);
    support_folder_remove();
}

TestSuite(parts, .init = open_device, .fini = close_device);

static void put(const char *path, const char *text)
{
    cr_assert_eq(nncl_file_write(path, text, strlen(text)), NNCL_OK);
}

/* Each of what a file may define: a macro, a structure, a type, functions by hand and by a macro.
 */
static const char source[] =
    "#ifndef SIZE\n#define SIZE 1 /* inline comment( */\n#endif\n"
    "#define TIMES(a) (SIZE * (a))\n"
    "struct pair {\n    float x, y;\n};\n"
    "typedef float number __attribute__((aligned(4)));\n"
    "#define MAKE(type) \\\n"
    "    static inline type __attribute__((overloadable)) same(type a) \\\n    { return a; }\n"
    "MAKE(float)\nMAKE(uint)\n"
    "#define TYPE(width) float\nstatic inline TYPE(1) typed(float x)\n{\n    return x;\n}\n"
    "static inline struct pair pair_of(number x)\n"
    "{\n    struct pair pair;\n    pair.x = pair.y = typed(same(TIMES(x)));\n    return pair;\n}\n"
    "kernel void sum(global float *to)\n"
    "{\n    const struct pair pair = pair_of(1.5f);\n    to[0] = pair.x + pair.y;\n}\n";

static float run(const char *program, const char *options)
{
    float result = -1;
    struct step step = {0};
    struct buffer *to = NULL;
    cr_assert_eq(buffer_create(device, sizeof result, &to), NNCL_OK);
    const struct step_launch launch = {.program = program,
        .kernel = "sum",
        .options = options,
        .dimensions = 1,
        .global = {1},
        .local = {1}};
    const struct step_argument arguments[] = {ARG_BUFFER(to)};
    cr_assert_eq(
        step_launch(device, &launch, arguments, 1, &step), NNCL_OK, "%s", nncl_last_error());
    cr_assert_eq(step_enqueue(&step), NNCL_OK);
    cr_assert_eq(buffer_read(to, 0, &result, sizeof result), NNCL_OK);
    step_clear(&step);
    buffer_free(&to);
    return result;
}

Test(parts, what_a_file_defines_gets_names_of_its_own)
{
    struct text text = {0};
    put("test.cl", source);
    cr_assert_eq(part_append(&text, "test", "-DSIZE=2 -DBARE", 7), NNCL_OK);
    const char *const there[] = {"#define SIZE 2\n", "#define BARE 1\n", "#define pair pair_7\n",
        "#define number number_7\n", "#define same same_7\n", "#define typed typed_7\n",
        "#define pair_of pair_of_7\n", "#define sum sum_7\n", "#undef SIZE\n", "#undef BARE\n",
        "#undef TIMES\n", "#undef MAKE\n"},
                      *const absent[] = {"#define comment", "#define TYPE TYPE", "#define float ",
                          "#define aligned"};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        cr_expect_not_null(strstr(text.bytes, there[i]), "%s", there[i]);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        cr_expect_null(strstr(text.bytes, absent[i]), "%s", absent[i]);
    free(text.bytes);
}

Test(parts, wanted_programs_are_built_as_one)
{
    put("test.cl", source);
    cr_assert_eq(opencl_want(device, "test", "-DSIZE=2"), NNCL_OK);
    cr_assert_eq(opencl_want(device, "test", ""), NNCL_OK);
    cr_assert_eq(opencl_want(device, "test", ""), NNCL_OK);
    const cl_program first = opencl_program_of(device, "test", "", "sum"),
                     second = opencl_program_of(device, "test", "-DSIZE=2", "sum"),
                     other = opencl_program_of(device, "test", "-DSIZE=3", "sum");
    cr_expect_eq(first, second);
    cr_expect_neq(first, other);
    cr_expect_eq(run("test", NULL), 3);
    cr_expect_eq(run("test", "-DSIZE=2"), 6);
    cr_expect_eq(run("test", "-DSIZE=3"), 9);
}

Test(parts, one_that_does_not_build_is_blamed_alone)
{
    cl_kernel kernel;
    put("test.cl", source);
    put("wrong.cl", "kernel void wrong()\n{\n    undeclared = 1;\n}\n");
    cr_assert_eq(opencl_want(device, "wrong", ""), NNCL_OK);
    cr_assert_eq(opencl_want(device, "test", "-DSIZE=2"), NNCL_OK);
    cr_expect_eq(run("test", "-DSIZE=2"), 6);
    cr_expect_eq(opencl_kernel(device, "wrong", "", "wrong", &kernel), NNCL_BUILD_FAILED);
    cr_expect_not_null(strstr(nncl_last_error(), "cl/wrong.cl:3"), "%s", nncl_last_error());
    cr_expect_eq(run("test", "-DSIZE=2"), 6);
}

Test(parts, what_was_wanted_and_not_used_is_forgotten)
{
    put("test.cl", source);
    cr_assert_eq(opencl_want(device, "absent", ""), NNCL_OK);
    opencl_want_none(device);
    cr_assert_eq(opencl_want(device, "test", ""), NNCL_OK);
    cl_kernel kernel;
    cr_expect_eq(
        opencl_kernel(device, "test", "", "sum", &kernel), NNCL_OK, "%s", nncl_last_error());
    clReleaseKernel(kernel);
}
