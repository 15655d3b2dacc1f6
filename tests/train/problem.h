/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Small problems to train on. */
#ifndef TESTS_TRAIN_PROBLEM_H
#define TESTS_TRAIN_PROBLEM_H

#include <nncl/nncl.h>

/* Fails the calling test with nncl's sentence if a call does not succeed. */
#define OK(call) cr_assert_eq((call), NNCL_OK, #call ": %s", nncl_last_error())

/* Float rows of `features` that a straight line can tell apart: each class lifts its own features
 * out of the noise. */
struct nncl_dataset *problem_floats(size_t rows, uint32_t features, uint32_t classes);

/* Few rows of many features, a training set that is soon learnt by heart, and its validation set.
 */
void problem_split(struct nncl_dataset **train, struct nncl_dataset **validation);

/* Byte rows of 28 x 28 in 10 classes, each with a bright patch of its own. */
struct nncl_dataset *problem_pictures(size_t rows);

/* A model for a data set, initialised with seed 1. */
struct nncl_model *problem_model(const char *text, const struct nncl_dataset *dataset);

/* All parameters of a model, one after the other; free with free(). */
float *problem_parameters(const struct nncl_model *model, size_t *count);

/* The largest difference of two models' parameters. */
double problem_difference(const struct nncl_model *a, const struct nncl_model *b);

#endif
