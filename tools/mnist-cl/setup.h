/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the commands begin and end with. */
#ifndef TOOLS_MNIST_CL_SETUP_H
#define TOOLS_MNIST_CL_SETUP_H

#include <stdbool.h>

#include <nncl/nncl.h>

/* Opens the device and says on stderr which it is and why. `memory`: bytes to which it is limited;
 * 0: all that it has. */
enum nncl_status setup_device(const char *selector, uint64_t memory, struct nncl_device **device);

/* Has the device compute convolutions the way that --conv names; NULL: as it does anyway. Says so
 * if there is no such way. */
enum nncl_status setup_convolution(const char *way, struct nncl_device *device);

/* Opens the data and says on stderr where they come from; a loud warning if they are drawn.
 * `labels` names the classes: a file or a known set; NULL: as they come. */
enum nncl_status setup_data(const char *folder, const char *labels, struct nncl_mnist *mnist);

/* Has the test set enter networks as `model` was trained for. */
enum nncl_status setup_normalisation(const struct nncl_model *model, struct nncl_mnist *mnist);

/* Loads the model `path` names; NULL means the last one trained. Says which model is used. */
enum nncl_status setup_model(const char *path, struct nncl_model **model);

/* The file name of the last model trained, in the user's data folder. */
extern const char *const setup_last_model;

/* The exit status of a command: `status`, or 130 or 143 after a signal. Says what happened. */
int setup_exit_status(enum nncl_status status);

/* Options that several commands take, each for its own variable. */
#define SETUP_OPTION_DEVICE(variable)                                                              \
    {                                                                                              \
        .name = "device", .kind = OPTION_TEXT, .value = &(variable), .argument = "SEL",            \
        .help = "compute on this device"                                                           \
    }
#define SETUP_OPTION_DATA(variable)                                                                \
    {                                                                                              \
        .name = "data", .kind = OPTION_TEXT, .value = &(variable), .argument = "DIR",              \
        .help = "take the data set from this folder"                                               \
    }
#define SETUP_OPTION_LABELS(variable)                                                              \
    {                                                                                              \
        .name = "labels", .kind = OPTION_TEXT, .value = &(variable), .argument = "FILE",           \
        .help = "names of the classes, a line each, or a set's: fashion-mnist, kmnist..."          \
    }
#define SETUP_OPTION_GEMM(variable)                                                                \
    {                                                                                              \
        .name = "gemm", .kind = OPTION_TEXT, .value = &(variable), .argument = "NAME",             \
        .help = "provider of matrix products: auto, clblast, tiled, vector (auto)"                 \
    }
#define SETUP_OPTION_CONV(variable)                                                                \
    {                                                                                              \
        .name = "conv", .kind = OPTION_TEXT, .value = &(variable), .argument = "WAY",              \
        .help = "how convolutions are computed: auto, direct, product (auto)"                      \
    }
#define SETUP_OPTION_MEM_LIMIT(variable)                                                           \
    {                                                                                              \
        .name = "mem-limit", .kind = OPTION_BYTES, .value = &(variable), .argument = "SIZE",       \
        .help = "use no more of the device's memory: 512K, 256M, 2G"                               \
    }
#define SETUP_OPTION_VERBOSE(variable)                                                             \
    {                                                                                              \
        .name = "verbose", .letter = 'v', .kind = OPTION_FLAG, .value = &(variable),               \
        .help = "tell what is chosen and built"                                                    \
    }

#endif
