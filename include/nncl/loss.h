/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a network is trained to make small. */
#ifndef NNCL_LOSS_H
#define NNCL_LOSS_H

/* The loss of a row, whose C outputs are x and whose targets t are: 1 for the label's class, else
 * 0. A batch's loss is the mean of its rows'. */
enum nncl_loss {
    NNCL_SPARSE_CATEGORICAL_CROSSENTROPY, /* -Σ_c t_c · log softmax(x)_c: one class is right */
    NNCL_BINARY_CROSSENTROPY, /* the mean over c of -t_c · log σ(x_c) - (1 - t_c) · log(1 - σ(x_c)),
                                 σ being the sigmoid: each class is a question of its own */
    NNCL_MEAN_SQUARED_ERROR /* ½ Σ_c (x_c - t_c)² */
};

#endif
