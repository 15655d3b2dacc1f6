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
    HEAD_PARTS,
    /* Only in a step that is pipelined (plan/pipeline.h): its end, and the next batch. */
    HEAD_END = HEAD_PARTS, /* of type op_next_state */
    HEAD_NEXT,             /* as many as BATCH_PARTS */
    HEAD_ALL_PARTS = HEAD_NEXT + BATCH_PARTS
};
extern const struct op_type op_head;

/* advance_state with its result beside the old state, which others may then still read: inputs
 * batch_loss and state, output the next state. A part of heads only: it cannot be run by itself. */
extern const struct op_type op_next_state;

/* Attributes of a head: the batch that the next step will bring together; count 0: none is known.
 */
struct head_next {
    uint64_t seed;
    nncl_tensor_id state, source;
    uint32_t count, shuffle;
    /* Words of the update_forward behind it, which the head sets free to be taken. */
    nncl_tensor_id slices;
    uint32_t slice_count; /* 0: there is none */
};

/* The first layer of a pipelined step: its update, and the next step's forward product. */
enum update_forward_part {
    UPDATE_FORWARD_GRADIENT, /* matmul of this step's rows of bytes, transposed, and dh */
    UPDATE_FORWARD_UPDATE,   /* adam */
    UPDATE_FORWARD_PRODUCT,  /* matmul of the next step's rows and w */
    UPDATE_FORWARD_BIAS,
    UPDATE_FORWARD_RELU,
    UPDATE_FORWARD_PARTS
};
extern const struct op_type op_update_forward;

/* Its attributes: a word for each slice of columns, uint [count], tells who has it. */
struct update_forward {
    nncl_tensor_id slices;
    uint32_t count;
};

/* In how many slices such a layer is cut: m bytes a row, n columns, batches of `batch`. 0: it is
 * done better, or only, by two launches. */
unsigned update_forward_slices(const struct nncl_device *device, size_t batch, size_t m, size_t n);

/* Whether the head of these sizes is so small that one work-item does it in the time of the
 * launches it saves: n rows, k hidden units, c classes. */
bool head_pays(const struct nncl_device *device, size_t n, size_t k, size_t c);

#endif
