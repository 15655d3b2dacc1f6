/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Training and prediction of a model on a device; evaluation stands in nncl/evaluate.h. */
#ifndef NNCL_TRAIN_H
#define NNCL_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/data.h>
#include <nncl/device.h>
#include <nncl/evaluate.h>
#include <nncl/model.h>
#include <nncl/plan.h>
#include <nncl/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a fit tells its caller while it runs. */
enum nncl_fit_event {
    NNCL_FIT_BUILD,   /* kernels are built; nothing trained yet. Again as each has run once, which
                         is when some drivers generate its code: `built` and `to_build` then count */
    NNCL_FIT_PLANNED, /* the plans are made: `plan` is set */
    NNCL_FIT_CHECK,   /* the device's arithmetic is checked: it is not yet known good */
    NNCL_FIT_WARM_UP, /* everything runs once before the first step */
    NNCL_FIT_EPOCH_BEGIN,
    NNCL_FIT_PROGRESS, /* inside an epoch, a few times a second */
    NNCL_FIT_EPOCH_END /* with validation done */
};

struct nncl_fit_progress {
    enum nncl_fit_event event;
    uint32_t epoch, epochs; /* epoch counts from 0 */
    uint32_t step, steps;   /* steps of this epoch known to be done; steps of an epoch */
    uint32_t first_step;   /* with which this fit began the epoch: not 0 after a resume within it */
    double loss, accuracy; /* mean over the rows of this epoch so far */
    double learning_rate;  /* of the step that comes next; 0 before the first is known to be done */
    bool has_validation;
    double val_loss, val_accuracy; /* at NNCL_FIT_EPOCH_END, if there is a validation set */
    bool is_best;                  /* then: by options->monitor no epoch before was as good, … */
    uint32_t best_epoch;           /* … and which one was, counted from 0 */
    bool ends_early;               /* the training ends here, with epochs left: see patience */
    double seconds;                /* of this epoch so far, validation included */
    double train_seconds;          /* from the first step's enqueue to the last step's completion */
    const struct nncl_plan *plan;  /* at NNCL_FIT_PLANNED: of a step of training on a full batch */
    uint32_t built, to_build; /* at NNCL_FIT_BUILD: launches ready, and of all plans; 0, 0 at the
                                 first */
};

/* Returns true to go on, false to end the fit: it then stops after the steps already queued, at
 * most about a second's work, copies the parameters back and returns NNCL_INTERRUPTED. */
typedef bool nncl_fit_callback(void *user, const struct nncl_fit_progress *progress);

struct nncl_checkpoint;

/* Zero means the default in brackets. */
struct nncl_fit_options {
    uint32_t epochs;       /* [10] */
    uint32_t batch_size;   /* rows a step [32]; the last, smaller batch of an epoch is used */
    const char *optimizer; /* its name, and hyperparameters as "name=number", all separated by
                              spaces: "adam beta2=0.99"; see nncl_optimizer_parse ["adam"] */
    float momentum;        /* of optimizers that have one; sgd with one is momentum [0.9; sgd: 0] */
    float weight_decay; /* λ: added to gradients as λ·w, as PyTorch does, but by adamw taken off the
                           weights [adamw: 0.01, else none] */
    float clip_norm;    /* all gradients together are made no longer than this [any length] */
    float clip_value;     /* or each number of them no larger [any size] */
    float ema_decay;      /* below 1: weights are averaged over the steps as nncl_op_ema does, and
                             what is validated, kept as best and given to the model are the averages;
                             running statistics, which are averages already, stay as they are. 0.999
                             counts about the last 1000 steps [0: none] */
    float learning_rate;  /* α [the optimizer's: 0.001 for Adam] */
    const char *schedule; /* how α goes on, as nncl_schedule_parse reads it ["constant"] */
    uint64_t seed;        /* of the order of rows; 0 is a seed like any other */
    struct nncl_augmentation augment; /* changes training batches at random, keyed by seed, epoch
                                         and position; noise in parts of a pixel's range [none] */
    uint32_t accumulate; /* batches a step: their gradients are brought together before the update,
                            as if batch_size were so many times larger, but in the memory that
                            one takes; at most 1000 [1] */
    uint32_t patience;   /* ends after this many epochs in a row whose validation did not better
                            the best result by more than min_delta [0: none is too many] */
    float min_delta;     /* at least 0 */
    const char *monitor; /* by which result: "val_loss" or "val_accuracy" ["val_loss"] */
    bool keep_best;      /* the model gets the parameters after the epoch with the best such
                            result, the first of equals; without it those after the last step */
    const char *gemm;    /* provider of matrix products, as in nncl_plan_options [auto] */
    bool skip_check;     /* do not check a device that is not yet known good */
    bool then_evaluates; /* nncl_evaluate with the same data follows: what that takes is built
                            with the rest, which is quicker than alone */
    float label_smoothing; /* cross-entropies only, and not of the validation: a label's target is
                              1 - s + s/C and the other classes' s/C, binary ones being 1 - s/2 and
                              s/2 (Szegedy et al. 2016) [0] */
    nncl_fit_callback *callback; /* may be NULL */
    void *user;
    const char *checkpoint;      /* file for checkpoints, written as nncl_file_write does after each
                                    epoch and at an interrupt; one that cannot be written is a warning
                                    in the log. NULL: none */
    uint32_t checkpoint_every;   /* instead of after each epoch: after each so many steps, counted
                                    from the training's start [0], and at its end */
    const char *checkpoint_note; /* a text of the caller's, kept in checkpoints [""] */
    const struct nncl_checkpoint
        *resume; /* go on from here. What is zero among epochs, batch_size,
           learning_rate, seed and gemm is then the checkpoint's; only epochs,
           counted from the training's start, may be another. May be NULL */
};

/* Reads an optimizer as nncl_fit_options.optimizer has it: adam, adamw, nadam, sgd, momentum,
 * nesterov, rmsprop, adagrad or adadelta, and of momentum, beta1, beta2, rho, epsilon and
 * weight_decay those it has. "sgd momentum=0.9" is momentum. Errors: NNCL_USAGE naming the word.
 * Thread-safety: safe. */
NNCL_API enum nncl_status nncl_optimizer_parse(const char *text, struct nncl_optimizer *optimizer);

/* Checks the text of a schedule, in which numbers follow the name as "name=number":
 * - constant
 * - step factor=0.1 every=1: times factor every so many epochs
 * - exponential factor=0.7: times factor every epoch
 * - cosine warmup=0 end=0: down by half a cosine to the part `end`, after rising evenly for
 *   `warmup` epochs, of which there may be a part
 * - onecycle warmup=0.3 start=0.04 end=4e-6: up from the part `start` for the part `warmup` of the
 *   training, and down to the part `end`
 * - plateau factor=0.1 patience=3 delta=1e-4 least=0: times factor, down to `least`, when for more
 *   than `patience` epochs the validation loss has not been less than the best one's part 1 - delta
 * The numbers shown are the defaults. *by_validation: whether a training needs a validation set for
 * it. Errors: NNCL_USAGE naming the word. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_schedule_parse(const char *text, bool *by_validation);

/* Reads an augmentation for nncl_fit_options: its members by name as "name=number", separated by
 * spaces, "shift=2 rotate=10"; "" is none. Errors: NNCL_USAGE naming the word. Thread-safety: safe.
 */
NNCL_API enum nncl_status nncl_augmentation_parse(
    const char *text, struct nncl_augmentation *augmentation);

/* A checkpoint, read back: a training at the end of a step. */
struct nncl_checkpoint_info {
    uint32_t epoch; /* epochs done */
    uint32_t step;  /* steps of the next epoch that are done, too */
    uint32_t steps; /* of an epoch */
    struct nncl_fit_options
        options;         /* the settings; what concerns checkpoints and callbacks is 0 */
    const char *note;    /* the caller's text */
    const char *version; /* of the nncl that wrote it */
    const char *device;  /* name, platform and driver of the device it came from */
};

/* Reads a checkpoint, everything in it checked, its SHA-256 too. Free with nncl_checkpoint_free.
 * Errors: NNCL_BAD_DATA naming the file and what is wrong with it, NNCL_OUT_OF_MEMORY.
 * Thread-safety: safe. */
NNCL_API enum nncl_status nncl_checkpoint_load(
    const char *path, struct nncl_checkpoint **checkpoint);

/* Frees and clears; *checkpoint may be NULL. Thread-safety: one thread a checkpoint. */
NNCL_API void nncl_checkpoint_free(struct nncl_checkpoint **checkpoint);

/* What it says of itself, owned by the checkpoint. Thread-safety: safe. */
NNCL_API const struct nncl_checkpoint_info *nncl_checkpoint_get(
    const struct nncl_checkpoint *checkpoint);

/* Epoch `index` (below info.epoch) as its NNCL_FIT_EPOCH_END told it. Thread-safety: safe. */
NNCL_API const struct nncl_fit_progress *nncl_checkpoint_epoch(
    const struct nncl_checkpoint *checkpoint, size_t index);

/* Makes the model that was trained, with the parameters it had, or their averages. Free with
 * nncl_model_free. Errors: NNCL_BAD_DATA, NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_checkpoint_model(
    const struct nncl_checkpoint *checkpoint, struct nncl_model **model);

/* Makes a data set of pictures changed as nncl_fit_options.augment changes them, on the host and to
 * be looked at: row i as a training would change it at position i of its first epoch, bytes
 * rounded. Free with nncl_dataset_free. Errors: NNCL_USAGE for amounts that nncl_op_augment does
 * not take, NNCL_OUT_OF_MEMORY. With mixup, row i is mixed with row i + 1, the last with the first;
 * labels stay. Thread-safety: safe for reading. */
NNCL_API enum nncl_status nncl_dataset_augment(const struct nncl_dataset *dataset,
    const struct nncl_augmentation *by, uint64_t seed, struct nncl_dataset **augmented);

/* What a training takes of a device's memory, in bytes. */
struct nncl_memory {
    uint64_t parameters, optimizer; /* the model's numbers, and what the optimizer keeps of each */
    uint64_t activations;           /* what lives within a step, laid out by lifetimes */
    uint64_t data;                  /* the data sets, or the staging buffers they stream through */
    uint64_t workspace;             /* of matrix products */
    uint64_t averages;              /* of the weights over the steps, if there are any */
    uint64_t best;                  /* the parameters of the best epoch, if they are kept */
    uint64_t state;                 /* step state, metrics */
    uint64_t total, largest;        /* of all, and of the largest single buffer */
    uint64_t memory_limit, allocation_limit; /* the device's; 0: unknown */
    bool train_streams, validation_streams;  /* in pieces, not being kept on the device whole */
    bool fits;
    uint32_t largest_batch; /* if it does not fit: the largest batch size that would; 0: none */
};

/* Lays out what nncl_fit would make for the same arguments, and makes nothing. Errors: NNCL_USAGE
 * as nncl_fit; NNCL_OUT_OF_MEMORY if the training would be refused, with *memory filled as on
 * success. Thread-safety: one thread a device and model. */
NNCL_API enum nncl_status nncl_fit_memory(struct nncl_device *device,
    const struct nncl_model *model, const struct nncl_dataset *train,
    const struct nncl_dataset *validation, const struct nncl_fit_options *options,
    struct nncl_memory *memory);

/* Trains `model` in place, on its loss (nncl_model_set_loss), starting from its present
 * parameters. The training set is uploaded once and stays on the device; `validation` (may be NULL)
 * is evaluated after each epoch; options->patience and keep_best need it. Before the first step,
 * one step on made-up rows is held against the reference if the device has not yet been seen to
 * compute this network rightly. Blocks until done; whenever it returns NNCL_OK or NNCL_INTERRUPTED,
 * the model's parameters are current, or with options->keep_best those of the best epoch so far;
 * with options->ema_decay they are averages.
 *
 * With options->resume the training goes on where a checkpoint was made, and ends with the bits it
 * would have had, on the same device and driver. On another device the results agree within
 * rounding, which is a warning in the log; other choices of providers on the same device are an
 * error. The parameters that the model has are not used then.
 *
 * Errors: NNCL_USAGE (features or classes that do not fit the model, options that cannot be
 * followed, or what does not fit the checkpoint), NNCL_CHECK_FAILED, NNCL_NOT_FINITE (parameters
 * are those before the step; the message names the step and the first layer affected),
 * NNCL_OUT_OF_MEMORY, NNCL_BUILD_FAILED, NNCL_DEVICE_LOST, NNCL_INTERRUPTED, NNCL_BAD_DATA (a
 * checkpoint whose tensors are not those of its network). Thread-safety: one thread a device and
 * model. */
NNCL_API enum nncl_status nncl_fit(struct nncl_device *device, struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_dataset *validation,
    const struct nncl_fit_options *options);

/* Class probabilities, as the model's loss makes them, for all rows of `dataset` (labels not
 * needed) into `probabilities`, [rows][classes], owned by the caller. Blocks. Errors: as nncl_fit.
 * Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_predict(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *gemm, float *probabilities);

#ifdef __cplusplus
}
#endif
#endif
