/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where MNIST can be fetched: folders of the four .gz files, tried in this order. $NNCL_MIRROR
 * takes the place of the whole list. */
#ifndef NNCL_DATA_MIRRORS_H
#define NNCL_DATA_MIRRORS_H

static const char *const default_mirrors[] = {
    "https://storage.googleapis.com/cvdf-datasets/mnist",
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "http://yann.lecun.com/exdb/mnist", /* the original, which has refused downloads for years */
};

#endif
