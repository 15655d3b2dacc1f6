/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Checkpoints: what a training needs to go on, in a file. docs/model-format.md. */
#ifndef NNCL_TRAIN_CHECKPOINT_H
#define NNCL_TRAIN_CHECKPOINT_H

#include <jansson.h>

#include <nncl/train.h>

#include "device/device.h"
#include "train/session.h"
#include "train/tensor_file.h"

struct nncl_checkpoint {
    struct nncl_checkpoint_info info; /* its texts live in the metadata or here */
    struct nncl_fit_progress *epochs; /* info.epoch of them */
    struct tensor_file file;
    json_t *settings;    /* what info.options' texts live in */
    char data[65];       /* fingerprint of the training set */
    const char *choices; /* what computed it, in the metadata */
};

/* ---- Settings of a fit: settings.c ---- */

/* The settings as an object; NULL without memory. */
json_t *settings_write(const struct nncl_fit_options *options);

/* Fills in *options, whose texts live in `settings`. Errors: NNCL_BAD_DATA. */
enum nncl_status settings_read(const json_t *settings, struct nncl_fit_options *options);

/* Takes from `stored` what *options leave open. Errors: NNCL_USAGE naming both values where one
 * contradicts that must not. */
enum nncl_status settings_adopt(
    const struct nncl_fit_options *stored, struct nncl_fit_options *options);

/* Of these, what a step of training depends on, as lines "name: value"; NULL without memory. */
char *settings_of_step(const struct nncl_fit_options *options);

/* ---- Writing: keeper.c ---- */

enum { KEEPER_SLOTS = PASS_SLOTS + 1, KEEPER_OWN_SLOT = PASS_SLOTS };

/* A copy of all kept tensors on the host, perhaps still being made. */
struct copy {
    uint8_t *bytes;
    struct readback **readings; /* one per tensor */
};

/* What writes a training's checkpoints. */
struct keeper {
    const struct nncl_fit_options *options;
    const struct nncl_model *model;
    const struct session *session;
    char data[65];               /* fingerprint of the training set */
    char *choices, *device;      /* what computes */
    struct kept_tensor *tensors; /* state and metrics last */
    struct file_tensor *places;  /* of each in a copy */
    size_t count;
    struct copy copies[KEEPER_SLOTS];
    struct nncl_fit_progress *epochs; /* those done */
    uint32_t epoch_count;
    bool pending;                     /* the own slot holds a copy that is not written yet */
    bool warned;                      /* that the file cannot be written */
    uint32_t saved_epoch, saved_step; /* of the last file written … */
    bool saved;                       /* … if there is one */
    struct pass_keeper pass;          /* for the training's pass */
};

/* Gets ready to write checkpoints of a session that is made. Free with keeper_free, after a
 * failure, too. `from`: what the training goes on from, or NULL. */
enum nncl_status keeper_create(struct keeper *keeper, const struct nncl_fit_options *options,
    const struct nncl_model *model, const struct session *session,
    const struct nncl_checkpoint *from);
void keeper_free(struct keeper *keeper);

/* Takes note of an epoch that is done. */
enum nncl_status keeper_add_epoch(struct keeper *keeper, const struct nncl_fit_progress *epoch);

/* Enqueues a copy, to be written by keeper_write_pending. */
enum nncl_status keeper_copy(struct keeper *keeper);

/* Writes that copy if there is one. A file that cannot be written is a warning. Errors: those of
 * the device. */
enum nncl_status keeper_write_pending(struct keeper *keeper);

/* Whether a model has the checkpoint's network. Errors: NNCL_USAGE naming both. */
enum nncl_status checkpoint_check_model(
    const struct nncl_checkpoint *checkpoint, const struct nncl_model *model);

/* Puts the session where a checkpoint was made. Errors: NNCL_USAGE where data or choices of
 * the checkpoint are others; NNCL_BAD_DATA. */
enum nncl_status checkpoint_restore(
    const struct nncl_checkpoint *checkpoint, const struct keeper *keeper, struct session *session);

/* The choices that results depend on to the bit, as a text; NULL without memory. */
char *choices_text(const struct session *session);

/* SHA-256 of a training set's contents, as text. */
enum nncl_status data_fingerprint(const struct nncl_dataset *dataset, char text[65]);

#endif
