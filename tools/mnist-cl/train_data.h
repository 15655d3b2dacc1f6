/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The data of a training, as its options ask for them. */
#ifndef TOOLS_MNIST_CL_TRAIN_DATA_H
#define TOOLS_MNIST_CL_TRAIN_DATA_H

#include <stdbool.h>

#include <nncl/nncl.h>

struct train_data_options {
    const char *folder, *labels; /* as for setup_data */
    const char *normalise;       /* "unit" or "standard" */
    double validation_split;     /* 0: none */
    bool checks;                 /* tell what is remarkable about the pictures */
};

/* Says so if an option has no meaning. */
enum nncl_status train_data_check(const struct train_data_options *options);

/* Opens the data, sets the validation's part aside (*validation stays NULL where there is none) and
 * sets the normalisation of all, by the pictures left to train with. The caller frees mnist and
 * *validation, after a failure, too. */
enum nncl_status train_data_open(const struct train_data_options *options, uint64_t seed,
    struct nncl_mnist *mnist, struct nncl_dataset **validation);

#endif
