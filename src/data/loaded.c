/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/loaded.h"

#include <string.h>

#include "base/status.h"
#include "data/dataset.h"
#include "data/names.h"
#include "data/stream.h"

static enum nncl_status digest_set(
    const struct nncl_dataset *dataset, uint8_t features[SHA256_SIZE], uint8_t labels[SHA256_SIZE])
{
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    size_t bytes = dataset_row_features(&source->shape) * nncl_type_size(source->type);
    enum nncl_status status = digest_bytes(source->features, source->rows * bytes, features);
    if (status == NNCL_OK)
        status = digest_bytes(source->labels, source->rows * sizeof *source->labels, labels);
    return status;
}

enum nncl_status loaded_digest(struct nncl_mnist *mnist)
{
    uint8_t all[4][SHA256_SIZE], digest[SHA256_SIZE];
    enum nncl_status status;
    TRY(digest_set(mnist->train, all[0], all[1]));
    TRY(digest_set(mnist->test, all[2], all[3]));
    TRY(digest_bytes(all, sizeof all, digest));
    digest_to_text(digest, mnist->sha256);
out:
    return status;
}

enum nncl_status nncl_mnist_name_classes(struct nncl_mnist *mnist, const char *file_or_set)
{
    enum nncl_status status = NNCL_OK;
    struct names names = {0};
    const uint32_t classes = nncl_dataset_get(mnist->train)->classes;
    TRY(names_read(file_or_set, &names));
    if (names.count < classes)
        TRY(nncl_fail(NNCL_BAD_DATA,
            "%s names %u classes, but the labels of %s go up to the class number %u", file_or_set,
            names.count, mnist->source[0] ? mnist->source : "the data set", classes - 1));
    TRY(nncl_dataset_name_classes(mnist->train, names.list, names.count));
    TRY(nncl_dataset_name_classes(mnist->test, names.list, names.count));
out:
    names_free(&names);
    return status;
}
