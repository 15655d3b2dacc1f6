/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Networks known by name. The accuracy is that of `mnist-cl train --model NAME` on MNIST's test
 * set, without further options; docs/accuracy.md records it. */
#include <string.h>

#include "model/model.h"

static const struct nncl_preset presets[] = {
    {.name = "mlp",
        .network = "dense 128 relu, dense classes",
        .summary = "one hidden layer, as in the beginner's examples",
        .accuracy = "0.976",
        .recipe = {.epochs = 10, .batch_size = 32}},
    {.name = "wide-mlp",
        .network = "dense 1024 nobias, batchnorm, relu, dense 512 nobias, batchnorm, relu, "
                   "dense classes",
        .summary = "dense layers alone, with pictures bent anew each time (Simard et al. 2003)",
        .accuracy = "0.993",
        .recipe = {.epochs = 40,
            .batch_size = 128,
            .optimizer = "adamw",
            .learning_rate = 0.003f,
            .schedule = "onecycle",
            .augment = "shift=1 rotate=10 scale=0.12 shear=8 elastic=30"}},
    {.name = "lenet5",
        .network = "conv 6 5x5 same tanh, avgpool 2, conv 16 5x5 tanh, avgpool 2, "
                   "dense 120 tanh, dense 84 tanh, dense classes",
        .summary = "LeNet-5 (LeCun et al. 1998), with softmax at its end",
        .accuracy = "0.986",
        .recipe = {.epochs = 10, .batch_size = 64}},
    {.name = "keras-convnet",
        .network = "conv 32 3x3 relu, maxpool 2, conv 64 3x3 relu, maxpool 2, flatten, "
                   "dropout 0.5, dense classes",
        .summary = "the convolution network of Keras's MNIST example",
        .accuracy = "0.992",
        .recipe = {.epochs = 15, .batch_size = 128}},
    {.name = "torch-convnet",
        .network = "conv 32 3x3 relu, conv 64 3x3 relu, maxpool 2, dropout 0.25, flatten, "
                   "dense 128 relu, dropout 0.5, dense classes",
        .summary = "the convolution network of PyTorch's MNIST example",
        .accuracy = "0.992",
        .recipe = {.epochs = 14,
            .batch_size = 64,
            .optimizer = "adadelta",
            .schedule = "exponential factor=0.7",
            .normalise = "standard"}},
    {.name = "best",
        .network = "conv 32 5x5 nobias, maxpool 2, batchnorm, relu, conv 64 3x3 nobias, maxpool 2, "
                   "batchnorm, relu, conv 96 3x3 nobias, batchnorm, relu, flatten, dropout 0.2, "
                   "dense classes",
        .summary = "a small convolution network for a high accuracy in minutes",
        .accuracy = "0.996",
        .recipe = {.epochs = 16,
            .batch_size = 128,
            .optimizer = "adamw weight_decay=0.02",
            .learning_rate = 0.005f,
            .schedule = "onecycle",
            .label_smoothing = 0.1f,
            .augment = "shift=2 rotate=10 scale=0.1 shear=6 elastic=20"}},
};

size_t nncl_preset_count(void)
{
    return sizeof presets / sizeof *presets;
}

const struct nncl_preset *nncl_preset_get(size_t index)
{
    return &presets[index];
}

const struct nncl_preset *nncl_preset_find(const char *name)
{
    for (size_t i = 0; i < nncl_preset_count(); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}
