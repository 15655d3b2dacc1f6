/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The default run on the real MNIST. */
#ifndef TESTS_TRAIN_MNIST_H
#define TESTS_TRAIN_MNIST_H

#include <nncl/nncl.h>

/* Opens MNIST from $NNCL_DATA_DIR; without it the calling test is skipped. */
struct nncl_mnist mnist_open(void);

/* Trains 784-128-10 for some epochs and returns the accuracy on the test set. `path` (may be NULL):
 * where to save the model. */
double mnist_train(const struct nncl_mnist *mnist, uint32_t epochs, uint64_t seed, const char *gemm,
    const char *path);

#endif
