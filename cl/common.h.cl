/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Stands before every kernel file. OpenCL C 1.2, float32, no relaxed maths. */

/* The step state: words of a uint [8], as enum nncl_state in nncl/ops.h. */
#define STATE_STEP 0
#define STATE_POSITION 1
#define STATE_EPOCH 2
#define STATE_LEARNING_RATE 3
#define STATE_BAD_STEP 4
#define STATE_SIZE 8
