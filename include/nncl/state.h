/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The layout of what a training keeps on the device from step to step, besides its parameters. */
#ifndef NNCL_STATE_H
#define NNCL_STATE_H

/* The step state: uint32 [8], advanced on the device by nncl_op_advance_state. */
enum nncl_state {
    NNCL_STATE_STEP,          /* optimizer steps done since training began */
    NNCL_STATE_POSITION,      /* rows of this epoch already used */
    NNCL_STATE_EPOCH,         /* epochs done */
    NNCL_STATE_LEARNING_RATE, /* the bits of a float32 */
    NNCL_STATE_BAD_STEP,      /* 1 + the first step whose loss was not finite; 0: none. Once set,
                                 updates and the state itself stay as they are */
    NNCL_STATE_SIZE = 8
};

/* What metrics accumulate: uint32 [4]. */
enum nncl_metrics {
    NNCL_METRICS_LOSS,       /* bits of a float32: sum of the rows' losses … */
    NNCL_METRICS_LOSS_ERROR, /* … and the bits of what compensated summation carries (Kahan 1965) */
    NNCL_METRICS_CORRECT,    /* rows whose predicted class is the label */
    NNCL_METRICS_ROWS,       /* rows seen */
    NNCL_METRICS_SIZE
};

#endif
