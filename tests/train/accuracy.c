/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The full default run with five seeds: not part of the everyday tests. */
#include "mnist.h"

#include <criterion/criterion.h>

#include "support.h"

TestSuite(accuracy, .init = support_folder_make, .fini = support_folder_remove);

Test(accuracy, mean_of_five_seeds)
{
    enum { SEEDS = 5, EPOCHS = 10 };
    struct nncl_mnist mnist = mnist_open();
    double sum = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        double accuracy = mnist_train(&mnist, EPOCHS, seed, NULL, NULL);
        cr_log_info("seed %u: %.4f", (unsigned)seed, accuracy);
        sum += accuracy;
    }
    cr_expect_geq(sum / SEEDS, 0.976, "%.4f", sum / SEEDS);
    nncl_mnist_free(&mnist);
}
