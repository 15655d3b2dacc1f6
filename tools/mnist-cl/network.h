/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The network that the options of a training ask for. */
#ifndef TOOLS_MNIST_CL_NETWORK_H
#define TOOLS_MNIST_CL_NETWORK_H

#include <nncl/data.h>
#include <nncl/model.h>

/* "128,64" of --hidden as "dense 128 relu, dense 64 relu, dense classes"; free with free(). Says
 * what is wrong with it. */
enum nncl_status network_layers(const char *hidden, char **layers);

/* The network: a preset's name, a file's path or text, for pictures and classes as in `source`,
 * with first weights by `initialiser` and `seed`. Says what went wrong. */
enum nncl_status network_create(const char *network, const struct nncl_dataset_source *source,
    const char *initialiser, uint64_t seed, struct nncl_model **model);

#endif
