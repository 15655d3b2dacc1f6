/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Checkpoints: a training that goes on ends with the bits it would have had. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "support.h"

static struct nncl_device *device;

static void setup(void)
{
    support_folder_make();
    device = support_device();
}

static void teardown(void)
{
    nncl_device_close(&device);
    support_folder_remove();
}

TestSuite(checkpoint, .init = setup, .fini = teardown);

static const char *network = "dense 16 relu, dense 3";

/* Ends a training at its `after`-th step or later. */
struct stop {
    unsigned events, after;
};

/* What the epochs of a test's uninterrupted training have shown, which those that go on must. */
enum { EPOCHS = 4 };
static double losses[EPOCHS];
static enum { NOTHING, RECORD, COMPARE } watching;

static void watch(const struct nncl_fit_progress *progress)
{
    if (progress->event != NNCL_FIT_EPOCH_END || watching == NOTHING)
        return;
    if (watching == RECORD)
        losses[progress->epoch] = progress->loss;
    cr_expect_eq(progress->loss, losses[progress->epoch], "epoch %u", progress->epoch);
}

static bool until(void *user, const struct nncl_fit_progress *progress)
{
    struct stop *stop = user;
    watch(progress);
    stop->events += progress->event == NNCL_FIT_PROGRESS || progress->event == NNCL_FIT_EPOCH_END;
    return stop->after == 0 || stop->events < stop->after;
}

/* How the trainings of a test are to train. */
static struct nncl_fit_options manner;

static struct nncl_fit_options options_of(const char *file, uint32_t every, struct stop *stop)
{
    struct nncl_fit_options options = manner;
    options.epochs = EPOCHS;
    options.batch_size = 8;
    options.learning_rate = 0.002f;
    options.seed = 7;
    options.skip_check = true;
    options.callback = until;
    options.user = stop;
    options.checkpoint = file;
    options.checkpoint_every = every;
    options.checkpoint_note = "a note";
    return options;
}

static void expect_same(const struct nncl_model *one, const struct nncl_model *two)
{
    size_t count_one, count_two;
    float *all_one = problem_parameters(one, &count_one);
    float *all_two = problem_parameters(two, &count_two);
    cr_assert_eq(count_one, count_two);
    cr_expect_eq(memcmp(all_one, all_two, count_one * sizeof *all_one), 0);
    free(all_one);
    free(all_two);
}

/* The model of the whole training, without checkpoints. */
static struct nncl_model *uninterrupted(const struct nncl_dataset *data)
{
    struct stop never = {0};
    struct nncl_model *model = problem_model(network, data);
    const struct nncl_fit_options options = options_of(NULL, 0, &never);
    OK(nncl_fit(device, model, data, data, &options));
    return model;
}

/* Goes on from a file with nothing but what the file says, and again until it is done. */
static void go_on(const char *file, const struct nncl_dataset *data,
    const struct nncl_model *wanted, unsigned after)
{
    enum nncl_status status = NNCL_INTERRUPTED;
    for (unsigned round = 0; round < 200 && status == NNCL_INTERRUPTED; round++) {
        struct nncl_checkpoint *checkpoint = NULL;
        struct nncl_model *model = NULL;
        struct stop stop = {.after = after};
        OK(nncl_checkpoint_load(file, &checkpoint));
        OK(nncl_checkpoint_model(checkpoint, &model));
        const struct nncl_fit_options options = {.skip_check = true,
            .checkpoint = file,
            .checkpoint_every = round % 2 ? 3 : 0,
            .callback = until,
            .user = &stop,
            .resume = checkpoint};
        status = nncl_fit(device, model, data, data, &options);
        if (status != NNCL_INTERRUPTED) {
            cr_expect_eq(status, NNCL_OK, "%s", nncl_last_error());
            expect_same(model, wanted);
        }
        nncl_model_free(&model);
        nncl_checkpoint_free(&checkpoint);
    }
    cr_expect_eq(status, NNCL_OK);
}

static void interrupt_often(const struct nncl_dataset *data)
{
    watching = RECORD;
    struct nncl_model *wanted = uninterrupted(data);
    watching = COMPARE;
    for (unsigned after = 1; after <= 7; after++) {
        struct stop stop = {.after = after};
        struct nncl_model *model = problem_model(network, data);
        const struct nncl_fit_options options = options_of("here", after % 3 ? 5 : 0, &stop);
        enum nncl_status status = nncl_fit(device, model, data, data, &options);
        cr_expect(status == NNCL_INTERRUPTED || status == NNCL_OK, "%s", nncl_last_error());
        nncl_model_free(&model);
        go_on("here", data, wanted, after + 1);
        go_on("here", data, wanted, 0); /* finished by now */
    }
    watching = NOTHING;
    nncl_model_free(&wanted);
}

Test(checkpoint, goes_on_bit_for_bit_from_wherever_it_stopped)
{
    struct nncl_dataset *data = problem_floats(301, 37, 3);
    interrupt_often(data);
    nncl_dataset_free(&data);
}

/* Running statistics are kept too, and the last batch of 5 rows has its own. */
Test(checkpoint, goes_on_with_running_statistics)
{
    struct nncl_dataset *data = problem_floats(301, 37, 3);
    network = "dense 16 nobias, batchnorm relu, dense 3";
    struct nncl_model *model = uninterrupted(data);
    cr_assert_eq(nncl_model_parameter_count(model), 7u);
    cr_expect(!nncl_model_parameter(model, 3)->trained);
    cr_expect_neq(nncl_model_parameter(model, 3)->values[0], 0);
    cr_expect_neq(nncl_model_parameter(model, 4)->values[0], 1);
    nncl_model_free(&model);
    interrupt_often(data);
    nncl_dataset_free(&data);
}

/* A schedule goes on where it was, by steps or by what the epochs done have shown. */
static void expect_going_on(struct nncl_fit_options how)
{
    struct nncl_dataset *data = problem_floats(157, 37, 3);
    manner = how;
    interrupt_often(data);
    manner = (struct nncl_fit_options){0};
    nncl_dataset_free(&data);
}

Test(checkpoint, goes_on_within_a_cosine)
{
    expect_going_on((struct nncl_fit_options){.optimizer = "nadam beta1=0.8",
        .weight_decay = 0.01f,
        .clip_norm = 0.1f,
        .schedule = "cosine warmup=0.6 end=0.1"});
}

/* Weights and their averages are both kept, and running statistics beside them. */
Test(checkpoint, goes_on_with_averages)
{
    network = "dense 16 nobias, batchnorm relu, dense 3";
    expect_going_on((struct nncl_fit_options){
        .optimizer = "adamw", .ema_decay = 0.9f, .clip_value = 0.1f, .keep_best = true});
}

Test(checkpoint, goes_on_on_a_plateau)
{
    expect_going_on((struct nncl_fit_options){.optimizer = "sgd",
        .momentum = 0.7f,
        .schedule = "plateau patience=0 delta=0.9 factor=0.5"});
}

Test(checkpoint, a_cosine_keeps_its_epochs)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3);
    struct nncl_model *model = problem_model(network, data);
    struct nncl_checkpoint *checkpoint = NULL;
    struct stop stop = {.after = 1};
    manner.schedule = "cosine";
    const struct nncl_fit_options options = options_of("here", 0, &stop);
    cr_assert_eq(nncl_fit(device, model, data, NULL, &options), NNCL_INTERRUPTED);
    OK(nncl_checkpoint_load("here", &checkpoint));
    const struct nncl_fit_options more = {.epochs = 5, .resume = checkpoint};
    cr_expect_eq(nncl_fit(device, model, data, NULL, &more), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "planned for 4 epochs"), "%s", nncl_last_error());
    manner.schedule = NULL;
    nncl_checkpoint_free(&checkpoint);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}

/* The data stream through staging buffers, whose place must be found again. */
Test(checkpoint, goes_on_where_data_stream)
{
    struct nncl_dataset *data = problem_floats(301, 37, 3);
    struct nncl_model *model = problem_model(network, data);
    struct nncl_memory memory;
    struct stop never = {0};
    const struct nncl_fit_options options = options_of(NULL, 0, &never);
    OK(nncl_fit_memory(device, model, data, data, &options, &memory));
    OK(nncl_device_limit_memory(device, memory.total - memory.data / 3));
    OK(nncl_fit_memory(device, model, data, data, &options, &memory));
    cr_expect(memory.train_streams || memory.validation_streams);
    interrupt_often(data);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}

/* A file made at the end of every step. */
Test(checkpoint, a_file_tells_what_it_is)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3);
    struct nncl_model *model = problem_model(network, data), *kept = NULL;
    struct nncl_checkpoint *checkpoint = NULL;
    struct stop never = {0};
    const struct nncl_fit_options options = options_of("here", 1, &never);
    OK(nncl_fit(device, model, data, data, &options));
    OK(nncl_checkpoint_load("here", &checkpoint));
    const struct nncl_checkpoint_info *info = nncl_checkpoint_get(checkpoint);
    cr_expect_eq(info->epoch, 4);
    cr_expect_eq(info->step, 0);
    cr_expect_eq(info->steps, 13);
    cr_expect_eq(info->options.epochs, 4);
    cr_expect_eq(info->options.batch_size, 8);
    cr_expect_eq(info->options.learning_rate, 0.002f);
    cr_expect_eq(info->options.seed, 7);
    cr_expect_null(info->options.gemm);
    cr_expect_str_eq(info->note, "a note");
    cr_expect_str_eq(info->version, nncl_version());
    cr_expect(nncl_checkpoint_epoch(checkpoint, 3)->has_validation);
    cr_expect_gt(
        nncl_checkpoint_epoch(checkpoint, 0)->loss, nncl_checkpoint_epoch(checkpoint, 3)->loss);
    OK(nncl_checkpoint_model(checkpoint, &kept));
    expect_same(kept, model);
    nncl_model_free(&kept);
    cr_expect_eq(nncl_model_load("here", &kept), NNCL_BAD_DATA);
    cr_expect(strstr(nncl_last_error(), "checkpoint"), "%s", nncl_last_error());
    nncl_checkpoint_free(&checkpoint);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}

/* Makes a checkpoint after the first epoch of four. */
static struct nncl_checkpoint *first_epoch(const struct nncl_dataset *data)
{
    struct nncl_checkpoint *checkpoint = NULL;
    struct nncl_model *model = problem_model(network, data);
    struct stop never = {0};
    struct nncl_fit_options options = options_of("here", 0, &never);
    options.epochs = 1;
    OK(nncl_fit(device, model, data, NULL, &options));
    OK(nncl_checkpoint_load("here", &checkpoint));
    nncl_model_free(&model);
    return checkpoint;
}

static void expect_refused(const struct nncl_dataset *data, const char *text,
    const struct nncl_fit_options *options, const char *said)
{
    struct nncl_model *model = problem_model(text, data);
    cr_expect_eq(nncl_fit(device, model, data, NULL, options), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), said), "%s", nncl_last_error());
    nncl_model_free(&model);
}

Test(checkpoint, what_contradicts_it_is_refused)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3), *other = problem_floats(104, 37, 3);
    struct nncl_checkpoint *checkpoint = first_epoch(data);
    struct nncl_fit_options options = {.resume = checkpoint, .skip_check = true, .epochs = 2};
    expect_refused(other, network, &options, "the checkpoint's training set has SHA-256 ");
    expect_refused(data, "dense 3", &options,
        "network is \"dense 16 relu, dense 3\", and this one is \"dense 3\"");
    options.batch_size = 9;
    expect_refused(data, network, &options, "has batch size 8, so it cannot go on with 9");
    options.batch_size = 8;
    options.learning_rate = 0.003f;
    expect_refused(data, network, &options, "learning rate 0.00200000");
    options.learning_rate = 0;
    options.augment.shift = 2;
    expect_refused(data, network, &options, "augment shift left open, so it cannot go on with 2");
    options.augment.shift = 0;
    options.gemm = "clblast";
    expect_refused(data, network, &options, "products by left open");
    nncl_checkpoint_free(&checkpoint);
    nncl_dataset_free(&data);
    nncl_dataset_free(&other);
}

/* More epochs than at first: the total counts from the start. */
Test(checkpoint, more_epochs_may_be_asked_for)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3);
    struct nncl_checkpoint *checkpoint = first_epoch(data);
    struct nncl_model *wanted = uninterrupted(data), *model = problem_model(network, data);
    const struct nncl_fit_options options = {.resume = checkpoint, .skip_check = true, .epochs = 4};
    OK(nncl_fit(device, model, data, NULL, &options));
    expect_same(model, wanted);
    nncl_checkpoint_free(&checkpoint);
    nncl_model_free(&model);
    nncl_model_free(&wanted);
    nncl_dataset_free(&data);
}

static uint8_t *read_all(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    uint8_t *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static void write_all(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void expect_bad(const char *path)
{
    struct nncl_checkpoint *checkpoint = NULL;
    cr_expect_eq(nncl_checkpoint_load(path, &checkpoint), NNCL_BAD_DATA);
    cr_expect_null(checkpoint);
    cr_expect(strstr(nncl_last_error(), path), "%s", nncl_last_error());
    nncl_checkpoint_free(&checkpoint);
}

Test(checkpoint, a_damaged_file_is_refused)
{
    struct nncl_dataset *data = problem_floats(40, 5, 3);
    struct nncl_checkpoint *checkpoint = first_epoch(data);
    size_t size;
    uint8_t *bytes = read_all("here", &size);
    for (size_t cut = 0; cut < size; cut += cut < 64 ? 1 : 5) {
        write_all("damaged", bytes, cut);
        expect_bad("damaged");
    }
    for (size_t at = 0; at < size; at += at < 64 ? 1 : 3) {
        if (at > 8 && bytes[at] == ' ')
            continue; /* what fills the header up means nothing */
        bytes[at] ^= 1u << at % 8;
        write_all("damaged", bytes, size);
        expect_bad("damaged");
        bytes[at] ^= 1u << at % 8;
    }
    bytes[size] = 0;
    write_all("damaged", bytes, size + 1);
    expect_bad("damaged");
    expect_bad("absent");
    free(bytes);
    nncl_checkpoint_free(&checkpoint);
    nncl_dataset_free(&data);
}

static void count_warning(void *user, enum nncl_log_level level, const char *line)
{
    *(unsigned *)user += level == NNCL_LOG_WARNING && strstr(line, "no checkpoint was written");
}

Test(checkpoint, a_file_that_cannot_be_written_does_not_end_the_training)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3);
    struct nncl_model *wanted = uninterrupted(data), *model = problem_model(network, data);
    struct stop never = {0};
    const struct nncl_fit_options options = options_of("no/such/folder", 2, &never);
    unsigned warnings = 0;
    nncl_log_set(count_warning, &warnings, NNCL_LOG_WARNING);
    OK(nncl_fit(device, model, data, NULL, &options));
    nncl_log_set(NULL, NULL, NNCL_LOG_WARNING);
    cr_expect_eq(warnings, 1);
    expect_same(model, wanted);
    nncl_model_free(&model);
    nncl_model_free(&wanted);
    nncl_dataset_free(&data);
}

/* The last good checkpoint stays when the loss is not finite any more. */
Test(checkpoint, nothing_bad_is_kept)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3);
    struct nncl_model *model = problem_model(network, data);
    struct nncl_checkpoint *checkpoint = NULL;
    struct stop never = {0};
    struct nncl_fit_options options = options_of("here", 1, &never);
    options.learning_rate = 1e38f;
    cr_expect_eq(nncl_fit(device, model, data, NULL, &options), NNCL_NOT_FINITE);
    const char *said = nncl_last_error();
    cr_expect(strstr(said, "the loss is not finite at epoch 1, step 2: first in "), "%s", said);
    cr_expect(strstr(said, "here is kept as it was at epoch 1, step 1"), "%s", said);
    OK(nncl_checkpoint_load("here", &checkpoint));
    cr_expect_eq(nncl_checkpoint_get(checkpoint)->step, 1);
    nncl_checkpoint_free(&checkpoint);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}
