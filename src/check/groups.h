/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Cases of groups (src/ops/groups.h), listed with the other fused forms. */
#ifndef NNCL_CHECK_GROUPS_H
#define NNCL_CHECK_GROUPS_H

#include "check/checker.h"
#include "ops/op.h"

void check_batch(struct checker *checker);
void check_head(struct checker *checker);
void check_steps(struct checker *checker);

#endif
