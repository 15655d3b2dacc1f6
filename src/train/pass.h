/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A pass over a data set, batch by batch: one plan for the full batches (two where data stream, one
 * for each staging buffer), another for a smaller last one. An epoch of training is a pass, and so
 * is an evaluation. */
#ifndef NNCL_TRAIN_PASS_H
#define NNCL_TRAIN_PASS_H

#include <nncl/plan.h>
#include <nncl/train.h>

#include "train/feeder.h"
#include "train/parameters.h"

enum pass_purpose { PASS_TRAIN, PASS_EVALUATE };

/* What a pass is made of. The tensors must outlive it. */
struct pass_recipe {
    enum pass_purpose purpose;
    const struct nncl_model *model;
    const struct parameter_set *parameters; /* with an optimizer for PASS_TRAIN */
    const struct device_data *data;         /* with labels */
    struct nncl_tensor *confusion;          /* PASS_EVALUATE: counts to add to; NULL: not wanted */
    size_t batch;
    const struct nncl_fit_options
        *options; /* PASS_TRAIN: complete. Batch and products stand here */
    const char *gemm;
};

/* The ops over one batch, and the plan that runs them. */
struct pass_batch {
    size_t rows; /* 0: there is no such batch */
    struct nncl_op_list *list;
    struct nncl_binding *bindings;
    size_t binding_count;
    struct nncl_plan *plan; /* NULL: the pass has another way to run it */
};

/* Copies made in the course of a pass, between two steps, and what is done with them once they are
 * there. A slot is a number below PASS_SLOTS. */
struct pass_keeper {
    uint32_t every; /* after each step whose number in the training is a multiple; 0: none */
    enum nncl_status (*copy)(void *user, unsigned slot); /* enqueues copying; does not wait */
    enum nncl_status (*keep)(void *user, unsigned slot); /* the copy is there, and its loss is
                                                            finite */
    void *user;
};

enum { PASS_SLOTS = 2 };

struct pass {
    struct nncl_device *device;
    enum nncl_phase phase; /* of what it launches when it runs over its data */
    struct nncl_tensor *state, *metrics;
    struct nncl_tensor *place; /* a state whose position counts within a staging buffer; NULL: the
                                  data do not stream */
    struct feeder *feeder;     /* NULL: the data do not stream */
    struct pass_batch full, other, last; /* `other`: for the second staging buffer */
    struct nncl_plan
        *pipeline;        /* does steps like `full` (plan/pipeline.h), which has no plan then */
    uint32_t piece_steps; /* steps on a staging buffer */
    uint32_t epoch;
    uint32_t first;                   /* the step that the next run begins with */
    const struct pass_keeper *keeper; /* NULL: nothing is copied */
    uint32_t rows, steps;
    struct nncl_schedule schedule; /* PASS_TRAIN; its rate is the first step's if it is constant */
    const char *gemm;              /* owned by the recipe's maker */
    double step_seconds;           /* measured, and used to choose how much to enqueue at once */
};

/* Builds lists and plans. `pass` may be freed after a failure, too. */
enum nncl_status pass_create(
    struct nncl_device *device, const struct pass_recipe *recipe, struct pass *pass);
void pass_free(struct pass *pass);

/* Makes the data of step pass->first ready: before the first pass_enqueue of each pass. */
enum nncl_status pass_begin(struct pass *pass);

/* Enqueues step number `step` of the pass and, as far as they run together, those behind it, at
 * most `most` in all; *done is their number. Steps come in order. */
enum nncl_status pass_enqueue(struct pass *pass, uint32_t step, uint32_t most, uint32_t *done);

/* Enqueues `steps` full batches from where the state stands, of data that do not stream. */
enum nncl_status pass_run_full(struct pass *pass, uint32_t steps);

/* Has the host gather what later steps need; to be called when there is work in the queue. */
enum nncl_status pass_look_ahead(struct pass *pass);

/* The batch that step number `step` computes. */
const struct pass_batch *pass_batch_of(const struct pass *pass, uint32_t step);

/* What most steps of the pass launch, for showing. */
const struct nncl_plan *pass_plan(const struct pass *pass);

/* Puts the pass at step 0 of epoch 0. */
enum nncl_status pass_reset(struct pass *pass);

/* How many launches the plans have; 0 on `ref`. */
uint32_t pass_launches(const struct pass *pass);

/* Launches everything once, and calls `done` after each launch, so that drivers that generate code
 * at a first launch have done so. Changes the same as pass_warm_up. Blocks. Errors:
 * NNCL_INTERRUPTED if `done` returns false. */
enum nncl_status pass_launch_once(struct pass *pass, bool (*done)(void *user), void *user);

/* Gives the steps to come this learning rate; none is under way. Blocks. */
enum nncl_status pass_set_rate(struct pass *pass, float rate);

/* Runs each plan so that its kernels are built and the time of a step is known. Parameters, what
 * the optimizer keeps and counts are changed: write them anew, then reset the pass. Blocks. */
enum nncl_status pass_warm_up(struct pass *pass);

/* What is known of a pass under way. */
struct pass_sample {
    uint32_t steps; /* done */
    uint32_t state[NNCL_STATE_SIZE];
    uint32_t metrics[NNCL_METRICS_SIZE];
};

/* Called a few times a second; false ends the pass. */
typedef bool pass_tick(void *user, const struct pass_sample *sample);

/* Runs the pass over its data, from step pass->first, which is 0 again afterwards: state and
 * metrics must be those after the steps before. *sample gets the last that is known, after a
 * failure, too. The host waits once per window of steps; at most two windows are under way. `tick`
 * may be NULL. Errors: NNCL_INTERRUPTED if `tick` said so and after what was enqueued is done;
 * NNCL_NOT_FINITE, the message being the caller's to find (see pass_blame); those of nncl_plan_run.
 */
enum nncl_status pass_run(
    struct pass *pass, pass_tick *tick, void *user, struct pass_sample *sample);

/* Means over the rows seen. */
double pass_loss(const struct pass_sample *sample);
double pass_accuracy(const struct pass_sample *sample);

/* The learning rate of the step that comes next. */
float pass_learning_rate(const struct pass_sample *sample);

/* After NNCL_NOT_FINITE: runs the step that failed again, each tensor looked at, and fails with the
 * sentence that names the step and the first layer affected. `what` says which loss: "the loss". */
enum nncl_status pass_blame(struct pass *pass, const struct pass_sample *sample, const char *what);

#endif
