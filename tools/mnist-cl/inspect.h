/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a check of a data set finds. */
#ifndef TOOLS_MNIST_CL_INSPECT_H
#define TOOLS_MNIST_CL_INSPECT_H

#include <nncl/data.h>

/* Both sets of a data set. */
struct inspection {
    struct nncl_dataset_report train, test;
};

/* Looks at all pictures; the test set is compared with the training set. Free with inspection_free,
 * after a failure, too. */
enum nncl_status inspection_make(const struct nncl_mnist *mnist, struct inspection *inspection);
void inspection_free(struct inspection *inspection);

/* The remarks, one by one; NULL past the last. Those whose count is 0 are among them. */
struct remark {
    const char *key, *text; /* "train_duplicates", "training pictures that …" */
    uint64_t count;
};
enum { REMARKS_MOST = 10 };
size_t inspection_remarks(const struct inspection *inspection, struct remark remarks[REMARKS_MOST]);

/* Says on stderr what is remarkable, or that nothing is. */
void inspection_say(const struct inspection *inspection);

#endif
