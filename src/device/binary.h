/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Compiled programs kept in the cache folder. */
#ifndef NNCL_DEVICE_BINARY_H
#define NNCL_DEVICE_BINARY_H

#include "device/opencl.h"

/* What a compiled program depends on: device, driver, source and options. NULL where programs are
 * not kept: on GPUs, whose drivers do that, and on PoCL. Loading takes 1 ms a program, where
 * Intel's runtime takes 53 to compile and PoCL 3.1 takes 37 with its own cache; but PoCL compiles
 * each kernel once more when asked for a program's binary, 0.3 s each. Free with free(). */
char *binary_key(const struct opencl_device *device, const char *options, const char *source);

/* The program made from what is kept under `key`; NULL if there is none, or it is damaged or not
 * this device's. `options` are those it was built with. */
cl_program binary_load(struct opencl_device *device, const char *key, const char *options);

/* Keeps a program that has been run: drivers that compile at the first launch have done so. The
 * oldest ones go when there are too many. A failure is only logged. */
void binary_save(const char *key, cl_program program);

#endif
