/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool tune on the device of this machine. How fast it is does not matter. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/model.h>

#include "run.h"
#include "schema.h"

static void enter(void)
{
    scratch_enter();
    need_device();
}

TestSuite(cltool_tune, .init = enter, .fini = scratch_leave, .timeout = 120);

#define TUNE_SCHEMA                                                                                \
    "{'nncl': 'string', 'selector': 'string', 'name': 'string|null', 'platform': 'string|null',"   \
    "'driver': 'string|null', 'file': 'string|null', 'error': 'string|null',"                      \
    "'built_in': [{'provider': 'string', 'family': 'string', 'origin': 'string',"                  \
    "'parameters': 'string'}],"                                                                    \
    "'products': [{'provider': 'string', 'm': 'integer', 'n': 'integer', 'k': 'integer',"          \
    "'transpose_a': 'boolean', 'transpose_b': 'boolean', 'parameters': 'string',"                  \
    "'seconds': 'number', 'spread': 'number', 'repetitions': 'integer',"                           \
    "'default_seconds': 'number|null', 'built_in': 'boolean', 'chosen': 'boolean'}],"              \
    "'convolutions': [{'pass': 'string', 'pictures': 'integer', 'height': 'integer',"              \
    "'width': 'integer', 'channels': 'integer', 'filters': 'integer', 'down': 'integer',"          \
    "'across': 'integer', 'stride': 'integer', 'dilation': 'integer', 'groups': 'integer',"        \
    "'same': 'boolean', 'way': 'string', 'provider': 'string', 'failure': 'string|null',"          \
    "'seconds': 'number|null', 'spread': 'number|null', 'repetitions': 'integer',"                 \
    "'rule_seconds': 'number|null', 'chosen': 'boolean'}],"                                        \
    "'failures': [{'provider': 'string', 'm': 'integer', 'n': 'integer', 'k': 'integer',"          \
    "'transpose_a': 'boolean', 'transpose_b': 'boolean', 'parameters': 'string',"                  \
    "'how': 'string', 'what': 'string'}]}"

Test(cltool_tune, keeps_what_it_finds)
{
    struct outcome outcome =
        RUN(0, "cltool tune --gemm vector --shapes 96,96,96:64,32,48,ta --budget 20s --json");
    json_t *value = expect_json(outcome.out, TUNE_SCHEMA);
    json_t *products = json_object_get(value, "products"), *product;
    size_t i;
    cr_expect_eq(json_array_size(products), 2);
    json_array_foreach(products, i, product)
    {
        double seconds = json_number_value(json_object_get(product, "seconds"));
        cr_expect(seconds > 0);
        cr_expect(seconds <= json_number_value(json_object_get(product, "default_seconds")));
    }
    json_decref(value);
    outcome_free(&outcome);

    outcome = RUN(0, "cltool tune --list");
    EXPECT_IN(outcome.out, "96 x 96 x 96");
    EXPECT_IN(outcome.out, "64 x 32 x 48, left transposed");
    EXPECT_IN(outcome.out, "built in for ");
    outcome_free(&outcome);

    outcome = RUN(0, "cltool tune --list --json");
    json_decref(expect_json(outcome.out, TUNE_SCHEMA));
    outcome_free(&outcome);
}

Test(cltool_tune, wrong_kernels_are_recorded_and_skipped)
{
    struct outcome outcome =
        RUN(1, "mkdir cl && cp \"$NNCL_SOURCE_DIR\"/cl/* cl && for f in cl/gemm_vector*.cl; do "
               "sed -i 's/fma(/fma(1.25f * /' $f; done && "
               "NNCL_CL_DIR=$PWD/cl cltool tune --gemm vector --shapes 96,96,96 --budget 12s");
    EXPECT_IN(outcome.err, "skipped from now on (wrong): vector");
    EXPECT_IN(outcome.err, "no product could be measured");
    outcome_free(&outcome);

    outcome = RUN(0, "cat $XDG_DATA_HOME/nncl/tuning/*.json");
    EXPECT_IN(outcome.out, "\"how\": \"wrong\"");
    outcome_free(&outcome);

    /* What is recorded is not tried again, not even with good kernels: others are. */
    outcome = RUN(0, "cltool tune --gemm vector --shapes 96,96,96 --budget 6s");
    EXPECT_NOT_IN(outcome.err, "skipped from now on");
    outcome_free(&outcome);
}

static void save_network(const char *network, const char *path)
{
    struct nncl_model *model = NULL;
    const struct nncl_model_input input = {.shape = {28, 28, 1}, .scale = 1, .classes = 10};
    cr_assert_eq(nncl_model_create(network, &input, &model), NNCL_OK, "%s", nncl_last_error());
    nncl_model_initialise(model, 0);
    cr_assert_eq(nncl_model_save(model, path), NNCL_OK, "%s", nncl_last_error());
    nncl_model_free(&model);
}

/* Each convolution of a network both ways. */
Test(cltool_tune, convolutions_of_a_model)
{
    save_network("conv 8 3x3 stride 2, batchnorm relu, dropout 0.2, globalavgpool, dense 10",
        "net.safetensors");
    struct outcome outcome =
        RUN(0, "cltool tune --shapes net.safetensors --batch 8 --budget 30s --json");
    json_t *value = expect_json(outcome.out, TUNE_SCHEMA);
    json_t *convolutions = json_object_get(value, "convolutions"), *convolution;
    size_t i, chosen = 0;
    cr_expect_eq(json_array_size(convolutions), 4); /* forward, and its weights' gradient */
    json_array_foreach(convolutions, i, convolution)
    {
        cr_expect(json_number_value(json_object_get(convolution, "seconds")) > 0);
        chosen += json_is_true(json_object_get(convolution, "chosen"));
    }
    cr_expect_eq(chosen, 2);
    json_decref(value);
    outcome_free(&outcome);

    outcome = RUN(0, "cltool tune --list");
    EXPECT_IN(outcome.out, "8 of 3x3 on 8 x 28x28x1 stride 2, weights");
    outcome_free(&outcome);
}

Test(cltool_tune, wrong_convolutions_are_recorded)
{
    save_network("conv 8 3x3, globalavgpool, dense 10", "net.safetensors");
    struct outcome outcome =
        RUN(0, "mkdir cl && cp \"$NNCL_SOURCE_DIR\"/cl/* cl && sed -i 's/fma(/fma(1.25f * /' "
               "cl/conv2d*.cl && "
               "NNCL_CL_DIR=$PWD/cl cltool tune --shapes net.safetensors --batch 8 --budget 25s");
    EXPECT_IN(outcome.out, "wrong: element 0 of the convolution's result is off by");
    outcome_free(&outcome);
    outcome = RUN(0, "cat $XDG_DATA_HOME/nncl/tuning/*.json");
    EXPECT_IN(outcome.out, "\"how\": \"wrong\"");
    outcome_free(&outcome);
}

Test(cltool_tune, failures)
{
    struct outcome outcome = RUN(1, "XDG_DATA_HOME=/dev/null/x cltool tune --budget 1s");
    EXPECT_IN(outcome.err, "cannot make the folder");
    outcome_free(&outcome);
    outcome = RUN(2, "NNCL_PRETEND=work_group=64 cltool tune");
    EXPECT_IN(outcome.err, "unset it to tune");
    outcome_free(&outcome);
    outcome = RUN(7, "cltool tune --shapes nothing.safetensors");
    EXPECT_IN(outcome.err, "nothing.safetensors");
    outcome_free(&outcome);
    outcome = RUN(2, "cltool tune --gemm cublas");
    EXPECT_IN(outcome.err, "no provider of matrix products named \"cublas\"");
    outcome_free(&outcome);
}

Test(cltool_tune, a_damaged_database_is_one_warning)
{
    struct outcome outcome = RUN(0,
        "mkdir -p $XDG_DATA_HOME/nncl/tuning && echo '{' >$XDG_DATA_HOME/nncl/tuning/x.json && "
        "cltool tune --list");
    EXPECT_IN(outcome.err, "x.json: line ");
    EXPECT_IN(outcome.err, "it is ignored");
    cr_expect_eq(
        strchr(outcome.err, '\n') + 1, outcome.err + strlen(outcome.err), "%s", outcome.err);
    outcome_free(&outcome);
}

Test(cltool_tune, an_interrupt_keeps_what_was_found)
{
    struct outcome outcome = RUN(130,
        "cltool tune --gemm vector --shapes 64,64,64:96,96,96:128,128,128:160,160,160 --budget 60s "
        "& until ls $XDG_DATA_HOME/nncl/tuning/*.json >/dev/null 2>&1; do sleep 0.1; done; "
        "kill -INT $!; wait $!");
    EXPECT_IN(outcome.err, "what was found is kept");
    outcome_free(&outcome);
    outcome = RUN(0, "cltool tune --list");
    EXPECT_IN(outcome.out, "64 x 64 x 64");
    outcome_free(&outcome);
}
