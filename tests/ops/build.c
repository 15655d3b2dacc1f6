/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every kernel is built as OpenCL C 1.2 without warnings, in the variants that are in use. */
#include "device/opencl.h"
#include "source_files.h"
#include "support.h"

TestSuite(build, .init = support_folder_make, .fini = support_folder_remove);

/* Square tiles, as many items down as across, one width for all vectors. */
#define TILED_OPTIONS(tile, terms, items, slices, width, buffers)                                  \
    "-DTILE_M=" #tile " -DTILE_N=" #tile " -DTILE_K=" #terms " -DITEMS_M=" #items                  \
    " -DITEMS_N=" #items " -DSLICES=" #slices " -DBUFFERS=" #buffers " -DPAD=4 -DWHOLE_K=0"        \
    " -DWIDTH=" #width " -DWIDTH_M=" #width " -DWIDTH_A=" #width " -DWIDTH_B=" #width

/* Square windows over patches that are large enough. */
#define CONV_OPTIONS(width, vectors, window, stride, spacing)                                      \
    "-DWIDTH=" #width " -DVECTORS=" #vectors " -DKH=" #window " -DKW=" #window                     \
    " -DSTRIDE=" #stride " -DDILATION=1 -DSPACING=" #spacing                                       \
    " -DPATCH_H=40 -DPATCH_W=40 -DCHUNK=7"

/* Options under which kernels are built; files that need others stand first. */
static const struct {
    const char *file, *options[8];
} variants[] = {
    {"activation.cl",
        {"-DWIDTH=1 -DACTIVATION=ELU", "-DWIDTH=2 -DACTIVATION=LEAKYRELU_BACKWARD",
            "-DWIDTH=4 -DACTIVATION=TANH", "-DWIDTH=8 -DACTIVATION=GELU",
            "-DWIDTH=8 -DACTIVATION=SILU_BACKWARD", "-DWIDTH=16 -DACTIVATION=SOFTPLUS",
            "-DWIDTH=16 -DACTIVATION=GELUTANH_BACKWARD"}},
    {"augment.cl", {"-DWIDTH=1", "-DWIDTH=1 -DELASTIC", "-DWIDTH=8", "-DWIDTH=16 -DELASTIC"}},
    {"gather.cl", {"-DWIDTH=4 -DSOURCE=uchar", "-DWIDTH=16 -DSOURCE=uchar",
                      "-DWIDTH=8 -DSOURCE=float", "-DWIDTH=8 -DSOURCE=uint"}},
    {"gemm_tiled.cl",
        {TILED_OPTIONS(128, 16, 16, 1, 4, 2) " -DTRANSPOSE_A=0 -DTRANSPOSE_B=1 -DBYTES=0",
            TILED_OPTIONS(16, 128, 4, 16, 4, 1) " -DTRANSPOSE_A=0 -DTRANSPOSE_B=0 -DBYTES=1 "
                                                "-DEPILOGUE_0=BIAS -DEPILOGUE_1=RELU",
            TILED_OPTIONS(16, 32, 4, 4, 2, 1) " -DTRANSPOSE_A=1 -DTRANSPOSE_B=0 -DBYTES=1 "
                                              "-DEPILOGUE_0=ADAM -DSTORES_RESULT=0",
            TILED_OPTIONS(8, 4, 1, 1, 1, 1) " -DTRANSPOSE_A=1 -DTRANSPOSE_B=0 -DBYTES=0 "
                                            "-DSCALED=1"}},
    {"gemm_vector.cl",
        {"-DROWS=4 -DWIDTH=1 -DVECTORS=1 -DTRANSPOSE_A=0",
            "-DROWS=4 -DWIDTH=2 -DVECTORS=1 -DTRANSPOSE_A=1",
            "-DROWS=4 -DWIDTH=4 -DVECTORS=1 -DTRANSPOSE_A=0",
            "-DROWS=4 -DWIDTH=8 -DVECTORS=2 -DTRANSPOSE_A=1 -DSCALED=1",
            "-DROWS=4 -DWIDTH=16 -DVECTORS=4 -DTRANSPOSE_A=0 -DEPILOGUE_0=BIAS -DEPILOGUE_1=RELU",
            "-DROWS=4 -DWIDTH=8 -DVECTORS=8 -DTRANSPOSE_A=0 -DDEPTH=10 -DPACKED_ROWS=16 "
            "-DEPILOGUE_0=RELU_BACKWARD",
            "-DROWS=4 -DWIDTH=16 -DVECTORS=4 -DTRANSPOSE_A=1 -DEPILOGUE_0=ADAM -DSTORES_RESULT=0"}},
    {"gemm_vector_panel.cl",
        {"-DROWS=6 -DWIDTH=16 -DVECTORS=4 -DTILES=1 -DLEFT_ROWS=0 -DTRANSPOSE_A=0 -DTRANSPOSE_B=0 "
         "-DEPILOGUE_0=BIAS -DEPILOGUE_1=RELU",
            "-DROWS=6 -DWIDTH=8 -DVECTORS=2 -DTILES=4 -DLEFT_ROWS=0 -DTRANSPOSE_A=0 "
            "-DTRANSPOSE_B=1 -DSPLIT=1 -DEPILOGUE_0=RELU_BACKWARD",
            "-DROWS=6 -DWIDTH=4 -DVECTORS=2 -DTILES=8 -DLEFT_ROWS=48 -DTRANSPOSE_A=1 "
            "-DTRANSPOSE_B=1 -DSCALED=1 -DSPLIT=1",
            "-DROWS=4 -DWIDTH=16 -DVECTORS=4 -DTILES=2 -DLEFT_ROWS=16 -DTRANSPOSE_A=1 "
            "-DTRANSPOSE_B=0 -DEPILOGUE_0=ADAM -DSTORES_RESULT=0",
            "-DROWS=6 -DWIDTH=8 -DVECTORS=2 -DTILES=1 -DLEFT_ROWS=48 -DTRANSPOSE_A=1 "
            "-DLEFT_GROUP=6 -DTRANSPOSE_B=0 -DPADDED=1 -DEPILOGUE_0=ADAM -DSTORES_RESULT=0",
            "-DROWS=2 -DWIDTH=1 -DVECTORS=1 -DTILES=1 -DLEFT_ROWS=0 -DTRANSPOSE_A=0 "
            "-DTRANSPOSE_B=1"}},
    {"gemm_vector_bytes.cl",
        {"-DROWS=1 -DWIDTH=1 -DVECTORS=1",
            "-DROWS=16 -DWIDTH=16 -DVECTORS=8 -DEPILOGUE_0=BIAS -DEPILOGUE_1=RELU",
            "-DWIDTH=2 -DVECTORS=1 -DBATCH=7", "-DROWS=64 -DWIDTH=8 -DVECTORS=8 -DPACKED=1",
            "-DWIDTH=8 -DVECTORS=8 -DBATCH=33 -DPACKED=1 -DEPILOGUE_0=ADAM -DSTORES_RESULT=0"}},
    {"fused_step.cl", {"-DWIDTH=8 -DVECTORS=8 -DSLICES=2 -DBATCH=32 -DHIDDEN=128 -DCLASSES=10",
                          "-DWIDTH=16 -DVECTORS=1 -DSLICES=3 -DBATCH=33 -DHIDDEN=48 -DCLASSES=26",
                          "-DWIDTH=4 -DVECTORS=4 -DSLICES=1 -DBATCH=3 -DHIDDEN=16 -DCLASSES=2"}},
    {"head.cl", {"-DWIDTH=4 -DBATCH=7 -DHIDDEN=12 -DCLASSES=3", "-DWIDTH=8",
                    "-DWIDTH=16 -DBATCH=32 -DHIDDEN=128 -DCLASSES=26 -DFETCHES=1"}},
    {"bias.cl", {"-DWIDTH=4", "-DWIDTH=8 -DEPILOGUE_0=ADAM -DSTORES_RESULT=0",
                    "-DWIDTH=16 -DEPILOGUE_0=RELU"}},
    {"clip.cl", {"-DWIDTH=1 -DEPILOGUE_0=CLIP_VALUE",
                    "-DWIDTH=8 -DEPILOGUE_0=CLIP_NORM -DEPILOGUE_1=WEIGHT_DECAY "
                    "-DEPILOGUE_2=MOMENTUM -DEPILOGUE_3=EMA -DSTORES_RESULT=0"}},
    {"update.cl", {"-DWIDTH=4 -DEPILOGUE_0=ADAMW -DSTORES_RESULT=0",
                      "-DWIDTH=8 -DEPILOGUE_0=NADAM -DSTORES_RESULT=0",
                      "-DWIDTH=1 -DEPILOGUE_0=SGD -DSTORES_RESULT=0",
                      "-DWIDTH=2 -DEPILOGUE_0=NESTEROV -DSTORES_RESULT=0",
                      "-DWIDTH=16 -DEPILOGUE_0=RMSPROP -DSTORES_RESULT=0",
                      "-DWIDTH=8 -DEPILOGUE_0=ADAGRAD -DSTORES_RESULT=0",
                      "-DWIDTH=16 -DEPILOGUE_0=ADADELTA -DSTORES_RESULT=0"}},
    {"conv2d.cl",
        {CONV_OPTIONS(16, 4, 3, 1, 1) " -DPIXELS=6 -DWHOLE_DEPTH=1 -DEPILOGUE_0=BIAS "
                                      "-DEPILOGUE_1=RELU",
            CONV_OPTIONS(8, 2, 5, 2, 1) " -DPIXELS=6 -DWHOLE_DEPTH=0",
            CONV_OPTIONS(4, 2, 3, 1, 2) " -DPIXELS=4 -DWHOLE_DEPTH=1 -DEPILOGUE_0=RELU_BACKWARD",
            CONV_OPTIONS(1, 1, 1, 1, 1) " -DPIXELS=8 -DWHOLE_DEPTH=1",
            CONV_OPTIONS(16, 4, 3, 1, 1) " -DTILE=6 -DOUT_H=2 -DOUT_W=2",
            CONV_OPTIONS(1, 1, 2, 3, 1) " -DTILE=3 -DOUT_H=1 -DOUT_W=1",
            CONV_OPTIONS(4, 1, 1, 1, 1)}},
    {"conv2d_winograd.cl",
        {"-DWIDTH=16 -DVECTORS=4 -DHEIGHT=6 -DKH=3 -DCHANNELS=70 -DPAIRS=6 -DROWS=2 "
         "-DEPILOGUE_0=BIAS -DEPILOGUE_1=RELU",
            "-DWIDTH=8 -DVECTORS=2 -DHEIGHT=6 -DKH=3 -DCHANNELS=32 -DPAIRS=12 -DROWS=1 "
            "-DEPILOGUE_0=RELU_BACKWARD",
            "-DWIDTH=1 -DVECTORS=1 -DHEIGHT=1 -DKH=1 -DCHANNELS=1 -DPAIRS=1 -DROWS=1",
            "-DWIDTH=16 -DVECTORS=4 -DHEIGHT=6 -DKH=3 -DCHANNELS=70 -DPAIRS=6 -DROWS=2 "
            "-DGRADIENT=1 -DFILTERS=64",
            "-DWIDTH=4 -DVECTORS=1 -DHEIGHT=6 -DKH=2 -DCHANNELS=5 -DPAIRS=6 -DROWS=2 -DGRADIENT=1 "
            "-DFILTERS=7",
            "-DWIDTH=8 -DVECTORS=1 -DKH=3 -DCHANNELS=5 -DFILTERS=7 -DGRADIENT_SUM=1 "
            "-DEPILOGUE_0=ADAM -DSTORES_RESULT=0"}},
    {"maxpool.cl", {"-DWIDTH=4", "-DWIDTH=16 -DEPILOGUE_0=RELU_BACKWARD"}},
    {"avgpool.cl", {"-DWIDTH=4", "-DWIDTH=16 -DEPILOGUE_0=RELU_BACKWARD"}},
    {"metrics.cl", {"-DGROUP=1", "-DGROUP=256"}},
    {"bench.cl", {"-DWIDTH=1 -DCHAINS=12 -DSTRIDED=1", "-DWIDTH=16 -DCHAINS=2 -DSTRIDED=0"}},
    {NULL, {"", "-DWIDTH=4", "-DWIDTH=8", "-DWIDTH=16"}},
};

/* The options of a file's variants; NULL for a header. */
static const char *const *variants_of(const char *name)
{
    if (ends_in(name, ".h.cl"))
        return NULL;
    size_t row = 0;
    while (variants[row].file && strcmp(variants[row].file, name) != 0)
        row++;
    return variants[row].options;
}

/* The file's name without its ending. */
static void program_of(const char *name, char program[64])
{
    snprintf(program, 64, "%.*s", (int)(strlen(name) - strlen(".cl")), name);
}

/* Whether there are errors and all say that vectors are wider than the CPU's registers, which is
 * seen where a function takes one. Kernels call none beyond their own program. */
static bool only_wide_vectors(const char *log)
{
    size_t found = 0;
    for (const char *error = strstr(log, "error: cl/"); error; found++) {
        const char *next = strstr(error + 1, "error: cl/"),
                   *said = strstr(error, "changes the ABI");
        if (!said || (next && said > next))
            return false;
        error = next;
    }
    return found > 0;
}

/* The program of the first kernel of a file that its options leave in it. */
static enum nncl_status make(struct nncl_device *device, const char *folder, const char *name,
    const char *options, cl_program *program)
{
    char *source = source_read(folder, name), program_name[64], kernel_name[64];
    enum nncl_status status = NNCL_FAILED;
    program_of(name, program_name);
    for (const char *next = source; (next = next_kernel(next, kernel_name));) {
        cl_kernel kernel;
        status = opencl_kernel(device, program_name, options, kernel_name, &kernel);
        if (status == NNCL_OK) {
            clGetKernelInfo(kernel, CL_KERNEL_PROGRAM, sizeof *program, program, NULL);
            clReleaseKernel(kernel);
        }
        if (status == NNCL_OK || status == NNCL_BUILD_FAILED)
            break;
    }
    free(source);
    return status;
}

static void build(void *user, const char *folder, const char *name)
{
    const char *const *options = variants_of(name);
    for (; options && *options; options++) {
        char strict[512];
        cl_program program;
        snprintf(strict, sizeof strict, "-Werror %s", *options);
        const enum nncl_status status = make(user, folder, name, strict, &program);
        cr_expect(
            status == NNCL_OK || only_wide_vectors(nncl_last_error()), "%s", nncl_last_error());
    }
}

Test(build, without_warnings)
{
    struct nncl_device *device = support_device();
    each_source(build, device);
    nncl_device_close(&device);
}

/* A file's first two variants, so that all it defines would clash. */
static void want(void *user, const char *folder, const char *name)
{
    (void)folder;
    char program[64];
    program_of(name, program);
    const char *const *options = variants_of(name);
    for (int i = 0; options && i < 2 && options[i]; i++)
        cr_assert_eq(opencl_want(user, program, options[i]), NNCL_OK);
}

static cl_program whole;

static void expect_in_whole(void *user, const char *folder, const char *name)
{
    const char *const *options = variants_of(name);
    for (int i = 0; options && i < 2 && options[i]; i++) {
        cl_program program;
        cr_assert_eq(
            make(user, folder, name, options[i], &program), NNCL_OK, "%s", nncl_last_error());
        whole = whole ? whole : program;
        cr_expect_eq(program, whole, "%s does not build together with others", name);
    }
}

Test(build, together)
{
    struct nncl_device *device = support_device();
    each_source(want, device);
    each_source(expect_in_whole, device);
    nncl_device_close(&device);
}
