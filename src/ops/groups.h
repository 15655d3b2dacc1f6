/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Groups: several ops that one launch computes. They have no builder; the fusion pass makes them,
 * and their parts stand in `folded` in the order below, each without folded ops of its own. */
#ifndef NNCL_OPS_GROUPS_H
#define NNCL_OPS_GROUPS_H

#include "ops/op.h"

/* permute, gather of bytes that stay bytes, gather of labels. */
enum batch_part { BATCH_PERMUTE, BATCH_FEATURES, BATCH_LABELS, BATCH_PARTS };
extern const struct op_type op_batch;

/* The last dense layer, its loss, the way back and the updates of small parameters. */
enum head_part {
    HEAD_LOGITS, /* matmul of h and w */
    HEAD_BIAS,
    HEAD_LOSS,
    HEAD_METRICS,
    HEAD_SLOPE,         /* softmax_xent_backward */
    HEAD_BACK,          /* matmul of slope and w transposed */
    HEAD_RELU_BACKWARD, /* dh */
    HEAD_HIDDEN_GRADIENT,
    HEAD_HIDDEN_UPDATE, /* adam, as the other updates */
    HEAD_WEIGHT_GRADIENT,
    HEAD_WEIGHT_UPDATE,
    HEAD_BIAS_GRADIENT,
    HEAD_BIAS_UPDATE,
    HEAD_PARTS
};
extern const struct op_type op_head;

/* Attributes of a head: the batch that the next step will bring together; count 0: none is known.
 */
struct head_next {
    uint64_t seed;
    nncl_tensor_id state, source;
    uint32_t count, shuffle;
};

/* A whole step of a pipelined training (plan/pipeline.h): a head and what is around it. */
enum fused_step_part {
    STEP_END = HEAD_PARTS, /* of type op_next_state */
    STEP_GRADIENT,         /* of the first layer's weights: matmul of rows of bytes and dh */
    STEP_UPDATE,           /* adam */
    STEP_BATCH,            /* as many as BATCH_PARTS */
    STEP_PRODUCT = STEP_BATCH + BATCH_PARTS, /* of the next step's rows and the new weights */
    STEP_BIAS,
    STEP_RELU,
    STEP_PARTS
};
extern const struct op_type op_fused_step;

/* Its attributes: a word for each slice of the hidden layer and one more, uint [slices + 1], that
 * this step finds, and that it leaves; and batches as lists (cl/lists.h.cl). */
struct fused_step {
    nncl_tensor_id slices, next_slices, lists;
};

/* Around steps, in which the first layer's weights and their moments stand slice by slice. Begin:
 * inputs w, m, v [features, units], outputs the same packed, words and lists; end: inputs packed
 * ones, outputs w, m, v. */
extern const struct op_type op_fused_step_begin, op_fused_step_end;

/* Attributes of the end: state, last layer's weights and bias, as the last step left them and as
 * the caller has them. */
struct fused_step_end {
    nncl_tensor_id last[3], to[3];
};

/* advance_state with its result beside the old state, which others may then still read: inputs
 * batch_loss and state, output the next state. A part of steps only: it cannot be run by itself. */
extern const struct op_type op_next_state;

/* In how many slices of the hidden layer a step is cut: n rows of m bytes, k hidden units. 0: it is
 * done better, or only, by several launches. */
unsigned fused_step_slices(const struct nncl_device *device, size_t n, size_t m, size_t k);

/* Words of the lists of batches: n rows of m bytes. */
size_t fused_step_list_words(size_t n, size_t m);

/* Whether the head of these sizes is so small that one work-item does it in the time of the
 * launches it saves: n rows, k hidden units, c classes. */
bool head_pays(const struct nncl_device *device, size_t n, size_t k, size_t c);

#endif
