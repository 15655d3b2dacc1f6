/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl where no device is needed: usage, help, and whole runs on the reference. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pictures.h"
#include "run.h"
#include "schema.h"

static void enter(void)
{
    scratch_enter();
    data_folder_make("data");
    setenv("NNCL_DATA_DIR", "data", 1);
    setenv("NNCL_DEVICE", "ref", 1);
}

TestSuite(mnist_cl, .init = enter, .fini = scratch_leave);

static const char *const last_model = "nncl/last.safetensors";

static bool exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* Whether a text's last line is exactly this. */
static bool ends_with_line(const char *text, const char *line)
{
    size_t length = strlen(text), wanted = strlen(line);
    return length > wanted && text[length - 1] == '\n' &&
           strncmp(text + length - wanted - 1, line, wanted) == 0 &&
           (length == wanted + 1 || text[length - wanted - 2] == '\n');
}

static void expect_usage(const char *arguments, const char *message)
{
    struct outcome outcome = RUN(2, "mnist-cl %s", arguments);
    EXPECT_IN(outcome.err, message);
    cr_expect(strncmp(outcome.err, "mnist-cl: ", 10) == 0, "%s", outcome.err);
    cr_expect_str_empty(outcome.out);
    outcome_free(&outcome);
}

Test(mnist_cl, usage_errors_say_what_was_meant)
{
    expect_usage("trian", "no command \"trian\"; did you mean \"train\"?");
    expect_usage("--bacth-size 3", "did you mean \"--batch-size\"?");
    expect_usage("train --sed 3", "did you mean \"--seed\"?");
    expect_usage("train more", "train takes no argument, but was given \"more\"");
    expect_usage("eval --epochs 3", "\"train\" has it");
    expect_usage("--quiet --verbose", "contradict");
    expect_usage("predict", "predict needs [MODEL] FILE.png...");
    expect_usage("predict model.safetensors", "needs pictures");
}

Test(mnist_cl, values_are_read_strictly)
{
    static const char *const whole[] = {"0", "-1", "1.5", "1e3", "3x", " 3", "0x10", "99999999999"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        char arguments[64];
        snprintf(arguments, sizeof arguments, "--epochs '%s'", whole[i]);
        expect_usage(arguments, "--epochs needs a whole number from 1 to 1000000");
    }
    expect_usage("--batch-size 0", "--batch-size needs a whole number from 1");
    expect_usage("--seed -1", "--seed needs a whole number from 0");
    static const char *const real[] = {"nan", "inf", "0", "-0.1", "0x1p-3", "1e39", "0.1x"};
    for (size_t i = 0; i < sizeof real / sizeof *real; i++) {
        char arguments[64];
        snprintf(arguments, sizeof arguments, "--lr %s", real[i]);
        expect_usage(arguments, "--lr needs a number");
    }
    static const char *const hidden[] = {"128,,64", "0", "128,", ",1", "1 2", "-3", "65537", "x"};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        char arguments[64];
        snprintf(arguments, sizeof arguments, "--hidden '%s'", hidden[i]);
        expect_usage(arguments, "--hidden needs widths from 1 to 65536 separated by commas");
    }
    expect_usage("--model mlp --hidden 5", "--model and --hidden both say which network it is");
    expect_usage("models \"dense 5 rleu\"", "word 3 (\"rleu\", column 9)");
    expect_usage("--save one --json ./one", "--save and --json both name ./one");
}

Test(mnist_cl, help_and_version_need_nothing)
{
    static const char *const calls[] = {"--help", "-h", "help", "train --help", "eval --help",
        "predict --help", "models --help", "report --help"};
    setenv("NNCL_DATA_DIR", "/no/such/folder", 1);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct outcome outcome = RUN(0, "mnist-cl %s", calls[i]);
        EXPECT_IN(outcome.out, "Usage: mnist-cl ");
        cr_expect_str_empty(outcome.err);
        outcome_free(&outcome);
    }
    struct outcome outcome = RUN(0, "mnist-cl --version");
    EXPECT_IN(outcome.out, "mnist-cl 0.1.0\n");
    EXPECT_IN(outcome.out, "OpenCL loader: ");
    EXPECT_IN(outcome.out, "CLBlast: ");
    outcome_free(&outcome);
}

Test(mnist_cl, models_are_listed_and_shown)
{
    struct outcome outcome = RUN(0, "mnist-cl models");
    EXPECT_IN(outcome.out, "mlp: ");
    EXPECT_IN(outcome.out, "    dense 128 relu, dense 10\n    101770 parameters");
    EXPECT_IN(outcome.out, " about 0.992 with --epochs 15 --batch-size 128\n");
    EXPECT_IN(
        outcome.out, " --batch-size 64 --optimizer adadelta --schedule 'exponential factor=0.7' ");
    outcome_free(&outcome);
    outcome = RUN(0, "printf 'dense 20 relu\\ndense classes' >net.nncl; mnist-cl models net.nncl");
    EXPECT_IN(outcome.out, "28 x 28 x 1 inputs, dense 20 relu, dense 10\n");
    EXPECT_IN(outcome.out, "Total params: 15,910\n");
    outcome_free(&outcome);
}

Test(mnist_cl, a_run_from_training_to_prediction)
{
    struct outcome outcome = RUN(0, "mnist-cl --epochs 4 --lr 0.003");
    EXPECT_IN(outcome.out, "Total params: 101,770\n");
    EXPECT_IN(outcome.out, "\nEpoch 4/4 - 20/20 - ");
    EXPECT_IN(outcome.out, " - val_accuracy: ");
    cr_expect(ends_with_line(outcome.out, "Test accuracy: 1.0000"), "%s", outcome.out);
    EXPECT_NOT_IN(outcome.out, "\r");
    EXPECT_NOT_IN(outcome.err, "\r");
    EXPECT_IN(outcome.err, "mnist-cl: device ref");
    EXPECT_IN(outcome.err, "mnist-cl: data: data, 640 pictures to train, 200 to test");
    EXPECT_IN(outcome.err, "mnist-cl: seed 1\n");
    EXPECT_IN(outcome.err, "nncl/last.safetensors");
    cr_expect(exists(last_model));
    outcome_free(&outcome);

    outcome = RUN(0, "mnist-cl eval");
    EXPECT_IN(outcome.out, "Accuracy: 1.0000\n");
    EXPECT_IN(outcome.out, "macro");
    EXPECT_IN(outcome.out, "Confusion matrix");
    EXPECT_NOT_IN(outcome.out, "Test accuracy");
    outcome_free(&outcome);

    uint8_t stroke[PIXELS] = {0};
    for (size_t y = 5; y < 23; y++)
        memset(stroke + y * SIDE + 12, 255, 4);
    png_write("one.png", stroke, PNG_PLAIN);
    outcome = RUN(0, "mnist-cl predict one.png");
    cr_expect(strncmp(outcome.out, "one.png: ", 9) == 0, "%s", outcome.out);
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl predict %s one.png one.png", last_model);
    cr_expect_not_null(strstr(outcome.out, "\none.png: "), "%s", outcome.out);
    outcome_free(&outcome);
}

Test(mnist_cl, quiet_leaves_the_result)
{
    struct outcome outcome = RUN(0, "mnist-cl train --quiet --epochs 4 --lr 0.003 --save model");
    cr_expect_str_eq(outcome.out, "Test accuracy: 1.0000\n");
    EXPECT_IN(outcome.err, "seed 1");
    cr_expect(exists("model"));
    cr_expect_not(exists(last_model));
    outcome_free(&outcome);
}

#define EXAMPLE_SCHEMA                                                                             \
    "{'row': 'integer', 'label': 'integer', 'predicted': 'integer', 'probability': 'number', "     \
    "'png': 'string'}"

static const char *const train_schema =
    "{'nncl': 'string', 'device': {'selector': 'string', 'name': 'string', 'platform': 'string', "
    "'driver': 'string', 'compute_units': 'integer', 'choice': 'string'}, 'options': {'epochs': "
    "'integer', 'batch_size': 'integer', 'accumulate': 'integer', 'init': 'string', 'normalise': "
    "'string', "
    "'augment': 'string', 'validation_split': 'number', "
    "'optimizer': 'string', 'momentum': 'number|null', 'weight_decay': 'number|null', "
    "'clip_norm': 'number|null', 'clip_value': 'number|null', 'ema_decay': 'number', "
    "'learning_rate': 'number', "
    "'schedule': 'string', 'loss': 'string', 'label_smoothing': 'number', "
    "'network': 'string', 'gemm': 'string', 'conv': 'string', 'early_stop': 'integer|null', "
    "'min_delta': 'number', 'monitor': 'string', "
    "'keep_best': 'boolean'}, 'best_epoch': 'integer|null', 'ended_early': 'boolean', 'layers': "
    "[{'type': 'string', 'name': 'string|null', 'joined': 'string|null', 'output': ['integer'], "
    "'parameters': 'integer'}], "
    "'seed': 'integer', 'data': {'source': 'string', 'sha256': 'string', 'generated': "
    "'boolean', 'train_rows': 'integer', 'validation_rows': 'integer', 'test_rows': 'integer'}, "
    "'host_waits': 'integer', "
    "'epochs': [{'loss': 'number', 'accuracy': 'number', 'val_loss': 'number', 'val_accuracy': "
    "'number', 'learning_rate': 'number', 'seconds': 'number', 'train_seconds': 'number'}], "
    "'test_loss': 'number|null', "
    "'test_accuracy': 'number|null', '?launches': [{'kernel': 'string', 'provider': 'string', "
    "'op': 'string', 'way': 'string', 'fused': 'string', 'shape': ['integer'], 'flop': 'integer', "
    "'bytes': "
    "'integer'}], '?profile': [{'phase': 'string', 'kernel': 'string', 'provider': 'string', "
    "'shape': 'string', 'launches': 'integer', 'seconds': 'number', 'flop': 'number', 'bytes': "
    "'number'}], '?evaluation': " EVALUATION_SCHEMA ", '?examples': {'wrong': [" EXAMPLE_SCHEMA
    "], 'right': [" EXAMPLE_SCHEMA "]}}";

Test(mnist_cl, json_has_the_keys_promised)
{
    struct outcome outcome =
        RUN(0, "mnist-cl -q --epochs 2 --seed 5 --explain --profile --json out.json && "
               "cat out.json >&2");
    json_t *record = expect_json(strchr(outcome.err, '{'), train_schema);
    cr_expect_eq(json_integer_value(json_object_get(record, "seed")), 5);
    cr_expect_eq(json_array_size(json_object_get(record, "epochs")), 2);
    cr_expect(json_is_real(json_object_get(record, "test_accuracy")));
    cr_expect_eq(json_array_size(json_object_get(record, "layers")), 3);
    const json_t *last = json_array_get(json_object_get(record, "epochs"), 1);
    cr_expect_float_eq(json_real_value(json_object_get(last, "learning_rate")), 0.001, 1e-8);
    const json_t *confusion = json_object_get(json_object_get(record, "evaluation"), "confusion");
    cr_expect_eq(json_array_size(confusion), 10);
    const json_t *right = json_object_get(json_object_get(record, "examples"), "right");
    cr_expect_eq(json_array_size(right), 12);
    cr_expect_eq(json_array_size(json_object_get(record, "launches")), 22);
    cr_expect_gt(json_array_size(json_object_get(record, "profile")), 22);
    json_decref(record);
    outcome_free(&outcome);

    outcome = RUN(0, "mnist-cl eval --json");
    json_t *evaluation = expect_json(outcome.out, evaluation_schema);
    cr_expect_eq(json_array_size(json_object_get(evaluation, "confusion")), 10);
    json_decref(evaluation);
    outcome_free(&outcome);
}

static double number_of(json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void expect_text(const json_t *object, const char *key, const char *wanted)
{
    const char *text = json_string_value(json_object_get(object, key));
    cr_expect(text && strcmp(text, wanted) == 0, "%s: %s", key, text ? text : "no text");
}

/* A layer that adds another one's output says which, also on the page. */
Test(mnist_cl, the_record_names_layers)
{
    struct outcome outcome =
        RUN(0, "mnist-cl -q --epochs 1 --conv product --model 'dense 9 relu as first, dense 9, add "
               "first, dense 10' --json out.json && mnist-cl report out.json && cat out.json >&2");
    json_t *record = expect_json(strchr(outcome.err, '{'), train_schema);
    const json_t *layers = json_object_get(record, "layers");
    expect_text(json_array_get(layers, 1), "name", "first");
    expect_text(json_array_get(layers, 3), "joined", "first");
    expect_text(json_object_get(record, "options"), "conv", "product");
    json_decref(record);
    outcome_free(&outcome);
    outcome = RUN(0, "grep -o 'add first</td>' out.html && grep -o 'relu as first</td>' out.html");
    outcome_free(&outcome);
}

/* The pictures set aside are validated with; the test set is seen at the end only. */
Test(mnist_cl, a_part_of_the_training_set_validates)
{
    struct outcome outcome =
        RUN(0, "mnist-cl -q --epochs 2 --validation-split 0.25 --json out.json "
               "&& cat out.json && mnist-cl eval --json >&2");
    EXPECT_IN(outcome.err, "validation: 160 pictures set aside by seed, 480 left to train");
    json_t *record = json_loads(strchr(outcome.out, '{'), 0, NULL);
    json_t *evaluation = json_loads(strstr(outcome.err, "{\n"), 0, NULL);
    json_t *data = json_object_get(record, "data");
    json_t *last = json_array_get(json_object_get(record, "epochs"), 1);
    cr_expect_eq(number_of(data, "train_rows"), 480);
    cr_expect_eq(number_of(data, "validation_rows"), 160);
    cr_expect_float_eq(number_of(record, "test_loss"), number_of(evaluation, "loss"), 1e-6);
    cr_expect_neq(number_of(record, "test_loss"), number_of(last, "val_loss"));
    json_decref(record);
    json_decref(evaluation);
    outcome_free(&outcome);
    expect_usage("--validation-split 1", "--validation-split needs a number from 0 to 0.99");
}

/* The settings in out.json. */
static json_t *settings_used(void)
{
    json_t *record = json_load_file("out.json", 0, NULL);
    json_t *options = json_incref(json_object_get(record, "options"));
    json_decref(record);
    return options;
}

static void expect_settings(double epochs, double batch_size)
{
    json_t *options = settings_used();
    cr_expect_eq(number_of(options, "epochs"), epochs);
    cr_expect_eq(number_of(options, "batch_size"), batch_size);
    json_decref(options);
}

/* They come with the preset, give way to options, and are not mixed into a training resumed. */
Test(mnist_cl, presets_have_settings)
{
    struct outcome outcome =
        RUN(5, "mnist-cl -q --model lenet5 --lr 1e38 --epochs 7 --json out.json");
    expect_settings(7, 64);
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl -q --model mlp --epochs 1 --batch-size 40 --checkpoint check && "
                     "mnist-cl -q --resume check --model mlp --json out.json");
    expect_settings(1, 40);
    outcome_free(&outcome);
}

/* The textbook network; eval and predict know its loss from the model. */
Test(mnist_cl, losses_are_the_models)
{
    struct outcome outcome = RUN(0, "mnist-cl -q --model 'dense 30 sigmoid, dense 10 sigmoid' "
                                    "--loss mse --lr 0.01 --epochs 4 --json out.json && "
                                    "cat out.json && mnist-cl eval --json >&2");
    json_t *record = expect_json(strchr(outcome.out, '{'), train_schema);
    json_t *evaluation = json_loads(strstr(outcome.err, "{\n"), 0, NULL);
    cr_expect_str_eq(json_string_value(json_object_get(json_object_get(record, "options"), "loss")),
        "mean_squared_error");
    cr_expect_float_eq(number_of(record, "test_loss"), number_of(evaluation, "loss"), 1e-6);
    cr_expect_gt(number_of(record, "test_accuracy"), 0.95);
    cr_expect_lt(number_of(record, "test_loss"), 0.3);
    json_decref(record);
    json_decref(evaluation);
    outcome_free(&outcome);

    outcome = RUN(0, "mnist-cl -q --loss bce --label-smoothing 0.1 --epochs 2 --checkpoint c "
                     "--save whole && mnist-cl report out.json && grep mean_squared out.html >&2");
    outcome_free(&outcome);
    expect_usage("--resume c --loss mse",
        "--loss mean_squared_error contradicts c, whose training goes on with --loss "
        "binary_crossentropy");
    expect_usage("--resume c --label-smoothing 0.2", "--label-smoothing 0.1");
    outcome =
        RUN(0, "mnist-cl -q --resume c --loss bce --epochs 2 --save again && cmp whole again");
    outcome_free(&outcome);

    expect_usage("--loss hinge", "there is no loss \"hinge\"; known are");
    expect_usage("--loss mse --label-smoothing 0.1", "--label-smoothing is for cross-entropies");
    expect_usage("--label-smoothing 1", "--label-smoothing needs a number from 0 to 0.99");
}

/* 0 switches off what may be switched off, in a sweep for instance. */
Test(mnist_cl, zero_is_none)
{
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 1 --optimizer sgd --momentum 0 "
                                    "--weight-decay 0 --clip-norm 0 --clip-value 0 --save zeros && "
                                    "mnist-cl -q --epochs 1 --optimizer sgd --weight-decay 0.1 "
                                    "--checkpoint c --save other && "
                                    "mnist-cl -q --epochs 1 --optimizer sgd --save plain && "
                                    "cmp zeros plain && ! cmp -s other plain");
    outcome_free(&outcome);
    expect_usage("--optimizer adamw --weight-decay 0", "leaves nothing of adamw but adam");
    expect_usage("--optimizer nesterov --momentum 0", "leaves nothing of nesterov but gradient");
    expect_usage("--weight-decay -0.1", "--weight-decay needs a number from 1e-30");
    expect_usage("--resume c --weight-decay 0", "--weight-decay 0 contradicts c, whose training "
                                                "goes on with --weight-decay 0.1");
}

/* The averages are validated and saved, and they can be evaluated again. */
Test(mnist_cl, weights_are_averaged)
{
    struct outcome outcome =
        RUN(0, "mnist-cl --epochs 2 --ema 0.9 --explain --json out.json "
               "--checkpoint c --save whole && mnist-cl eval --json whole >&2");
    EXPECT_IN(outcome.out, "ema");
    json_t *record = json_load_file("out.json", 0, NULL);
    json_t *evaluation = json_loads(strstr(outcome.err, "{\n"), 0, NULL);
    cr_expect_eq(number_of(json_object_get(record, "options"), "ema_decay"), 0.9);
    cr_expect_float_eq(number_of(record, "test_loss"), number_of(evaluation, "loss"), 1e-6);
    json_decref(record);
    json_decref(evaluation);
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl -q --epochs 2 --save plain && ! cmp -s whole plain");
    outcome_free(&outcome);
    expect_usage("--resume c --ema 0.8", "--ema 0.8 contradicts c");
    expect_usage("--ema 1", "--ema needs a number from 0 to 0.999999");
    expect_usage("--ema -0.1", "--ema needs a number from 0 to 0.999999");
}

/* What validation chooses, and that the test set chooses nothing. */
Test(mnist_cl, the_best_epoch_is_kept)
{
    struct outcome outcome =
        RUN(0, "mnist-cl --epochs 30 --lr 0.05 --validation-split 0.25 --early-stop 2 --keep-best "
               "--monitor val_accuracy --json out.json && cat out.json >&2");
    json_t *record = expect_json(strchr(outcome.err, '{'), train_schema);
    const size_t count = json_array_size(json_object_get(record, "epochs"));
    const json_int_t best = json_integer_value(json_object_get(record, "best_epoch"));
    cr_expect_lt(count, 30);
    cr_expect_eq((size_t)best + 2, count);
    cr_expect(json_is_true(json_object_get(record, "ended_early")));
    EXPECT_IN(outcome.err, ": val_accuracy did not get better for 2 epochs\n");
    EXPECT_IN(outcome.err, ", whose model is taken\n");
    json_decref(record);
    outcome_free(&outcome);
    expect_usage("--early-stop 2", "--early-stop needs --validation-split X, such as 0.1");
    expect_usage("--keep-best", "--keep-best needs --validation-split X, such as 0.1");
    expect_usage(
        "--monitor accuracy", "--monitor needs val_loss or val_accuracy, not \"accuracy\"");
    expect_usage("--monitor val_loss", "--monitor needs --early-stop N or --keep-best");
    expect_usage("--min-delta 1", "--min-delta needs --early-stop N");
    expect_usage("--early-stop 0", "--early-stop needs a whole number from 1");
}

Test(mnist_cl, the_same_seed_gives_the_same_file)
{
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 1 --save one && mnist-cl -q --epochs 1 "
                                    "--save two && cmp one two && mnist-cl -q --epochs 1 --seed 2 "
                                    "--save three && ! cmp -s one three");
    outcome_free(&outcome);
}

Test(mnist_cl, bad_pictures_do_not_stop_the_others)
{
    uint8_t stroke[PIXELS] = {0}, blank[PIXELS] = {0};
    for (size_t y = 5; y < 23; y++)
        memset(stroke + y * SIDE + 12, 255, 4);
    png_write("good.png", stroke, PNG_ENLARGED);
    png_write("blank.png", blank, PNG_PLAIN);
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 1 && head -c 100 good.png >cut.png && "
                                    "echo no picture >text.png");
    outcome_free(&outcome);
    outcome = RUN(7, "mnist-cl predict blank.png cut.png text.png missing.png good.png");
    cr_expect(strncmp(outcome.out, "good.png: ", 10) == 0, "%s", outcome.out);
    EXPECT_IN(outcome.err, "blank.png");
    EXPECT_IN(outcome.err, "cut.png");
    EXPECT_IN(outcome.err, "text.png");
    EXPECT_IN(outcome.err, "missing.png");
    outcome_free(&outcome);
    outcome = RUN(7, "mnist-cl predict --json %s blank.png good.png", last_model);
    json_t *value = expect_json(outcome.out,
        "{'predictions': [{'file': 'string', '?error': 'string', '?class': 'integer', "
        "'?probability': 'number', '?next': [{'class': 'integer', 'probability': 'number'}]}]}");
    cr_expect_eq(json_array_size(json_object_get(value, "predictions")), 2);
    json_decref(value);
    outcome_free(&outcome);
}

Test(mnist_cl, bad_data_and_models_are_named)
{
    struct outcome outcome = RUN(7, "mnist-cl --data nowhere");
    EXPECT_IN(outcome.err, "nowhere");
    EXPECT_NOT_IN(outcome.out, "ccuracy");
    outcome_free(&outcome);
    outcome = RUN(7, "cp -r data cut && truncate -s 1000 cut/train-images-idx3-ubyte && mnist-cl "
                     "--data cut");
    EXPECT_IN(outcome.err, "train-images-idx3-ubyte");
    outcome_free(&outcome);
    outcome = RUN(7, "mnist-cl eval");
    EXPECT_IN(outcome.err, "mnist-cl train"); /* what makes the model that is missing */
    outcome_free(&outcome);
    outcome = RUN(7, "head -c 1000 data/t10k-images-idx3-ubyte >model && mnist-cl eval model");
    EXPECT_IN(outcome.err, "model");
    outcome_free(&outcome);
}

Test(mnist_cl, results_that_cannot_be_written_are_errors)
{
    struct outcome outcome = RUN(1, "mnist-cl --epochs 1 >/dev/full");
    EXPECT_IN(outcome.err, "cannot write to standard output: No space left on device");
    outcome_free(&outcome);
    outcome = RUN(1, "mnist-cl --epochs 1 --save /dev/full");
    EXPECT_IN(outcome.err, "/dev/full: No space left on device");
    outcome_free(&outcome);
    outcome = RUN(1, "mnist-cl --epochs 1 --json /dev/full");
    EXPECT_IN(outcome.err, "/dev/full: No space left on device");
    outcome_free(&outcome);
    outcome = RUN(1, "mnist-cl --save no/such/folder/model");
    EXPECT_IN(outcome.err, "no/such/folder/model");
    EXPECT_NOT_IN(outcome.err, "seed"); /* found out before any work was done */
    outcome_free(&outcome);
}

Test(mnist_cl, a_loss_that_is_not_finite_ends_the_run)
{
    struct outcome outcome = RUN(5, "mnist-cl --lr 1e38 --save model");
    EXPECT_IN(outcome.err, "not finite at epoch 1, step 2: first in layer 0 (dense)");
    EXPECT_NOT_IN(outcome.out, "ccuracy: ");
    cr_expect_not(exists("model"));
    outcome_free(&outcome);
}

static void interrupt(const char *signal, int status)
{
    struct outcome outcome = RUN(status,
        "mnist-cl --epochs 100000 --save model --json out.json & sleep 1; kill -%s $!; wait $!",
        signal);
    EXPECT_IN(outcome.err, "interrupted in epoch ");
    EXPECT_IN(outcome.err, "model saved to model");
    EXPECT_NOT_IN(outcome.out, "Test accuracy");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl eval model --json");
    outcome_free(&outcome);
    outcome = RUN(0, "cat out.json");
    json_t *record = expect_json(outcome.out, train_schema);
    cr_expect(json_is_null(json_object_get(record, "test_accuracy")));
    cr_expect_null(json_object_get(record, "evaluation"));
    json_decref(record);
    outcome_free(&outcome);
}

Test(mnist_cl, ctrl_c_saves_the_model)
{
    interrupt("INT", 130);
}

Test(mnist_cl, so_does_sigterm)
{
    interrupt("TERM", 143);
}
