/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A contact sheet of a data set. */
#ifndef TOOLS_MNIST_CL_SHEET_H
#define TOOLS_MNIST_CL_SHEET_H

#include <nncl/data.h>

/* The pictures that sheet_write draws of a larger set. Free with nncl_dataset_free. Errors: as
 * nncl_dataset_select. */
enum nncl_status sheet_select(const struct nncl_dataset *dataset, struct nncl_dataset **examples);

/* Draws the first pictures of each class, a line for each, to a PNG file. Says its own failure. */
enum nncl_status sheet_write(const struct nncl_dataset_source *source, const char *path);

#endif
