/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is kept with an open device for its matrix products. */
#ifndef NNCL_GEMM_KEPT_H
#define NNCL_GEMM_KEPT_H

#include "gemm/database.h"

struct gemm_kept {
    struct tuning_database database; /* read when this was made */
    struct buffer *workspace;        /* shared by all products of a provider that needs one: the
                                        queue is in order */
    size_t workspace_users;
};

/* Made at first use, freed when the device is closed. NULL without memory. One thread uses a device
 * at a time. */
struct gemm_kept *gemm_kept(const struct nncl_device *device);

#endif
