/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One epoch of the real MNIST under each provider of matrix products. */
#include "mnist.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/file.h"
#include "problem.h"
#include "support.h"

TestSuite(mnist, .init = support_folder_make, .fini = support_folder_remove);

static const double required = 0.955;

Test(mnist, one_epoch_and_the_same_bytes_twice)
{
    struct nncl_mnist mnist = mnist_open();
    cr_expect_geq(mnist_train(&mnist, 1, 1, "vector", "one"), required);
    cr_expect_geq(mnist_train(&mnist, 1, 1, "vector", "two"), required);
    uint8_t *one = NULL, *two = NULL;
    size_t one_size = 0, two_size = 0;
    OK(file_read("one", 1 << 20, &one, &one_size));
    OK(file_read("two", 1 << 20, &two, &two_size));
    cr_expect(one_size == two_size && memcmp(one, two, one_size) == 0);
    nncl_free(one);
    nncl_free(two);
    nncl_mnist_free(&mnist);
}

Test(mnist, one_epoch_under_tiled)
{
    struct nncl_mnist mnist = mnist_open();
    cr_expect_geq(mnist_train(&mnist, 1, 1, "tiled", NULL), required);
    nncl_mnist_free(&mnist);
}

Test(mnist, one_epoch_under_clblast)
{
    if (strcmp(nncl_clblast_version(), "none") == 0)
        cr_skip_test("built without CLBlast");
    struct nncl_mnist mnist = mnist_open();
    cr_expect_geq(mnist_train(&mnist, 1, 1, "clblast", NULL), required);
    nncl_mnist_free(&mnist);
}
