/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Reading checkpoints, and going on from them. Nothing in the file is trusted. */
#include "train/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include <nncl/version.h>

#include "base/log.h"
#include "base/status.h"
#include "data/dataset.h"
#include "data/stream.h"
#include "gemm/tuning.h"
#include "model/safetensors.h"
#include "train/best.h"

static const char format_version[] = "1";

static enum nncl_status get_text(const json_t *metadata, const char *key, const char **text)
{
    *text = json_string_value(json_object_get(metadata, key));
    if (!*text)
        return nncl_fail(NNCL_BAD_DATA, "its metadata lacks \"%s\"", key);
    return NNCL_OK;
}

static enum nncl_status check_format(const json_t *metadata)
{
    char shown[SHOWN_SIZE];
    const char *text = json_string_value(json_object_get(metadata, "nncl.checkpoint"));
    if (!text)
        return nncl_fail(NNCL_BAD_DATA, "it is no checkpoint");
    if (strcmp(text, format_version) != 0)
        return nncl_fail(NNCL_BAD_DATA,
            "it has format %s, and this nncl reads format %s: use the nncl that wrote it",
            text_shown(shown, text, strlen(text)), format_version);
    return NNCL_OK;
}

/* JSON in a string of the metadata, as a new reference. */
static enum nncl_status get_json(const json_t *metadata, const char *key, json_t **value)
{
    const char *text;
    enum nncl_status status = get_text(metadata, key, &text);
    if (status != NNCL_OK)
        return status;
    *value = json_loads(text, 0, NULL);
    return *value ? NNCL_OK : nncl_fail(NNCL_BAD_DATA, "\"%s\" in its metadata is no JSON", key);
}

static bool read_count(const json_t *object, const char *key, uint32_t *count)
{
    const json_t *value = json_object_get(object, key);
    const json_int_t number = json_integer_value(value);
    *count = (uint32_t)number;
    return json_is_integer(value) && number >= 0 && number <= UINT32_MAX;
}

static bool read_epoch(const json_t *object, struct nncl_fit_progress *epoch)
{
    const json_t *validation = json_object_get(object, "val_loss");
    const struct {
        const char *key;
        double *value;
    } numbers[] = {{"loss", &epoch->loss}, {"accuracy", &epoch->accuracy},
        {"seconds", &epoch->seconds}, {"train_seconds", &epoch->train_seconds},
        {"val_loss", &epoch->val_loss}, {"val_accuracy", &epoch->val_accuracy}};
    epoch->has_validation = validation != NULL;
    for (size_t i = 0; i < (validation ? 6 : 4); i++) {
        const json_t *value = json_object_get(object, numbers[i].key);
        *numbers[i].value = json_number_value(value);
        if (!json_is_number(value))
            return false;
    }
    return true;
}

static enum nncl_status read_epochs(const json_t *epochs, struct nncl_checkpoint *checkpoint)
{
    struct nncl_checkpoint_info *info = &checkpoint->info;
    struct best best = {0};
    if (!json_is_array(epochs) || json_array_size(epochs) != info->epoch)
        return nncl_fail(NNCL_BAD_DATA, "it does not tell of the %u epochs done", info->epoch);
    checkpoint->epochs = calloc(info->epoch + 1, sizeof *checkpoint->epochs);
    if (!checkpoint->epochs)
        return nncl_fail_memory("a checkpoint's epochs", info->epoch);
    for (uint32_t i = 0; i < info->epoch; i++) {
        checkpoint->epochs[i] = (struct nncl_fit_progress){.event = NNCL_FIT_EPOCH_END,
            .epoch = i,
            .epochs = info->options.epochs,
            .step = info->steps,
            .steps = info->steps};
        if (!read_epoch(json_array_get(epochs, i), &checkpoint->epochs[i]))
            return nncl_fail(NNCL_BAD_DATA, "what it tells of epoch %u is not right", i + 1);
        best_add(&best, &info->options, &checkpoint->epochs[i]);
    }
    return NNCL_OK;
}

/* Takes the metadata apart. */
static enum nncl_status read_metadata(struct nncl_checkpoint *checkpoint)
{
    enum nncl_status status = NNCL_OK;
    const json_t *metadata = checkpoint->file.metadata;
    struct nncl_checkpoint_info *info = &checkpoint->info;
    json_t *position = NULL, *epochs = NULL;
    const char *data;
    TRY(check_format(metadata));
    TRY(get_text(metadata, "nncl.note", &info->note));
    TRY(get_text(metadata, "nncl.version", &info->version));
    TRY(get_text(metadata, "nncl.device", &info->device));
    TRY(get_text(metadata, "nncl.choices", &checkpoint->choices));
    TRY(get_text(metadata, "nncl.data", &data));
    if (strlen(data) >= sizeof checkpoint->data)
        TRY(nncl_fail(NNCL_BAD_DATA, "\"nncl.data\" in its metadata is no SHA-256"));
    memcpy(checkpoint->data, data, strlen(data) + 1);
    TRY(get_json(metadata, "nncl.settings", &checkpoint->settings));
    TRY(settings_read(checkpoint->settings, &info->options));
    TRY(get_json(metadata, "nncl.position", &position));
    if (!read_count(position, "epoch", &info->epoch) ||
        !read_count(position, "step", &info->step) ||
        !read_count(position, "steps", &info->steps) || info->step > info->steps ||
        (uint64_t)info->epoch * info->steps > UINT32_MAX)
        TRY(nncl_fail(NNCL_BAD_DATA, "its place in the training is not right"));
    TRY(get_json(metadata, "nncl.epochs", &epochs));
    TRY(read_epochs(epochs, checkpoint));
out:
    json_decref(position);
    json_decref(epochs);
    return status;
}

enum nncl_status nncl_checkpoint_load(const char *path, struct nncl_checkpoint **checkpoint)
{
    struct nncl_checkpoint *made = calloc(1, sizeof *made);
    enum nncl_status status = NNCL_OK;
    if (!made)
        return nncl_fail_memory("a checkpoint", sizeof *made);
    TRY(tensor_file_read(path, &made->file));
    TRY(read_metadata(made));
    *checkpoint = made;
    made = NULL;
out:
    if (status != NNCL_OK)
        nncl_fail_while(status, "checkpoint %s", path);
    nncl_checkpoint_free(&made);
    return status;
}

void nncl_checkpoint_free(struct nncl_checkpoint **checkpoint)
{
    if (!*checkpoint)
        return;
    free((*checkpoint)->epochs);
    json_decref((*checkpoint)->settings);
    tensor_file_clear(&(*checkpoint)->file);
    free(*checkpoint);
    *checkpoint = NULL;
}

const struct nncl_checkpoint_info *nncl_checkpoint_get(const struct nncl_checkpoint *checkpoint)
{
    return &checkpoint->info;
}

const struct nncl_fit_progress *nncl_checkpoint_epoch(
    const struct nncl_checkpoint *checkpoint, size_t index)
{
    return &checkpoint->epochs[index];
}

/* Where the values of a tensor stand that has this name, type and shape. */
static enum nncl_status find(const struct tensor_file *file, const char *name, enum nncl_type type,
    const struct nncl_shape *shape, const uint8_t **values)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct file_tensor *tensor = &file->tensors[i];
        if (strcmp(tensor->name, name) != 0)
            continue;
        bool same = tensor->type == type && tensor->shape.rank == shape->rank;
        for (unsigned axis = 0; axis < shape->rank && same; axis++)
            same = tensor->shape.size[axis] == shape->size[axis];
        *values = file->bytes + tensor->begin;
        return same
                   ? NNCL_OK
                   : nncl_fail(NNCL_BAD_DATA,
                         "the checkpoint's tensor \"%s\" has not the shape that the training needs",
                         name);
    }
    return nncl_fail(NNCL_BAD_DATA, "the checkpoint lacks the tensor \"%s\"", name);
}

static bool has_tensor(const struct tensor_file *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return true;
    return false;
}

enum nncl_status nncl_checkpoint_model(
    const struct nncl_checkpoint *checkpoint, struct nncl_model **model)
{
    struct nncl_model *made = NULL;
    enum nncl_status status = NNCL_OK;
    TRY(model_metadata_read(checkpoint->file.metadata, &made));
    TRY(model_allocate(made));
    for (size_t i = 0; i < made->parameter_count; i++) {
        const struct nncl_parameter *parameter = &made->parameters[i].base;
        char name[TENSOR_NAME_SIZE];
        const uint8_t *values;
        snprintf(name, sizeof name, "average %s", parameter->name);
        if (!has_tensor(&checkpoint->file, name))
            snprintf(name, sizeof name, "parameter %s", parameter->name);
        TRY(find(&checkpoint->file, name, NNCL_FLOAT32, &parameter->shape, &values));
        memcpy(parameter->values, values, nncl_shape_elements(&parameter->shape) * sizeof(float));
    }
    *model = made;
    made = NULL;
out:
    nncl_model_free(&made);
    return status;
}

/* ---- Going on ---- */

enum nncl_status checkpoint_check_model(
    const struct nncl_checkpoint *checkpoint, const struct nncl_model *model)
{
    const json_t *metadata = checkpoint->file.metadata;
    const char *network, *loss = json_string_value(json_object_get(metadata, "nncl.loss"));
    const char *wanted = nncl_loss_name(nncl_model_loss(model));
    enum nncl_status status = get_text(metadata, "nncl.network", &network);
    if (status == NNCL_OK && strcmp(network, nncl_model_text(model)) != 0)
        return nncl_fail(NNCL_USAGE, "the checkpoint's network is \"%s\", and this one is \"%s\"",
            network, nncl_model_text(model));
    if (!loss)
        loss = nncl_loss_name(NNCL_SPARSE_CATEGORICAL_CROSSENTROPY);
    if (status == NNCL_OK && strcmp(loss, wanted) != 0)
        return nncl_fail(
            NNCL_USAGE, "the checkpoint's loss is %s, and the model's is %s", loss, wanted);
    return status;
}

static enum nncl_status check_data(
    const struct nncl_checkpoint *checkpoint, const struct keeper *keeper)
{
    if (strcmp(checkpoint->data, keeper->data) != 0)
        return nncl_fail(NNCL_USAGE,
            "the checkpoint's training set has SHA-256 %s, and this one has %s: give the data with "
            "which the training began",
            checkpoint->data, keeper->data);
    if (checkpoint->info.steps != keeper->session->passes[0].steps)
        return nncl_fail(NNCL_BAD_DATA, "the checkpoint counts %u steps an epoch, and there are %u",
            checkpoint->info.steps, keeper->session->passes[0].steps);
    return NNCL_OK;
}

/* The same bits come from the same device, driver and choices only. */
static enum nncl_status check_choices(
    const struct nncl_checkpoint *checkpoint, const struct keeper *keeper)
{
    const struct nncl_checkpoint_info *info = &checkpoint->info;
    const char *device = keeper->device;
    if (strcmp(info->device, device) != 0) {
        nncl_log(NNCL_LOG_WARNING,
            "the training began on %s and goes on on %s: its results agree within rounding, not "
            "bit for bit",
            info->device, device);
        return NNCL_OK;
    }
    if (strcmp(info->version, nncl_version()) != 0)
        nncl_log(NNCL_LOG_WARNING,
            "the checkpoint was written by nncl %s, and this is %s: results may differ in rounding",
            info->version, nncl_version());
    if (strcmp(checkpoint->choices, keeper->choices) != 0)
        return nncl_fail(NNCL_USAGE,
            "the training was computed by other kernels than this device would use now (%s then, "
            "%s "
            "now), with which it would not go on bit for bit: put the device's tuning back as it "
            "was, or begin anew",
            checkpoint->choices, keeper->choices);
    return NNCL_OK;
}

static enum nncl_status write_tensors(
    const struct nncl_checkpoint *checkpoint, const struct keeper *keeper)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < keeper->count; i++) {
        struct nncl_tensor *tensor = keeper->tensors[i].tensor;
        const uint8_t *values;
        TRY(find(&checkpoint->file, keeper->tensors[i].name, nncl_tensor_type(tensor),
            nncl_tensor_shape(tensor), &values));
        TRY(nncl_tensor_write(tensor, values));
    }
out:
    return status;
}

/* The state must be where the checkpoint says. */
static enum nncl_status check_state(
    const struct nncl_checkpoint *checkpoint, const struct session *session)
{
    const struct nncl_checkpoint_info *info = &checkpoint->info;
    const struct pass *pass = &session->passes[0];
    const struct nncl_shape shape = {1, {NNCL_STATE_SIZE}};
    const bool ended = info->step == info->steps;
    uint32_t state[NNCL_STATE_SIZE];
    const uint8_t *values;
    enum nncl_status status = find(&checkpoint->file, "state", NNCL_UINT32, &shape, &values);
    if (status != NNCL_OK)
        return status;
    memcpy(state, values, sizeof state);
    if (state[NNCL_STATE_STEP] != info->epoch * info->steps + info->step ||
        state[NNCL_STATE_EPOCH] != info->epoch + ended || state[NNCL_STATE_BAD_STEP] != 0 ||
        state[NNCL_STATE_POSITION] != (ended ? 0 : info->step * (uint32_t)pass->full.rows))
        return nncl_fail(NNCL_BAD_DATA, "the checkpoint's state is not that of its step");
    return NNCL_OK;
}

enum nncl_status checkpoint_restore(
    const struct nncl_checkpoint *checkpoint, const struct keeper *keeper, struct session *session)
{
    enum nncl_status status = NNCL_OK;
    TRY(check_data(checkpoint, keeper));
    TRY(check_choices(checkpoint, keeper));
    TRY(check_state(checkpoint, session));
    TRY(write_tensors(checkpoint, keeper));
    session->passes[0].epoch = checkpoint->info.epoch;
    session->passes[0].first = checkpoint->info.step;
out:
    return status;
}

char *choices_text(const struct session *session)
{
    const struct nncl_plan *plan = pass_plan(&session->passes[0]);
    struct text text = {0};
    char tuning[GEMM_TUNING_KEY];
    gemm_tuning_key(session->passes[0].device, tuning);
    text_append(&text, "tuning %s", tuning);
    for (size_t i = 0; i < nncl_plan_launch_count(plan); i++) {
        const struct nncl_launch *launch = nncl_plan_launch(plan, i);
        if (strcmp(launch->provider, "own") != 0)
            text_append(&text, ", %s by %s", launch->op, launch->provider);
    }
    if (text.failed) {
        free(text.bytes);
        return NULL;
    }
    return text.bytes;
}

enum nncl_status data_fingerprint(const struct nncl_dataset *dataset, char text[65])
{
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    const size_t features = source->rows * dataset_row_features(&source->shape);
    uint8_t digests[2][SHA256_SIZE], all[SHA256_SIZE];
    enum nncl_status status = NNCL_OK;
    TRY(digest_bytes(source->features, features * nncl_type_size(source->type), digests[0]));
    TRY(digest_bytes(source->labels, source->rows * sizeof *source->labels, digests[1]));
    TRY(digest_bytes(digests, sizeof digests, all));
    digest_to_text(all, text);
out:
    return status;
}
