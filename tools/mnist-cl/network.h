/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The network that the options of a training ask for. */
#ifndef TOOLS_MNIST_CL_NETWORK_H
#define TOOLS_MNIST_CL_NETWORK_H

#include <nncl/data.h>
#include <nncl/model.h>

/* "128,64" as "dense 128 relu, dense 64 relu, "; free with free(). Says what is wrong with it. */
enum nncl_status network_layers(const char *hidden, char **layers);

/* The layers and one output for each class, for pictures as in `source`, with first weights by
 * `seed`. Says what went wrong. */
enum nncl_status network_create(const char *layers, const struct nncl_dataset_source *source,
    uint64_t seed, struct nncl_model **model);

#endif
