/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Takes the place of download.c in a build without libcurl. */
#include "base/status.h"
#include "data/download.h"

enum nncl_status download_mnist(const char *folder)
{
    return nncl_fail(NNCL_FAILED,
        "cannot fetch MNIST into %s: this nncl was built without libcurl; put its four files there",
        folder);
}
