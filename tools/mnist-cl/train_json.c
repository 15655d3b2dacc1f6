/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/train_json.h"

#include <stdlib.h>
#include <string.h>

#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/runs_file.h"
#include "mnist-cl/sweep.h"

static json_t *device_json(const struct nncl_device *device)
{
    const struct nncl_device_info *info = nncl_device_get_info(device);
    return json_pack("{s:s, s:o, s:o, s:o, s:i, s:o}", "selector", info->selector, "name",
        json_text(info->name), "platform", json_text(info->platform), "driver",
        json_text(info->driver), "compute_units", (int)info->compute_units, "choice",
        json_text(nncl_device_choice(device)));
}

static json_t *data_json(const struct train_record *record)
{
    const struct nncl_mnist *mnist = record->mnist;
    return json_pack("{s:o, s:s, s:b, s:I, s:I, s:I}", "source", json_text(mnist->source), "sha256",
        mnist->sha256, "generated", (int)mnist->generated, "train_rows",
        (json_int_t)nncl_dataset_get(mnist->train)->rows, "validation_rows",
        (json_int_t)record->validation_rows, "test_rows",
        (json_int_t)nncl_dataset_get(mnist->test)->rows);
}

/* null where it was not given. */
static json_t *given_number(double value)
{
    return value != 0 ? json_number(value) : json_null();
}

static json_t *options_json(const struct train_record *record)
{
    const struct train_options *asked = record->asked;
    json_t *options = json_pack(
        "{s:I, s:I, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:s, s:o, s:s, s:s, s:s}",
        "epochs", (json_int_t)asked->epochs, "batch_size", (json_int_t)asked->batch_size,
        "accumulate", (json_int_t)asked->accumulate, "init", asked->initialiser, "normalise",
        asked->data.normalise, "augment", json_text(asked->augment), "validation_split",
        json_number(asked->data.validation_split), "optimizer", json_text(asked->optimizer),
        "momentum", given_number(asked->momentum), "weight_decay",
        given_number(asked->weight_decay), "clip_norm", given_number(asked->clip_norm),
        "clip_value", given_number(asked->clip_value), "ema_decay", json_number(asked->ema_decay),
        "learning_rate", json_number(asked->learning_rate), "schedule", json_text(asked->schedule),
        "loss", nncl_loss_name(nncl_model_loss(record->model)), "label_smoothing",
        json_number(asked->label_smoothing), "network", nncl_model_text(record->model), "gemm",
        asked->gemm ? asked->gemm : "auto", "conv", asked->conv ? asked->conv : "auto");
    if (options && !stopping_add_options(&asked->stopping, options)) {
        json_decref(options);
        return NULL;
    }
    return options;
}

static json_t *epoch_json(const struct nncl_fit_progress *epoch)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "loss", json_number(epoch->loss),
        "accuracy", json_number(epoch->accuracy), "val_loss", json_number(epoch->val_loss),
        "val_accuracy", json_number(epoch->val_accuracy), "learning_rate",
        json_number(epoch->learning_rate), "seconds", json_number(epoch->seconds), "train_seconds",
        json_number(epoch->train_seconds));
}

static json_t *epochs_json(const struct progress *progress)
{
    json_t *epochs = json_array();
    for (size_t i = 0; i < progress->epoch_count; i++)
        if (json_array_append_new(epochs, epoch_json(&progress->epochs[i])) != 0) {
            json_decref(epochs);
            return NULL;
        }
    return epochs;
}

static json_t *layers_json(const struct nncl_model *model)
{
    json_t *layers = json_array();
    for (size_t i = 0; i < nncl_model_layer_count(model); i++) {
        struct nncl_layer_info info;
        nncl_model_layer(model, i, &info);
        json_t *shape = json_array();
        for (uint32_t j = 0; j < info.shape.rank; j++)
            json_array_append_new(shape, json_integer((json_int_t)info.shape.size[j]));
        json_array_append_new(layers,
            json_pack("{s:s, s:s?, s:s?, s:o, s:I}", "type", info.type, "name", info.name, "joined",
                info.joined, "output", shape, "parameters", (json_int_t)info.parameters));
    }
    return layers;
}

static json_t *record_json(const struct train_record *record)
{
    const struct progress *progress = record->progress;
    return json_pack("{s:s, s:o, s:o, s:o, s:I, s:o, s:I, s:o, s:o, s:o}", "nncl", nncl_version(),
        "device", device_json(record->device), "options", options_json(record), "layers",
        layers_json(record->model), "seed", (json_int_t)record->asked->seed, "data",
        data_json(record), "host_waits", (json_int_t)progress->host_waits, "epochs",
        epochs_json(progress), "test_loss",
        record->finished ? json_number(record->test_loss) : json_null(), "test_accuracy",
        record->finished ? json_number(record->test_accuracy) : json_null());
}

/* ---- The folder of runs ---- */

/* The epoch whose model the training gave, or NULL. */
static const struct nncl_fit_progress *epoch_given(const struct train_record *record)
{
    const struct progress *progress = record->progress;
    if (progress->epoch_count == 0)
        return NULL;
    const struct nncl_fit_progress *last = &progress->epochs[progress->epoch_count - 1];
    return record->asked->stopping.keeps_best ? &progress->epochs[last->best_epoch] : last;
}

/* Validation with the test set is not told as validation here: nothing is to be chosen by it. */
static bool add_validation(const struct train_record *record, json_t *run)
{
    const struct nncl_fit_progress *epoch = epoch_given(record);
    const bool known = epoch && record->validation_rows > 0 && epoch->has_validation;
    return json_object_set_new(
               run, "val_loss", known ? json_number(epoch->val_loss) : json_null()) == 0 &&
           json_object_set_new(
               run, "val_accuracy", known ? json_number(epoch->val_accuracy) : json_null()) == 0;
}

static double seconds_of(const struct progress *progress)
{
    double seconds = 0;
    for (size_t i = 0; i < progress->epoch_count; i++)
        seconds += progress->epochs[i].seconds;
    return seconds;
}

static bool add_sweep(json_t *run)
{
    uint64_t number = 0;
    const char *sweep = sweep_of_this(&number);
    return json_object_set_new(run, "sweep", sweep ? json_text(sweep) : json_null()) == 0 &&
           json_object_set_new(
               run, "sweep_run", sweep ? json_integer((json_int_t)number) : json_null()) == 0;
}

json_t *train_json_run(
    const struct train_record *record, json_t *settings, const char *status, const char *error)
{
    char name[RUN_NAME_SIZE], when[RUN_TIME_SIZE];
    runs_name(name);
    runs_time(when);
    json_t *run = json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "id", name,
        "time", when, "status", status, "error", error ? json_text(error) : json_null(), "nncl",
        nncl_version(), "settings", settings, "network", nncl_model_text(record->model), "device",
        device_json(record->device), "data", data_json(record), "epochs",
        epochs_json(record->progress), "seconds", json_number(seconds_of(record->progress)));
    if (run && add_sweep(run) && add_validation(record, run) &&
        stopping_add_results(&record->asked->stopping, record->progress, run) &&
        json_object_set_new(run, "test_loss",
            record->finished ? json_number(record->test_loss) : json_null()) == 0 &&
        json_object_set_new(run, "test_accuracy",
            record->finished ? json_number(record->test_accuracy) : json_null()) == 0)
        return run;
    json_decref(run);
    return NULL;
}

enum nncl_status train_json_write(const struct train_record *record, const char *path)
{
    json_t *document = record->progress->failed ? NULL : record_json(record);
    bool whole = document && watch_add_json(&record->asked->watch, document) &&
                 stopping_add_results(&record->asked->stopping, record->progress, document);
    if (whole && record->finished && record->results)
        whole = json_object_update(document, (json_t *)record->results) == 0;
    if (document && !whole) {
        json_decref(document);
        document = NULL;
    }
    char *text = json_format(document);
    if (!text)
        return (enum nncl_status)message_fail(
            NNCL_OUT_OF_MEMORY, "not enough memory for the JSON document");
    enum nncl_status status = nncl_file_write(path, text, strlen(text));
    free(text);
    return (enum nncl_status)message_status(status);
}
