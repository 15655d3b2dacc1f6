/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Optimizers, step by step, against what PyTorch and Keras did with the same gradients
 * (optimizers.py records them). */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "record.h"
#include "support.h"
#include "train/schedule.h"

TestSuite(optimizers, .init = support_folder_make, .fini = support_folder_remove);

enum { PARAMETERS = 5, TENSORS = 6 };

static void read_numbers(const json_t *array, float numbers[PARAMETERS])
{
    cr_assert_eq(json_array_size(array), PARAMETERS);
    for (size_t i = 0; i < PARAMETERS; i++)
        numbers[i] = (float)json_number_value(json_array_get(array, i));
}

/* A step of one optimizer as a plan, and its tensors. */
struct stepper {
    struct nncl_device *device;
    struct nncl_op_list *list;
    struct nncl_tensor *tensors[TENSORS];
    struct nncl_binding bindings[TENSORS];
    size_t count;
    struct nncl_plan *plan;
};

static nncl_tensor_id declare(struct stepper *stepper, enum nncl_type type, size_t size)
{
    const struct nncl_shape shape = {1, {size}};
    nncl_tensor_id id = 0;
    struct nncl_tensor **tensor = &stepper->tensors[stepper->count];
    OK(nncl_op_list_tensor(stepper->list, "t", type, &shape, &id));
    OK(nncl_tensor_create(stepper->device, type, &shape, tensor));
    stepper->bindings[stepper->count++] = (struct nncl_binding){id, *tensor};
    return id;
}

enum { GRADIENT, STATE, LOSS, WEIGHT, SLOTS };

static struct stepper make_stepper(const struct nncl_optimizer *optimizer)
{
    struct stepper stepper = {.device = support_device()};
    const struct nncl_advance_state advance = {.batch = 1, .count = 1000};
    nncl_tensor_id ids[TENSORS];
    OK(nncl_op_list_create(&stepper.list));
    ids[GRADIENT] = declare(&stepper, NNCL_FLOAT32, PARAMETERS);
    ids[STATE] = declare(&stepper, NNCL_UINT32, NNCL_STATE_SIZE);
    ids[LOSS] = declare(&stepper, NNCL_FLOAT32, 1);
    ids[WEIGHT] = declare(&stepper, NNCL_FLOAT32, PARAMETERS);
    for (unsigned i = 0; i < nncl_optimizer_info(optimizer->kind)->slots; i++)
        ids[SLOTS + i] = declare(&stepper, NNCL_FLOAT32, PARAMETERS);
    OK(nncl_op_update(
        stepper.list, optimizer, ids[GRADIENT], ids[STATE], ids[LOSS], ids[WEIGHT], ids + SLOTS));
    OK(nncl_op_advance_state(stepper.list, &advance, ids[LOSS], ids[STATE]));
    OK(nncl_plan_create(
        stepper.device, stepper.list, stepper.bindings, stepper.count, NULL, &stepper.plan));
    return stepper;
}

static void free_stepper(struct stepper *stepper)
{
    nncl_plan_free(&stepper->plan);
    nncl_op_list_free(&stepper->list);
    for (size_t i = 0; i < stepper->count; i++)
        nncl_tensor_free(&stepper->tensors[i]);
    nncl_device_close(&stepper->device);
}

/* Of numbers near 1, each step a few roundings off. */
static void expect_near(const char *name, unsigned step, unsigned tensor, const float *got,
    const float wanted[PARAMETERS])
{
    for (size_t i = 0; i < PARAMETERS; i++) {
        const double bound = 1e-6 * (1 + fabs((double)wanted[i]));
        cr_expect(fabs((double)got[i] - (double)wanted[i]) <= bound,
            "%s, step %u, tensor %u, [%zu]: %.9g, recorded %.9g", name, step + 1, tensor, i,
            (double)got[i], (double)wanted[i]);
    }
}

static void replay(const json_t *record, const json_t *recorded)
{
    const char *text = json_string_value(json_object_get(recorded, "optimizer"));
    const json_t *gradients = json_object_get(record, "gradients");
    const json_t *steps = json_object_get(recorded, "steps");
    const float rate = (float)json_number_value(json_object_get(recorded, "learning_rate"));
    uint32_t state[NNCL_STATE_SIZE] = {0};
    float numbers[PARAMETERS], zero[PARAMETERS] = {0}, got[PARAMETERS];
    struct nncl_optimizer optimizer;
    OK(nncl_optimizer_parse(text, &optimizer));
    struct stepper stepper = make_stepper(&optimizer);
    read_numbers(json_object_get(record, "start"), numbers);
    memcpy(&state[NNCL_STATE_LEARNING_RATE], &rate, sizeof rate);
    OK(nncl_tensor_write(stepper.tensors[WEIGHT], numbers));
    OK(nncl_tensor_write(stepper.tensors[STATE], state));
    OK(nncl_tensor_write(stepper.tensors[LOSS], zero));
    for (size_t i = SLOTS; i < stepper.count; i++)
        OK(nncl_tensor_write(stepper.tensors[i], zero));
    for (unsigned step = 0; step < json_array_size(steps); step++) {
        const json_t *tensors = json_array_get(steps, step);
        read_numbers(json_array_get(gradients, step), numbers);
        OK(nncl_tensor_write(stepper.tensors[GRADIENT], numbers));
        OK(nncl_plan_run(stepper.plan));
        cr_assert_eq(json_array_size(tensors), stepper.count - WEIGHT);
        for (unsigned i = 0; i < json_array_size(tensors); i++) {
            read_numbers(json_array_get(tensors, i), numbers);
            OK(nncl_tensor_read(stepper.tensors[WEIGHT + i], got));
            expect_near(text, step, i, got, numbers);
        }
    }
    free_stepper(&stepper);
}

Test(optimizers, do_what_pytorch_and_keras_do)
{
    json_t *record = record_read("tests/train/optimizers.json");
    size_t index;
    const json_t *recorded;
    json_array_foreach(json_object_get(record, "cases"), index, recorded) replay(record, recorded);
    cr_expect_geq(index, 15);
    json_decref(record);
}

/* ---- Schedules ---- */

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    cr_assert(json_is_number(value), "%s", key);
    return json_number_value(value);
}

static struct nncl_fit_options options_of(const json_t *record, const json_t *recorded)
{
    return (struct nncl_fit_options){.epochs = (uint32_t)number(record, "epochs"),
        .learning_rate = (float)number(record, "rate"),
        .schedule = json_string_value(json_object_get(recorded, "schedule"))};
}

static void expect_rate(const json_t *rates, size_t i, float rate, const char *text)
{
    const double wanted = json_number_value(json_array_get(rates, i));
    cr_expect(fabs((double)rate - wanted) <= 1e-6 * wanted + 1e-8, "%s [%zu]: %.9g, recorded %.9g",
        text, i, (double)rate, wanted);
}

Test(optimizers, rates_are_those_of_pytorch)
{
    json_t *record = record_read("tests/train/optimizers.json");
    const uint32_t steps = (uint32_t)number(record, "epoch_steps");
    size_t index;
    const json_t *recorded;
    json_array_foreach(json_object_get(record, "schedules"), index, recorded)
    {
        const struct nncl_fit_options options = options_of(record, recorded);
        const json_t *rates = json_object_get(recorded, "rates");
        struct nncl_schedule schedule;
        OK(schedule_choose(&options, steps, &schedule));
        cr_assert_eq(json_array_size(rates), steps * options.epochs);
        for (uint32_t i = 0; i < json_array_size(rates); i++)
            expect_rate(rates, i, nncl_schedule_rate(&schedule, i, i / steps), options.schedule);
    }
    cr_expect_eq(index, 7);
    json_decref(record);
}

Test(optimizers, plateaus_are_those_of_pytorch)
{
    json_t *record = record_read("tests/train/optimizers.json");
    const json_t *losses = json_object_get(record, "losses");
    size_t index;
    const json_t *recorded;
    json_array_foreach(json_object_get(record, "plateaus"), index, recorded)
    {
        const struct nncl_fit_options options = options_of(record, recorded);
        const json_t *rates = json_object_get(recorded, "rates");
        struct plateau plateau;
        bool used;
        OK(plateau_begin(&options, &plateau, &used));
        cr_expect(used);
        cr_assert_eq(json_array_size(rates), json_array_size(losses));
        for (size_t i = 0; i < json_array_size(rates); i++) {
            const float before = plateau.rate;
            const bool changes =
                plateau_observe(&plateau, json_number_value(json_array_get(losses, i)));
            cr_expect_eq(changes, plateau.rate != before);
            expect_rate(rates, i, plateau.rate, options.schedule);
        }
    }
    cr_expect_eq(index, 3);
    json_decref(record);
}

static void expect_no_schedule(const char *text, const char *said)
{
    bool by_validation;
    cr_expect_eq(nncl_schedule_parse(text, &by_validation), NNCL_USAGE, "%s", text);
    cr_expect(strstr(nncl_last_error(), said), "%s: %s", text, nncl_last_error());
}

Test(optimizers, text_that_is_no_schedule_is_refused)
{
    expect_no_schedule("", "there is no schedule \"\": it is one of constant, step");
    expect_no_schedule("linear", "there is no schedule \"linear\"");
    expect_no_schedule(
        "constant factor=1", "schedule constant has no \"factor=1\": it takes no numbers");
    expect_no_schedule(
        "cosine factor=0.5", "schedule cosine has no \"factor=0.5\": it takes warmup, end");
    expect_no_schedule("step every=1.5", "should be every=a whole number from 1 to 1e+06");
    expect_no_schedule("step every=0", "should be every=a whole number");
    expect_no_schedule("step factor", "should be factor=a number from 1e-06 to 1");
    expect_no_schedule("exponential factor=2", "should be factor=a number from 1e-06 to 1");
    expect_no_schedule("plateau patience=-1", "should be patience=a whole number");
    expect_no_schedule("cosine warmup=x", "should be warmup=a number");
    const struct nncl_fit_options long_one = {
        .epochs = 3, .learning_rate = 1, .schedule = "cosine warmup=3.5"};
    struct nncl_schedule schedule;
    cr_expect_eq(schedule_choose(&long_one, 10, &schedule), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "3.5 epochs is longer"), "%s", nncl_last_error());
}

/* ---- Texts of optimizers ---- */

static void expect_no(const char *text, const char *said)
{
    struct nncl_optimizer optimizer;
    cr_expect_eq(nncl_optimizer_parse(text, &optimizer), NNCL_USAGE, "%s", text);
    cr_expect(strstr(nncl_last_error(), said), "%s: %s", text, nncl_last_error());
}

Test(optimizers, text_that_is_none_is_refused)
{
    expect_no("", "there is no optimizer \"\": it is one of adam, adamw, nadam, sgd");
    expect_no("lion", "there is no optimizer \"lion\"");
    expect_no("ada", "there is no optimizer \"ada\"");
    expect_no("adam beta3=1", "optimizer adam has no \"beta3=1\": it takes beta1, beta2, epsilon");
    expect_no("adam beta=0.5", "optimizer adam has no \"beta=0.5\"");
    expect_no("adam momentum=0.5", "optimizer adam has no \"momentum=0.5\"");
    expect_no("adam weight_decay=0.5", "optimizer adam has no \"weight_decay=0.5\"");
    expect_no("sgd rho=0.5", "optimizer sgd has no \"rho=0.5\": it takes momentum");
    expect_no("adam beta1", "\"beta1\" should be a name");
    expect_no("adam beta1=", "\"beta1=\" should be a name");
    expect_no("adam beta1=0", "\"beta1=0\" should be a name");
    expect_no("adam beta1=x", "\"beta1=x\" should be a name");
    expect_no("adam beta1=0.5x", "\"beta1=0.5x\" should be a name");
    expect_no("adam beta1=1", "beta1 must be above 0 and below 1, not 1");
    expect_no("rmsprop epsilon=-1", "epsilon must be above 0, not -1");
    expect_no("rmsprop epsilon=0.000000000000000000000000000000000001",
        "should be a name, \"=\" and a number above 0");
}

Test(optimizers, texts_say_the_same)
{
    struct nncl_optimizer one, other;
    OK(nncl_optimizer_parse("  adam  ", &one));
    OK(nncl_optimizer_parse("adam beta1=0.9 epsilon=1e-7", &other));
    cr_expect_eq(memcmp(&one, &other, sizeof one), 0);
    OK(nncl_optimizer_parse("sgd momentum=0.9", &one));
    OK(nncl_optimizer_parse("momentum", &other));
    cr_expect_eq(memcmp(&one, &other, sizeof one), 0);
}
