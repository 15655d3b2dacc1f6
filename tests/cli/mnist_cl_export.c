/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl export: models for use. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pictures.h"
#include "run.h"
#include "schema.h"

static void enter(void)
{
    scratch_enter();
    data_folder_make("data");
    setenv("NNCL_DATA_DIR", "data", 1);
    setenv("NNCL_DEVICE", "ref", 1);
    struct outcome outcome =
        RUN(0, "mnist-cl -q --epochs 1 --model 'dense 6 nobias, batchnorm relu, "
               "dense classes' --save model 2>&1");
    outcome_free(&outcome);
}

TestSuite(mnist_cl_export, .init = enter, .fini = scratch_leave);

static double loss_of(const char *model)
{
    struct outcome outcome = RUN(0, "mnist-cl eval --json %s", model);
    json_t *evaluation = expect_json(outcome.out, evaluation_schema);
    double loss = json_real_value(json_object_get(evaluation, "loss"));
    outcome_free(&outcome);
    json_decref(evaluation);
    return loss;
}

Test(mnist_cl_export, the_folded_model_predicts_the_same)
{
    struct outcome outcome = RUN(0, "mnist-cl export model --output folded");
    EXPECT_IN(outcome.err, "1 layer was folded; model for inference saved to folded");
    outcome_free(&outcome);
    cr_expect_float_eq(loss_of("model"), loss_of("folded"), 1e-5);
    outcome = RUN(0, "grep -aoE 'nncl.network\":\"[^\"]*' folded");
    EXPECT_IN(outcome.out, "dense 6 relu, dense 10");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl export -o again folded");
    EXPECT_IN(outcome.err, "0 layers were folded");
    outcome_free(&outcome);
}

Test(mnist_cl_export, wrong_use_is_refused)
{
    struct outcome outcome = RUN(2, "mnist-cl export model");
    EXPECT_IN(outcome.err, "export needs --output FILE");
    outcome_free(&outcome);
    outcome = RUN(2, "mnist-cl export model --output ./model");
    EXPECT_IN(outcome.err, "would take the place of the model model");
    outcome_free(&outcome);
    outcome = RUN(7, "mnist-cl export data/t10k-labels-idx1-ubyte --output folded");
    EXPECT_IN(outcome.err, "t10k-labels-idx1-ubyte");
    outcome_free(&outcome);
    outcome = RUN(7, "mnist-cl export none --output folded");
    EXPECT_IN(outcome.err, "none");
    outcome_free(&outcome);
}
