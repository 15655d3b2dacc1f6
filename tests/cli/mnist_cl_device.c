/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl on a device, and where there is none. */
#include <criterion/criterion.h>
#include <nncl/nncl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pictures.h"
#include "run.h"
#include "schema.h"
#include "support.h"

static void enter(void)
{
    scratch_enter();
    data_folder_make("data");
    setenv("NNCL_DATA_DIR", "data", 1);
}

TestSuite(mnist_cl_device, .init = enter, .fini = scratch_leave);

static void expect_learned(struct outcome *outcome)
{
    EXPECT_IN(outcome->out, "Test accuracy: 1.0000\n");
    outcome_free(outcome);
}

Test(mnist_cl_device, trains_under_each_provider)
{
    need_device();
    struct outcome outcome = RUN(0, "mnist-cl --epochs 4 --lr 0.003");
    EXPECT_IN(outcome.err, "mnist-cl: device ");
    EXPECT_IN(outcome.err, " compute units (auto: ");
    EXPECT_IN(outcome.err, "checking the device");
    expect_learned(&outcome);
    outcome = RUN(0, "mnist-cl --epochs 4 --lr 0.003"); /* known good now */
    EXPECT_NOT_IN(outcome.err, "checking the device");
    expect_learned(&outcome);
    outcome = RUN(0, "mnist-cl --epochs 4 --lr 0.003 --gemm vector");
    expect_learned(&outcome);
    outcome = RUN(2, "mnist-cl --gemm nonsense");
    EXPECT_IN(outcome.err, "there are: auto, vector");
    outcome_free(&outcome);
}

/* Drivers that build kernels print nothing of their own between the messages. */
Test(mnist_cl_device, building_kernels_is_quiet)
{
    need_device();
    setenv("POCL_CACHE_DIR", "kernels", 1);
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 1");
    for (const char *line = outcome.err; *line; line += strcspn(line, "\n") + 1)
        cr_expect(strncmp(line, "mnist-cl: ", 10) == 0, "%s", line);
    outcome_free(&outcome);
}

/* The time from the signal to the end, with room for a busy machine. */
Test(mnist_cl_device, ctrl_c_ends_it_soon)
{
    need_device();
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 1"); /* kernels and verdict are kept */
    outcome_free(&outcome);
    outcome = RUN(130, "mnist-cl -q --epochs 100000 --save model & sleep 2; kill -INT $!; "
                       "date +%%s.%%N >before; wait $!; status=$?; date +%%s.%%N >after; "
                       "exit $status");
    EXPECT_IN(outcome.err, "model saved to model");
    cr_expect_str_empty(outcome.out);
    outcome_free(&outcome);
    outcome = RUN(0, "cat before after");
    char *next;
    double before = strtod(outcome.out, &next), after = strtod(next, NULL);
    cr_expect_lt(after - before, 2);
    outcome_free(&outcome);
}

Test(mnist_cl_device, ctrl_c_while_building_ends_it_too)
{
    need_device();
    setenv("POCL_CACHE_DIR", "empty", 1);
    cr_assert_eq(mkdir("empty", 0700), 0);
    struct outcome outcome = RUN(130, "mnist-cl -q --epochs 100000 --json j & sleep 0.5; "
                                      "kill -INT $!; wait $!");
    EXPECT_NOT_IN(outcome.out, "ccuracy");
    outcome_free(&outcome);
    outcome = RUN(0, "cat j"); /* the run's record is there however it ended */
    EXPECT_IN(outcome.out, "\"epochs\"");
    outcome_free(&outcome);
}

Test(mnist_cl_device, devices_that_are_not_there)
{
    need_device();
    struct outcome outcome = RUN(3, "mnist-cl --device gpu9");
    EXPECT_IN(outcome.err, "gpu9");
    EXPECT_IN(outcome.err, "cpu0");
    outcome_free(&outcome);
    setenv("NNCL_DEVICE", "gpu9", 1);
    outcome = RUN(3, "mnist-cl eval nothing --device gpu9 || mnist-cl");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl -q --epochs 1 --device ref"); /* the option beats the variable */
    outcome_free(&outcome);
}

Test(mnist_cl_device, without_drivers)
{
    char path[256];
    cr_assert_eq(mkdir("none", 0700), 0);
    snprintf(path, sizeof path, "%s/none", support_folder());
    setenv("OCL_ICD_VENDORS", path, 1);
    setenv("OPENCL_VENDOR_PATH", path, 1);
    struct outcome outcome = RUN(3, "mnist-cl");
    EXPECT_IN(outcome.err, "libOpenCL");
    EXPECT_IN(outcome.err, "--device ref");
    cr_expect_str_empty(outcome.out);
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl -q --epochs 4 --lr 0.003 --device ref");
    expect_learned(&outcome);
    outcome = RUN(0, "mnist-cl --version && mnist-cl --help");
    outcome_free(&outcome);
}

/* A device whose kernels compute something wrong is not trained on. */
Test(mnist_cl_device, a_wrong_kernel_stops_the_training)
{
    need_device();
    struct outcome outcome =
        RUN(4, "mkdir cl && sed 's/SPLAT(0.0f) : x/SPLAT(0.5f) : x/' "
               "\"$NNCL_SOURCE_DIR/cl/relu.h.cl\" >cl/relu.h.cl && NNCL_CL_DIR=$PWD/cl mnist-cl "
               "--epochs 1");
    EXPECT_IN(outcome.err, "after one training step: the loss");
    EXPECT_IN(outcome.err, "computes something wrong");
    EXPECT_NOT_IN(outcome.out, "ccuracy: ");
    outcome_free(&outcome);
}
