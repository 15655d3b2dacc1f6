/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl export */
#include <nncl/nncl.h>

#include "common/messages.h"
#include "mnist-cl/commands.h"
#include "mnist-cl/setup.h"

static const char *output_path;

static enum nncl_status save_folded(const struct nncl_model *model)
{
    struct nncl_model *folded = NULL;
    enum nncl_status status = nncl_model_fold(model, &folded);
    if (status == NNCL_OK)
        status = nncl_model_save(folded, output_path);
    if (status == NNCL_OK) {
        const size_t gone = nncl_model_layer_count(model) - nncl_model_layer_count(folded);
        message("%zu %s folded; model for inference saved to %s", gone,
            gone == 1 ? "layer was" : "layers were", output_path);
    }
    nncl_model_free(&folded);
    return status;
}

static int run(const char *const *arguments, size_t count)
{
    struct nncl_model *model = NULL;
    const char *path = count > 0 ? arguments[0] : NULL;
    if (!output_path)
        return message_fail(NNCL_USAGE, "export needs --output FILE, where the model goes");
    if (path && nncl_file_same(path, output_path))
        return message_fail(
            NNCL_USAGE, "the exported model would take the place of the model %s", path);
    enum nncl_status status = setup_model(path, &model);
    if (status == NNCL_OK)
        status = save_folded(model);
    nncl_model_free(&model);
    return message_status(status);
}

static const struct option options[] = {{.name = "output",
                                            .letter = 'o',
                                            .kind = OPTION_TEXT,
                                            .value = &output_path,
                                            .argument = "FILE",
                                            .help = "where the model for inference goes"},
    {.name = NULL}};

const struct command export_command = {.name = "export",
    .arguments = "[MODEL]",
    .most = 1,
    .summary = "save a model for use: batch normalisation becomes part of the layers before it",
    .details =
        "Each \"batchnorm\" right behind a \"dense\" or \"conv\" is folded into that layer's "
        "weights\n"
        "and bias. The new model predicts the same up to rounding, with fewer layers; it is not\n"
        "meant to be trained further. Without MODEL: the last one trained.",
    .options = options,
    .run = run};
