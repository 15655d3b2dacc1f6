/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writing checkpoints while a training runs: what is to be kept is copied in the order of the
 * device's queue, and written by the host while the device computes on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/version.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "model/safetensors.h"
#include "train/checkpoint.h"

static enum nncl_status list_tensors(struct keeper *keeper)
{
    const struct pass *pass = &keeper->session->passes[0];
    const size_t count = parameter_set_tensor_count(&keeper->session->parameters);
    size_t begin = 0;
    keeper->count = count + 2;
    keeper->tensors = calloc(keeper->count, sizeof *keeper->tensors);
    keeper->places = calloc(keeper->count, sizeof *keeper->places);
    if (!keeper->tensors || !keeper->places)
        return nncl_fail_memory("a list of tensors", keeper->count * sizeof *keeper->places);
    parameter_set_tensors(&keeper->session->parameters, keeper->model, keeper->tensors);
    keeper->tensors[count] = (struct kept_tensor){"state", pass->state};
    keeper->tensors[count + 1] = (struct kept_tensor){"metrics", pass->metrics};
    for (size_t i = 0; i < keeper->count; i++) {
        const struct nncl_tensor *tensor = keeper->tensors[i].tensor;
        struct file_tensor *place = &keeper->places[i];
        memcpy(place->name, keeper->tensors[i].name, sizeof place->name);
        place->type = tensor->type;
        place->shape = tensor->shape;
        place->begin = begin;
        place->bytes = nncl_shape_elements(&tensor->shape) * nncl_type_size(tensor->type);
        begin += place->bytes;
    }
    return NNCL_OK;
}

static char *device_text(const struct nncl_device *device)
{
    const struct nncl_device_info *info = &device->info;
    return text_format("%s, %s, driver %s", info->name, info->platform, info->driver);
}

/* ---- Copies ---- */

/* Waits for what is under way. */
static enum nncl_status copy_finish(const struct keeper *keeper, struct copy *copy)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; copy->readings && i < keeper->count; i++) {
        enum nncl_status read = readback_wait(&copy->readings[i]);
        status = status == NNCL_OK ? read : status;
    }
    return status;
}

static enum nncl_status copy_allocate(const struct keeper *keeper, struct copy *copy)
{
    const struct file_tensor *last = &keeper->places[keeper->count - 1];
    if (!copy->readings)
        copy->readings = calloc(keeper->count, sizeof(struct readback *));
    if (!copy->bytes)
        copy->bytes = malloc(last->begin + last->bytes);
    if (!copy->readings || !copy->bytes)
        return nncl_fail_memory("a checkpoint", last->begin + last->bytes);
    return NNCL_OK;
}

static enum nncl_status copy_begin(struct keeper *keeper, unsigned slot)
{
    enum nncl_status status = NNCL_OK;
    struct copy *copy = &keeper->copies[slot];
    TRY(copy_finish(keeper, copy));
    TRY(copy_allocate(keeper, copy));
    for (size_t i = 0; i < keeper->count; i++)
        TRY(buffer_read_later(keeper->tensors[i].tensor->buffer,
            copy->bytes + keeper->places[i].begin, keeper->places[i].bytes, &copy->readings[i]));
out:
    return status;
}

/* ---- Files ---- */

static json_t *epochs_json(const struct keeper *keeper)
{
    json_t *epochs = json_array();
    for (uint32_t i = 0; i < keeper->epoch_count; i++) {
        const struct nncl_fit_progress *done = &keeper->epochs[i];
        json_t *epoch = json_pack("{s:f, s:f, s:f, s:f}", "loss", done->loss, "accuracy",
            done->accuracy, "seconds", done->seconds, "train_seconds", done->train_seconds);
        if (done->has_validation) {
            json_object_set_new(epoch, "val_loss", json_real(done->val_loss));
            json_object_set_new(epoch, "val_accuracy", json_real(done->val_accuracy));
        }
        json_array_append_new(epochs, epoch);
    }
    return epochs;
}

/* Sets a key to JSON as text, and drops the reference. */
static bool set_json(json_t *metadata, const char *key, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    bool done = text && json_object_set_new(metadata, key, json_string(text)) == 0;
    free(text);
    json_decref(value);
    return done;
}

static bool set_text(json_t *metadata, const char *key, const char *text)
{
    return json_object_set_new(metadata, key, json_string(text)) == 0;
}

static bool describe(const struct keeper *keeper, uint32_t step, json_t *metadata)
{
    const struct nncl_fit_options *options = keeper->options;
    const uint32_t steps = keeper->session->passes[0].steps;
    return set_text(metadata, "nncl.checkpoint", "1") &&
           set_text(metadata, "nncl.version", nncl_version()) &&
           set_text(metadata, "nncl.device", keeper->device) &&
           set_text(metadata, "nncl.choices", keeper->choices) &&
           set_text(metadata, "nncl.data", keeper->data) &&
           set_text(
               metadata, "nncl.note", options->checkpoint_note ? options->checkpoint_note : "") &&
           set_json(metadata, "nncl.settings", settings_write(options)) &&
           set_json(metadata, "nncl.position",
               json_pack("{s:I, s:I, s:I}", "epoch", (json_int_t)keeper->epoch_count, "step",
                   (json_int_t)step, "steps", (json_int_t)steps)) &&
           set_json(metadata, "nncl.epochs", epochs_json(keeper));
}

/* An update by a gradient that is not finite shows only in the next step's loss. */
static bool all_finite(const struct keeper *keeper, const struct copy *copy)
{
    for (size_t i = 0; i < keeper->count; i++) {
        const struct file_tensor *place = &keeper->places[i];
        if (place->type != NNCL_FLOAT32)
            continue;
        for (size_t at = 0; at < place->bytes; at += sizeof(float)) {
            float value;
            memcpy(&value, copy->bytes + place->begin + at, sizeof value);
            if (!isfinite(value))
                return false;
        }
    }
    return true;
}

/* Steps of the epoch under way that a copy has behind it. */
static uint32_t step_of(const struct keeper *keeper, const struct copy *copy)
{
    uint32_t state[NNCL_STATE_SIZE];
    memcpy(state, copy->bytes + keeper->places[keeper->count - 2].begin, sizeof state);
    return state[NNCL_STATE_STEP] - keeper->epoch_count * keeper->session->passes[0].steps;
}

static enum nncl_status write_file(const struct keeper *keeper, const struct copy *copy)
{
    json_t *metadata = NULL;
    enum nncl_status status = model_metadata_write(keeper->model, &metadata);
    if (status == NNCL_OK && !describe(keeper, step_of(keeper, copy), metadata))
        status = nncl_fail_memory("a checkpoint's metadata", 0);
    if (status == NNCL_OK)
        status = tensor_file_write(
            keeper->options->checkpoint, metadata, keeper->places, keeper->count, copy->bytes);
    json_decref(metadata);
    return status;
}

/* Writes a copy. The training does not end for a full disk. */
static enum nncl_status write_copy(struct keeper *keeper, unsigned slot)
{
    struct copy *copy = &keeper->copies[slot];
    enum nncl_status status = copy_finish(keeper, copy);
    if (status != NNCL_OK || !all_finite(keeper, copy))
        return status;
    if (write_file(keeper, copy) == NNCL_OK) {
        keeper->saved = true;
        keeper->warned = false;
        keeper->saved_epoch = keeper->epoch_count;
        keeper->saved_step = step_of(keeper, copy);
    } else if (!keeper->warned) {
        keeper->warned = true;
        nncl_log(NNCL_LOG_WARNING,
            "no checkpoint was written, and the training goes on (an older one is still there): %s",
            nncl_last_error());
    }
    return NNCL_OK;
}

static enum nncl_status pass_copies(void *user, unsigned slot)
{
    return copy_begin(user, slot);
}

static enum nncl_status pass_keeps(void *user, unsigned slot)
{
    return write_copy(user, slot);
}

/* ---- A training's checkpoints ---- */

enum nncl_status keeper_create(struct keeper *keeper, const struct nncl_fit_options *options,
    const struct nncl_model *model, const struct session *session,
    const struct nncl_checkpoint *from)
{
    enum nncl_status status = NNCL_OK;
    keeper->options = options;
    keeper->model = model;
    keeper->session = session;
    keeper->choices = choices_text(session);
    keeper->device = device_text(session->passes[0].device);
    if (!keeper->choices || !keeper->device)
        TRY(nncl_fail_memory("a checkpoint's description", 0));
    TRY(data_fingerprint(session->data[0].dataset, keeper->data));
    TRY(list_tensors(keeper));
    for (uint32_t i = 0; from && i < from->info.epoch; i++)
        TRY(keeper_add_epoch(keeper, &from->epochs[i]));
    keeper->pass = (struct pass_keeper){
        options->checkpoint ? options->checkpoint_every : 0, pass_copies, pass_keeps, keeper};
out:
    return status;
}

void keeper_free(struct keeper *keeper)
{
    nncl_error_hold();
    for (unsigned slot = 0; slot < KEEPER_SLOTS; slot++) {
        (void)copy_finish(keeper, &keeper->copies[slot]);
        free(keeper->copies[slot].readings);
        free(keeper->copies[slot].bytes);
    }
    nncl_error_restore();
    free(keeper->choices);
    free(keeper->device);
    free(keeper->tensors);
    free(keeper->places);
    free(keeper->epochs);
    *keeper = (struct keeper){0};
}

enum nncl_status keeper_add_epoch(struct keeper *keeper, const struct nncl_fit_progress *epoch)
{
    struct nncl_fit_progress *more =
        realloc(keeper->epochs, (keeper->epoch_count + 1) * sizeof *more);
    if (!more)
        return nncl_fail_memory("an epoch's results", sizeof *more);
    keeper->epochs = more;
    more[keeper->epoch_count++] = *epoch;
    return NNCL_OK;
}

enum nncl_status keeper_copy(struct keeper *keeper)
{
    enum nncl_status status = copy_begin(keeper, KEEPER_OWN_SLOT);
    keeper->pending = status == NNCL_OK;
    return status;
}

enum nncl_status keeper_write_pending(struct keeper *keeper)
{
    if (!keeper->pending)
        return NNCL_OK;
    keeper->pending = false;
    return write_copy(keeper, KEEPER_OWN_SLOT);
}
