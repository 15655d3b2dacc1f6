/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* nncl: neural networks on any OpenCL device. This header brings in all others.
 *
 * Rules that hold everywhere:
 * - Every fallible function returns enum nncl_status; results come through pointers, set only on
 *   success. nncl_last_error() then has one sentence about what went wrong.
 * - Every *_create, *_open and *_load has one *_free or *_close that takes a pointer to the handle,
 *   accepts NULL inside and clears it.
 * - Structs passed by pointer need to live only for the call; zero in them means the default;
 *   memory behind pointers in them is copied unless said otherwise.
 * - Sizes are counted in elements, "bytes" is said where bytes are meant; matrices are row-major.
 * - "One thread a device" means: calls that involve one device must not run at the same time. Two
 *   threads may work on two devices, and even on one physical device opened twice.
 * - The library never prints, exits or aborts; see nncl/log.h for its remarks.
 */
#ifndef NNCL_NNCL_H
#define NNCL_NNCL_H

#include <nncl/check.h>
#include <nncl/data.h>
#include <nncl/device.h>
#include <nncl/evaluate.h>
#include <nncl/log.h>
#include <nncl/loss.h>
#include <nncl/model.h>
#include <nncl/ops.h>
#include <nncl/plan.h>
#include <nncl/predict.h>
#include <nncl/profile.h>
#include <nncl/program.h>
#include <nncl/state.h>
#include <nncl/status.h>
#include <nncl/tensor.h>
#include <nncl/train.h>
#include <nncl/tune.h>
#include <nncl/version.h>

#endif
