/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/model.h>

#include "scratch.h"

static const struct nncl_model_input mnist = {.shape = {28, 28, 1}, .scale = 1 / 255.0f};

static struct nncl_model *make(const char *text)
{
    struct nncl_model *model = NULL;
    cr_assert_eq(nncl_model_create(text, &mnist, &model), NNCL_OK, "%s", nncl_last_error());
    return model;
}

Test(text, the_default_network)
{
    struct nncl_model *model = make("dense 128 relu, dense 10");
    static const char *const types[] = {"dense", "relu", "dense"};
    static const size_t sizes[] = {128, 128, 10}, parameters[] = {100480, 0, 1290};
    cr_assert_eq(nncl_model_layer_count(model), 3u);
    for (size_t i = 0; i < 3; i++) {
        struct nncl_layer_info info;
        nncl_model_layer(model, i, &info);
        cr_expect_str_eq(info.type, types[i]);
        cr_expect_eq(info.shape.rank, 1u);
        cr_expect_eq(info.shape.size[0], sizes[i]);
        cr_expect_eq(info.parameters, parameters[i]);
    }
    cr_expect_eq(nncl_model_classes(model), 10u);
    cr_expect_eq(nncl_model_get_input(model)->shape.width, 28u);
    nncl_model_free(&model);
    cr_expect_null(model);
    nncl_model_free(&model);
}

Test(text, parameters_are_named_as_in_pytorch)
{
    struct nncl_model *model = make("dense 128 relu, dense 10");
    static const char *const names[] = {"0.weight", "0.bias", "2.weight", "2.bias"};
    static const struct nncl_shape shapes[] = {
        {2, {784, 128}}, {1, {128}}, {2, {128, 10}}, {1, {10}}};
    cr_assert_eq(nncl_model_parameter_count(model), 4u);
    for (size_t i = 0; i < 4; i++) {
        const struct nncl_parameter *parameter = nncl_model_parameter(model, i);
        cr_expect_str_eq(parameter->name, names[i]);
        cr_expect_eq(parameter->shape.rank, shapes[i].rank);
        for (unsigned axis = 0; axis < shapes[i].rank; axis++)
            cr_expect_eq(parameter->shape.size[axis], shapes[i].size[axis]);
        for (size_t j = 0; j < nncl_shape_elements(&parameter->shape); j++)
            cr_assert_eq(parameter->values[j], 0);
    }
    nncl_model_free(&model);
}

Test(text, has_one_canonical_form)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        {"dense 10", "dense 10"},
        {" dense\t128\n,relu,dense 10 \n", "dense 128 relu, dense 10"},
        {"dense 64 relu,dense 32 relu relu, dense 10 relu",
            "dense 64 relu, dense 32 relu relu, dense 10 relu"},
        {"relu relu, dense 3", "relu relu, dense 3"},
        {"flatten,dense 3", "flatten, dense 3"},
        {"flatten, softmax, dense 4 softmax", "flatten softmax, dense 4 softmax"},
        {"dropout 0.20, dense 3", "dropout 0.2, dense 3"},
        {"dense 9 leakyrelu elu, leakyrelu 0.20, elu 1.5 gelu, dense 3 tanh",
            "dense 9 leakyrelu 0.01 elu 1 leakyrelu 0.2 elu 1.5 gelu, "
            "dense 3 tanh"},
        {"conv 32 3x3 relu, maxpool 2, conv 64 3 groups 2 stride 2 same dilation 3, dense 10",
            "conv 32 3x3 relu, maxpool 2, conv 64 3x3 same stride 2 dilation 3 groups 2, dense 10"},
        {"conv 8 3x3 valid stride 2, maxpool 2 valid, dense 3",
            "conv 8 3x3 stride 2, maxpool 2, dense 3"},
        {"maxpool 3 stride 2 same, avgpool 2x2 stride 1, avgpool 1x2 stride 2, globalavgpool, "
         "dense 2",
            "maxpool 3 same stride 2, avgpool 2 stride 1, avgpool 1x2 stride 2, globalavgpool, "
            "dense 2"},
        {"maxpool 2 stride 2, conv 3 13x14 stride 1 dilation 1 groups 1",
            "maxpool 2, conv 3 13x14"},
        {"batchnorm, dense 5 nobias, batchnorm epsilon 1e-3 momentum 0.01 relu, dense 2",
            "batchnorm momentum 0.1 epsilon 1e-05, dense 5 nobias, "
            "batchnorm momentum 0.01 epsilon 0.001 relu, dense 2"},
        {"layernorm, conv 5 3x3, layernorm channels epsilon 0.5 relu, lrn, lrn 3 beta 1 k 0.50, "
         "dense 2",
            "layernorm epsilon 1e-05, conv 5 3x3, layernorm channels epsilon 0.5 relu, "
            "lrn 5 k 2 alpha 0.0001 beta 0.75, lrn 3 k 0.5 alpha 0.0001 beta 1, dense 2"},
        {"conv 3 3x3 nobias stride 2, dense 2", "conv 3 3x3 stride 2 nobias, dense 2"},
        {"dense 5 as a relu as b-2\ndense 5 tanh as C_\nadd a, add b-2 gelu as last, dense 3",
            "dense 5 as a relu as b-2, dense 5 tanh as C_, add a, add b-2 gelu as last, dense 3"},
        {"# of two layers\n\ndense 64 # wide\nrelu\n\ndense 10\n# the end",
            "dense 64 relu, dense 10"},
        {"dense 64,\r\nrelu # with,comma\n , dense 3#", "dense 64 relu, dense 3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct nncl_model *model = make(cases[i].text), *again = make(nncl_model_text(model));
        cr_expect_str_eq(nncl_model_text(model), cases[i].canonical);
        cr_expect_str_eq(nncl_model_text(again), cases[i].canonical);
        nncl_model_free(&model);
        nncl_model_free(&again);
    }
}

Test(text, layers_tell_their_names)
{
    struct nncl_model *model = make("dense 5 relu as start, dense 5, add start as sum, dense 3");
    static const char *const names[] = {NULL, "start", NULL, "sum", NULL};
    for (size_t i = 0; i < nncl_model_layer_count(model); i++) {
        struct nncl_layer_info info;
        nncl_model_layer(model, i, &info);
        cr_expect_eq(info.name != NULL, names[i] != NULL);
        if (names[i])
            cr_expect_str_eq(info.name, names[i]);
        cr_expect_eq(info.joined != NULL, i == 3);
        if (i == 3)
            cr_expect_str_eq(info.joined, "start");
    }
    nncl_model_free(&model);
}

static void expect_error(const char *text, const char *const expected[], size_t count)
{
    struct nncl_model *model = NULL;
    enum nncl_status status = nncl_model_create(text, &mnist, &model);
    cr_expect_eq(status, NNCL_USAGE, "\"%.60s\": status %d", text, (int)status);
    cr_expect_null(model);
    for (size_t i = 0; i < count && expected[i]; i++)
        cr_expect(strstr(nncl_last_error(), expected[i]), "\"%.60s\": \"%s\" lacks \"%s\"", text,
            nncl_last_error(), expected[i]);
}

Test(text, errors_name_word_place_expectation_and_shape)
{
    static const struct {
        const char *text, *expected[4];
    } cases[] = {
        {"", {"at its beginning (column 1)", "a layer's name (dense, dropout, flatten, relu",
                 "[28, 28, 1]"}},
        {"dense 128 rleu, dense 10",
            {"word 3 (\"rleu\", column 11)",
                "a comma, the end or an activation (relu, leakyrelu, elu, gelu", "[128]"}},
        {"dense", {"the end (behind word 1, column 6)", "number of outputs", "[28, 28, 1]"}},
        {"dense relu", {"word 2 (\"relu\", column 7)", "number of outputs of \"dense\""}},
        {"dense 128 64", {"word 3 (\"64\", column 11)", "[128]"}},
        {"dense 128 dense 10", {"word 3 (\"dense\", column 11)", "an activation (relu, "}},
        {"dense 0", {"word 2 (\"0\", column 7)", "from 1 to 2147483647"}},
        {"dense -5", {"\"-5\""}},
        {"dense +5", {"\"+5\""}},
        {"dense 1e2", {"\"1e2\""}},
        {"dense 0x10", {"\"0x10\""}},
        {"dense 10.0", {"\"10.0\""}},
        {"dense 010", {"\"010\""}},
        {"dense 99999999999999999999", {"\"99999999999999999999\"", "from 1 to"}},
        {"dense 2147483648", {"\"2147483648\""}},
        {"dense 2147483647", {"word 1 (\"dense\", column 1)", "too large", "[28, 28, 1]"}},
        {"dense 2, dense 2147483647", {"word 3 (\"dense\", column 10)", "too large", "[2]"}},
        {"dense 10,", {"the end (behind word 2, column 10)", "a layer's name", "[10]"}},
        {",dense 10", {"at its beginning (column 1)", "a layer's name"}},
        {"dense 5,,dense 10", {"the comma behind word 2 (column 9)", "[5]"}},
        {"dense 5\n\n,,dense 10", {"the comma behind word 2 (line 3, column 2)", "[5]"}},
        {"dense 5\ndense 7 rleu\n", {"word 5 (\"rleu\", line 2, column 9)", "[7]"}},
        {"dense\n5", {"the end of the line behind word 1 (line 1, column 6)", "outputs"}},
        {"dense 5,\n\n", {"the end (behind word 2, line 3, column 1)", "a layer's name"}},
        {"conv 8", {"the end (behind word 2, column 7)", "window of \"conv\", such as 3x3"}},
        {"conv 8 3x", {"\"3x\"", "such as 3x3"}},
        {"conv 8 x3", {"\"x3\"", "such as 3x3"}},
        {"conv 8 3x3 stride", {"the end (behind word 4", "number behind stride"}},
        {"conv 8 3x3 groups 0", {"\"0\"", "number behind groups"}},
        {"dense 8 batchnorm, dense 2", {"word 3 (\"batchnorm\"", "an activation (relu, ", "[8]"}},
        {"dense 8, batchnorm momentum 0", {"word 5 (\"0\"", "the number behind momentum", "[8]"}},
        {"dense 8, batchnorm epsilon", {"the end (behind word 4", "the number behind epsilon"}},
        {"dense 5, add start, dense 3", {"word 4 (\"start\"", "but none has one", "[5]"}},
        {"dense 5 as begin as end, dense 3",
            {"word 5 (\"as\"", "has a name already, \"begin\"", "[5]"}},
        {"dense 5 as start, dense 5 as middle, add stat, dense 3",
            {"word 10 (\"stat\"", "name of an earlier layer (start, middle)", "[5]"}},
        {"dense 5 as start, dense 5 as start, dense 3",
            {"word 8 (\"start\"", "an earlier layer has that name already"}},
        {"dense 5, add me as me, dense 3", {"word 4 (\"me\"", "but none has one"}},
        {"dense 5 as start, dense 6, add start, dense 3",
            {"word 8 (\"start\"", "the shape of \"start\" is [5], and both must be equal",
                "reaches this layer is [6]"}},
        {"conv 8 3x3 as start, flatten, add start, dense 3",
            {"is [26, 26, 8], and both", "reaches this layer is [5408]"}},
        {"dense 5 as", {"the end (behind word 3", "expected a name behind \"as\"", "[5]"}},
        {"dense 5 as, dense 3", {"the comma behind word 3", "expected a name behind \"as\""}},
        {"dense 5 as 2nd, dense 3", {"word 4 (\"2nd\"", "a letter, then letters"}},
        {"dense 5 as a.b, dense 3", {"word 4 (\"a.b\"", "a letter, then letters"}},
        {"dense 5 as abcdefghijklmnopqrstuvwxyzabcdef, dense 3", {"word 4 ", "at most 31"}},
        {"dense 5 as start, add", {"the end (behind word 5", "an earlier layer (start)"}},
        {"lrn 4, dense 2", {"word 2 (\"4\"", "must be odd and at most 255", "[28, 28, 1]"}},
        {"lrn 257, dense 2", {"word 2 (\"257\"", "must be odd and at most 255"}},
        {"lrn 5 k 0, dense 2", {"word 4 (\"0\"", "the number behind k"}},
        {"dense 5, lrn, dense 2", {"word 3 (\"lrn\"", "needs a picture", "[5]"}},
        {"layernorm channels, dense 2",
            {"word 1 (\"layernorm\"", "at least 2 values", "[28, 28, 1]"}},
        {"dense 1, layernorm, dense 2", {"word 3 (\"layernorm\"", "at least 2 values", "[1]"}},
        {"layernorm epsilon 0, dense 2", {"word 3 (\"0\"", "the number behind epsilon"}},
        {"conv 8 3x3 smae", {"word 4 (\"smae\"", "[26, 26, 8]", "or \"as\" and a name",
                                "\"conv\" takes, before activations, same, valid, stride N"}},
        {"conv 8 3x3 relu same", {"word 5 (\"same\"", "\"conv\" takes, before activations, same"}},
        {"conv 8 3x3 valid same", {"word 5 (\"same\"", "the padding is there already"}},
        {"maxpool 2 same same", {"word 4 (\"same\"", "the padding is there already"}},
        {"dense 5 bias", {"word 3 (\"bias\"", "\"dense\" takes, before activations, nobias"}},
        {"dense 5, batchnorm 3", {"word 4 (\"3\"", "momentum X, epsilon X"}},
        {"conv 8 29x1", {"word 1 (\"conv\"", "29x1 does not fit", "[28, 28, 1]"}},
        {"conv 8 3x3 dilation 14", {"word 1", "3x3, spread out", "[28, 28, 1]"}},
        {"conv 8 1x1, conv 9 3x3 groups 2", {"8 channels and 9 filters", "2 groups"}},
        {"conv 2147483647 1x1", {"word 1", "too large"}},
        {"dense 8, conv 8 3x3", {"word 3 (\"conv\"", "needs a picture", "[8]"}},
        {"flatten, maxpool 2", {"word 2 (\"maxpool\"", "needs a picture", "[784]"}},
        {"maxpool", {"the end", "window of \"maxpool\""}},
        {"maxpool 2x3", {"the end", "\"stride\" and a number"}},
        {"maxpool 17", {"word 1 (\"maxpool\"", "at most 256 pixels"}},
        {"globalavgpool, globalavgpool", {"word 2", "needs a picture", "[1]"}},
        {"Dense 10", {"\"Dense\""}},
        {"dense10", {"\"dense10\""}},
        {"dense 10;", {"\"10;\""}},
        {"relu", {"nothing to train", "[28, 28, 1]"}},
        {"dense 5 leakyrelu 2", {"word 4 (\"2\"", "the slope of \"leakyrelu\"", "from 0 to 1"}},
        {"conv 4 3x3 softmax, dense 3",
            {"word 4 (\"softmax\"", "needs a row: \"flatten\"", "[26, 26, 4]"}},
        {"dense 5 elu -1", {"word 4 (\"-1\"", "the depth of \"elu\""}},
        {"dense 5 elu 1x", {"word 4 (\"1x\"", "the depth of \"elu\""}},
        {"dense 5 tanh 2", {"word 4 (\"2\"", "a comma, the end or an activation"}},
        {"dropout, dense 3", {"the comma behind word 1", "probability of \"dropout\""}},
        {"dropout 1, dense 3", {"word 2 (\"1\"", "from 0 to 0.999"}},
        {"lenet9", {"word 1 (\"lenet9\"", "or a preset: mlp"}},
        {"no/such.nncl", {"no/such.nncl"}},
        {"dense classes", {"\"classes\"", "number of outputs"}},
        {"dense 5 relu, dense 1", {"an output for each class, at least 2"}},
        {"d\033[31m\xff", {"\"d?[31m?\""}},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            {"xxx..."}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_error(cases[i].text, cases[i].expected, 4);
}

static void write_file(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, size, file), size);
    fclose(file);
}

Test(text, networks_have_names_or_stand_in_files, .init = scratch_enter, .fini = scratch_leave)
{
    static const char good[] = "# two layers\ndense 20\nrelu\ndense classes\n";
    static const char wrong[] = "dense 20\nrleu\n", binary[] = "dense 20\0";
    const struct nncl_model_input letters = {.shape = {28, 28, 1}, .classes = 26};
    struct nncl_model *model = NULL;
    cr_assert_eq(nncl_model_create("mlp", &letters, &model), NNCL_OK, "%s", nncl_last_error());
    cr_expect_str_eq(nncl_model_text(model), "dense 128 relu, dense 26");
    nncl_model_free(&model);
    write_file("good.nncl", good, sizeof good - 1);
    write_file("wrong.nncl", wrong, sizeof wrong - 1);
    write_file("binary.nncl", binary, sizeof binary - 1);
    cr_assert_eq(nncl_model_create("./good.nncl", &letters, &model), NNCL_OK);
    cr_expect_str_eq(nncl_model_text(model), "dense 20 relu, dense 26");
    nncl_model_free(&model);
    expect_error("wrong.nncl",
        (const char *const[]){"wrong.nncl, at word 3 (\"rleu\", line 2, column 1)", "[20]"}, 2);
    expect_error("binary.nncl", (const char *const[]){"binary.nncl holds a byte 0"}, 1);
}

Test(text, every_preset_is_a_network)
{
    const struct nncl_model_input input = {.shape = {28, 28, 1}, .classes = 10};
    cr_assert_gt(nncl_preset_count(), 0u);
    cr_expect_null(nncl_preset_find("lenet9"));
    for (size_t i = 0; i < nncl_preset_count(); i++) {
        struct nncl_model *model = NULL;
        const char *name = nncl_preset_get(i)->name;
        cr_expect_eq(nncl_preset_find(name), nncl_preset_get(i));
        cr_assert_eq(
            nncl_model_create(name, &input, &model), NNCL_OK, "%s: %s", name, nncl_last_error());
        cr_expect_eq(nncl_model_classes(model), 10u);
        nncl_model_free(&model);
    }
}

/* A row of docs/accuracy.md that trains a preset: its parameters, epochs and batch are the
 * preset's. */
static bool expect_recorded(const char *row)
{
    const struct nncl_model_input input = {.shape = {28, 28, 1}, .classes = 10};
    struct nncl_model *model = NULL;
    char name[32], recipe[64], count[32];
    const char *command = strstr(row, "`mnist-cl train --model ");
    if (row[0] != '|' || !command || sscanf(command + 24, "%31[^` ]", name) != 1)
        return false;
    const struct nncl_preset *preset = nncl_preset_find(name);
    cr_assert_not_null(preset, "%s", row);
    snprintf(recipe, sizeof recipe, "(%u epochs, batch %u", preset->recipe.epochs,
        preset->recipe.batch_size);
    cr_expect(!strstr(row, " epochs, batch ") || strstr(row, recipe), "%s: %s", recipe, row);
    cr_assert_eq(nncl_model_create(name, &input, &model), NNCL_OK, "%s", nncl_last_error());
    size_t parameters = 0;
    for (size_t i = 0; i < nncl_model_parameter_count(model); i++)
        if (nncl_model_parameter(model, i)->trained)
            parameters += nncl_shape_elements(&nncl_model_parameter(model, i)->shape);
    const size_t millions = parameters / 1000000, thousands = parameters / 1000 % 1000;
    if (millions)
        snprintf(count, sizeof count, " %zu,%03zu,%03zu ", millions, thousands, parameters % 1000);
    else
        snprintf(count, sizeof count, " %zu,%03zu ", thousands, parameters % 1000);
    cr_expect(!strstr(row, " parameters |") || strstr(row, count), "%s: %s", count, row);
    nncl_model_free(&model);
    return true;
}

Test(text, recorded_accuracies_are_of_presets)
{
    char path[4096], row[2048];
    const char *source = getenv("NNCL_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/docs/accuracy.md", source ? source : ".");
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    size_t rows = 0;
    while (fgets(row, sizeof row, file))
        rows += expect_recorded(row);
    fclose(file);
    cr_expect_geq(rows, 4);
}

/* `count` times `piece`, then `end`; free with free(). */
static char *repeated(const char *piece, size_t count, const char *end)
{
    size_t length = strlen(piece);
    char *text = malloc(count * length + strlen(end) + 1);
    cr_assert_not_null(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * length, piece, length);
    memcpy(text + count * length, end, strlen(end) + 1);
    return text;
}

Test(text, is_of_limited_length)
{
    char *layers = repeated("dense 2,", 999, "dense 2"),
         *more = repeated("dense 2,", 1000, "dense 2");
    char *spaces = repeated(" ", 70000, "dense 2");
    struct nncl_model *model = make(layers);
    cr_expect_eq(nncl_model_layer_count(model), 1000u);
    nncl_model_free(&model);
    expect_error(more, (const char *const[]){"at most 1000 layers", "\"dense\", column 8001"}, 2);
    expect_error(spaces, (const char *const[]){"at most 65536"}, 1);
    free(layers);
    free(more);
    free(spaces);
}

Test(text, inputs_are_checked)
{
    static const struct nncl_model_input wrong[] = {
        {.shape = {0, 28, 1}},
        {.shape = {28, 28, 0}},
        {.shape = {65536, 65536, 1}},
        {.shape = {4294967295u, 4294967295u, 4294967295u}},
        {.shape = {1, 1, 1}, .scale = NAN},
        {.shape = {1, 1, 1}, .shift = INFINITY},
    };
    struct nncl_model *model = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_eq(nncl_model_create("dense 2", &wrong[i], &model), NNCL_USAGE, "input %zu", i);
    const struct nncl_model_input plain = {.shape = {1, 37, 1}};
    cr_assert_eq(nncl_model_create("dense 2", &plain, &model), NNCL_OK);
    cr_expect_eq(nncl_model_get_input(model)->scale, 1, "0 stands for 1");
    nncl_model_free(&model);
}
