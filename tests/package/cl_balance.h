/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What cl_balance counts and cl_balance_run reads. */
#ifndef NNCL_CL_BALANCE_H
#define NNCL_CL_BALANCE_H

#include <stdatomic.h>

enum handle_kind {
    HANDLE_CONTEXT,
    HANDLE_QUEUE,
    HANDLE_MEMORY,
    HANDLE_PROGRAM,
    HANDLE_KERNEL,
    HANDLE_EVENT,
    HANDLE_KINDS
};

struct handle_counts {
    _Atomic unsigned long made[HANDLE_KINDS]; /* created and retained */
    _Atomic unsigned long released[HANDLE_KINDS];
};

#endif
