/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TOOLS_MNIST_CL_SUMMARY_H
#define TOOLS_MNIST_CL_SUMMARY_H

#include <nncl/model.h>

/* Prints the network to stdout: a line per layer with its output's shape and its parameters, and
 * their sum. Returns an exit status. */
int summary_print(const struct nncl_model *model);

#endif
