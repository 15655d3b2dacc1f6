/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl models */
#include <nncl/model.h>

#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/commands.h"
#include "mnist-cl/recipe.h"
#include "mnist-cl/summary.h"

/* What MNIST needs of a network. */
static const struct nncl_model_input mnist = {.shape = {28, 28, 1}, .scale = 1, .classes = 10};

static size_t count_parameters(const struct nncl_model *model)
{
    size_t parameters = 0;
    for (size_t i = 0; i < nncl_model_layer_count(model); i++) {
        struct nncl_layer_info info;
        nncl_model_layer(model, i, &info);
        parameters += info.parameters;
    }
    return parameters;
}

static enum nncl_status add_preset(const struct nncl_preset *preset, struct output *output)
{
    struct nncl_model *model = NULL;
    enum nncl_status status = nncl_model_create(preset->name, &mnist, &model);
    if (status != NNCL_OK)
        return status;
    output_add(output, "%s: %s\n    %s\n    %zu parameters, test accuracy %s%s with", preset->name,
        preset->summary, nncl_model_text(model), count_parameters(model),
        preset->accuracy ? "about " : "not measured", preset->accuracy ? preset->accuracy : "");
    recipe_write(&preset->recipe, output);
    output_add(output, "\n");
    nncl_model_free(&model);
    return NNCL_OK;
}

static int print_presets(void)
{
    struct output output = {0};
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < nncl_preset_count() && status == NNCL_OK; i++)
        status = add_preset(nncl_preset_get(i), &output);
    int printed = output_print(&output);
    return status != NNCL_OK ? message_status(status) : printed;
}

static int print_network(const char *network)
{
    struct nncl_model *model = NULL;
    enum nncl_status status = nncl_model_create(network, &mnist, &model);
    int exit_status = status == NNCL_OK ? summary_print(model) : message_status(status);
    nncl_model_free(&model);
    return exit_status;
}

static int run(const char *const *arguments, size_t count)
{
    return count > 0 ? print_network(arguments[0]) : print_presets();
}

static const struct option options[] = {{.name = NULL}};

const struct command models_command = {.name = "models",
    .arguments = "[NETWORK]",
    .most = 1,
    .summary = "list the networks known by name, or show the layers of one",
    .details =
        "NETWORK, here and for train --model, is a preset's name, a file whose name ends in "
        ".nncl,\n"
        "or text: layers separated by commas (in a file also by ends of lines), each with its own\n"
        "words and then activations, as in \"dense 128 relu, dense 10\". The words are:\n"
        "  dense N [nobias]\n"
        "             every output from all inputs; N outputs, or \"classes\"\n"
        "  conv M HxW [same|valid] [stride N] [dilation N] [groups N] [nobias]\n"
        "             convolution by M windows of H x W pixels; \"same\": padded to keep the size, "
        "else valid\n"
        "  maxpool N [same] [stride N]\n"
        "  avgpool N [same] [stride N]\n"
        "             the largest or the mean of each N x N (or HxW) pixels, side by side\n"
        "  globalavgpool  the mean of all pixels\n"
        "  batchnorm [momentum X] [epsilon X]\n"
        "             each channel brought to mean 0 and variance 1 over the batch; in use by\n"
        "             running statistics, of which each batch is a share X (0.1)\n"
        "  layernorm [channels] [epsilon X]\n"
        "             all values of each row or picture, or a pixel's channels, brought to mean 0\n"
        "             and variance 1\n"
        "  lrn [N] [k X] [alpha X] [beta X]\n"
        "             over (k + alpha times the squares of the N nearest channels)^beta\n"
        "             (5, 2, 1e-4, 0.75)\n"
        "  add NAME   plus what an earlier layer gave that \"as NAME\" behind its words names:\n"
        "             \"conv 8 3x3 same relu as start, conv 8 3x3 same, add start relu\"\n"
        "  dropout P  in training each number becomes 0 with probability P, the others grow\n"
        "  flatten    a picture as a row of its numbers\n"
        "  relu, leakyrelu [A], elu [A], gelu, gelutanh, silu, sigmoid, tanh, softplus, softmax\n"
        "             activations; A: leakyrelu's slope below 0 (0.01), elu's depth there (1)\n"
        "'#' begins a comment.",
    .options = options,
    .run = run};
