/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whole lists: a training step on the device against the reference, and single values through a
 * plan. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/plan.h>

#include "base/philox.h"
#include "ops/op.h"
#include "support.h"

TestSuite(list, .init = support_folder_make, .fini = support_folder_remove);

enum { ROWS = 41, BATCH = 13, FEATURES = 19, HIDDEN = 33, CLASSES = 7, MAX_TENSORS = 24 };

/* A list, and storage for the tensors it declares. */
struct run {
    struct nncl_device *device;
    struct nncl_op_list *list;
    struct nncl_binding bindings[MAX_TENSORS];
    size_t count;
    struct nncl_plan *plan;
};

#define OK(call) cr_assert_eq((call), NNCL_OK, "%s", nncl_last_error())

static void begin(struct run *run, struct nncl_device *device)
{
    *run = (struct run){.device = device};
    OK(nncl_op_list_create(&run->list));
}

static nncl_tensor_id declare(
    struct run *run, enum nncl_type type, struct nncl_shape shape, const void *values)
{
    struct nncl_binding *binding = &run->bindings[run->count++];
    cr_assert_leq(run->count, MAX_TENSORS);
    OK(nncl_op_list_tensor(run->list, "t", type, &shape, &binding->id));
    OK(nncl_tensor_create(run->device, type, &shape, &binding->tensor));
    if (values)
        OK(nncl_tensor_write(binding->tensor, values));
    return binding->id;
}

/* Contents that are the same on every device. */
static float uniform(size_t i, uint32_t stream)
{
    uint32_t out[4];
    nncl_philox((const uint32_t[4]){(uint32_t)i, stream, 0, 0}, (const uint32_t[2]){1, 2}, out);
    return nncl_uniform(out[0]);
}

static nncl_tensor_id declare_weights(struct run *run, struct nncl_shape shape)
{
    float values[FEATURES * HIDDEN];
    size_t elements = nncl_shape_elements(&shape);
    for (size_t i = 0; i < elements; i++)
        values[i] = 0.5f * (uniform(i, (uint32_t)run->count) - 0.5f);
    return declare(run, NNCL_FLOAT32, shape, values);
}

static void make_plan(struct run *run)
{
    OK(nncl_plan_create(run->device, run->list, run->bindings, run->count, NULL, &run->plan));
}

static void end(struct run *run)
{
    OK(nncl_device_finish(run->device));
    nncl_plan_free(&run->plan);
    for (size_t i = 0; i < run->count; i++)
        nncl_tensor_free(&run->bindings[i].tensor);
    nncl_op_list_free(&run->list);
    nncl_device_close(&run->device);
}

struct data {
    nncl_tensor_id features, labels, state, x, y;
};

static struct data build_data(struct run *run)
{
    static uint8_t bytes[ROWS * FEATURES];
    static uint32_t classes[ROWS];
    for (size_t i = 0; i < ROWS * FEATURES; i++)
        bytes[i] = (uint8_t)(256 * uniform(i, 100));
    for (size_t i = 0; i < ROWS; i++)
        classes[i] = (uint32_t)(CLASSES * uniform(i, 101));
    const float rate = 0.01f;
    uint32_t state[NNCL_STATE_SIZE] = {0};
    memcpy(&state[NNCL_STATE_LEARNING_RATE], &rate, sizeof rate);
    struct data data = {
        .features = declare(run, NNCL_UINT8, SHAPE(ROWS, FEATURES), bytes),
        .labels = declare(run, NNCL_UINT32, SHAPE(ROWS), classes),
        .state = declare(run, NNCL_UINT32, SHAPE(NNCL_STATE_SIZE), state),
    };
    nncl_tensor_id rows;
    const struct nncl_permute permute = {.seed = 5, .count = ROWS, .shuffle = true};
    OK(nncl_op_permute(run->list, &permute, BATCH, data.state, &rows));
    OK(nncl_op_gather(run->list, &(struct nncl_gather){.scale = 1.0f / 255, .shift = -0.5f},
        data.features, rows, &data.x));
    OK(nncl_op_gather(run->list, NULL, data.labels, rows, &data.y));
    return data;
}

static void update(struct run *run, struct data data, nncl_tensor_id batch_loss,
    nncl_tensor_id gradient, nncl_tensor_id w)
{
    const struct nncl_shape shape = op_shape(run->list, w);
    nncl_tensor_id m = declare(run, NNCL_FLOAT32, shape, NULL);
    nncl_tensor_id v = declare(run, NNCL_FLOAT32, shape, NULL);
    const nncl_tensor_id slots[] = {m, v};
    OK(nncl_op_update(run->list, NULL, gradient, data.state, batch_loss, w, slots));
}

/* A network of one hidden layer: every op of this library, once at least. */
static void build_step(struct run *run)
{
    struct nncl_op_list *list = run->list;
    struct data data = build_data(run);
    nncl_tensor_id w1 = declare_weights(run, SHAPE(HIDDEN, FEATURES));
    nncl_tensor_id b1 = declare_weights(run, SHAPE(HIDDEN));
    nncl_tensor_id w2 = declare_weights(run, SHAPE(CLASSES, HIDDEN));
    nncl_tensor_id b2 = declare_weights(run, SHAPE(CLASSES));
    nncl_tensor_id metrics = declare(run, NNCL_UINT32, SHAPE(NNCL_METRICS_SIZE), NULL);
    nncl_tensor_id counts = declare(run, NNCL_UINT32, SHAPE(CLASSES, CLASSES), NULL);
    const struct nncl_matmul plain = {0}, left = {.transpose_a = true},
                             right = {.transpose_b = true};
    nncl_tensor_id h, z, loss, predicted, batch_loss, dz, dh, dw1, db1, dw2, db2;
    OK(nncl_op_matmul(list, &right, data.x, w1, &h));
    OK(nncl_op_bias(list, h, b1, &h));
    OK(nncl_op_relu(list, h, &h));
    OK(nncl_op_matmul(list, &right, h, w2, &z));
    OK(nncl_op_bias(list, z, b2, &z));
    OK(nncl_op_softmax_xent(list, z, data.y, &loss, &predicted));
    OK(nncl_op_metrics(list, loss, predicted, data.y, metrics, &batch_loss));
    OK(nncl_op_confusion(list, data.y, predicted, counts));
    OK(nncl_op_softmax_xent_backward(list, z, data.y, &dz));
    OK(nncl_op_matmul(list, &left, dz, h, &dw2));
    OK(nncl_op_bias_backward(list, dz, &db2));
    OK(nncl_op_matmul(list, &plain, dz, w2, &dh));
    OK(nncl_op_relu_backward(list, h, dh, &dh));
    OK(nncl_op_matmul(list, &left, dh, data.x, &dw1));
    OK(nncl_op_bias_backward(list, dh, &db1));
    update(run, data, batch_loss, dw1, w1);
    update(run, data, batch_loss, db1, b1);
    update(run, data, batch_loss, dw2, w2);
    update(run, data, batch_loss, db2, b2);
    const struct nncl_advance_state advance = {.batch = BATCH, .count = ROWS};
    OK(nncl_op_advance_state(list, &advance, batch_loss, data.state));
}

static void *read_tensor(const struct nncl_tensor *tensor, size_t *elements)
{
    *elements = nncl_shape_elements(nncl_tensor_shape(tensor));
    void *values = malloc(*elements * nncl_type_size(nncl_tensor_type(tensor)));
    cr_assert_not_null(values);
    OK(nncl_tensor_read((struct nncl_tensor *)tensor, values));
    return values;
}

/* Floats within 1e-5, a thousandth of the learning rate; integers equal, except the metrics' sum.
 */
static void compare(const struct run *got, const struct run *wanted, size_t index)
{
    size_t elements;
    void *ours = read_tensor(got->bindings[index].tensor, &elements);
    void *theirs = read_tensor(wanted->bindings[index].tensor, &elements);
    enum nncl_type type = nncl_tensor_type(got->bindings[index].tensor);
    bool metrics = type == NNCL_UINT32 && elements == NNCL_METRICS_SIZE;
    if (type == NNCL_FLOAT32) {
        for (size_t i = 0; i < elements; i++)
            cr_expect_float_eq(((float *)ours)[i], ((float *)theirs)[i], 1e-5,
                "tensor %zu element %zu: %g, not %g", index, i, (double)((float *)ours)[i],
                (double)((float *)theirs)[i]);
    } else if (metrics) {
        cr_expect_float_eq(((float *)ours)[0], ((float *)theirs)[0], 1e-4);
        cr_expect_arr_eq((uint32_t *)ours + 2, (uint32_t *)theirs + 2, 2 * sizeof(uint32_t));
    } else {
        cr_expect_arr_eq(ours, theirs, elements * nncl_type_size(type), "tensor %zu", index);
    }
    free(ours);
    free(theirs);
}

Test(list, training_steps_equal_the_reference)
{
    struct run got, wanted;
    begin(&got, support_device());
    struct nncl_device *reference = NULL;
    OK(nncl_device_open("ref", &reference));
    begin(&wanted, reference);
    build_step(&got);
    build_step(&wanted);
    make_plan(&got);
    make_plan(&wanted);
    for (int step = 0; step < 3; step++) { /* the third ends at row 39 of 41 */
        OK(nncl_plan_run(got.plan));
        OK(nncl_plan_run(wanted.plan));
    }
    cr_assert_eq(got.count, wanted.count);
    for (size_t i = 0; i < got.count; i++)
        compare(&got, &wanted, i);
    end(&got);
    end(&wanted);
}

/* A tensor of the list read back after one run. */
static void run_and_read(struct run *run, nncl_tensor_id id, void *values)
{
    make_plan(run);
    OK(nncl_plan_run(run->plan));
    OK(nncl_plan_read(run->plan, id, values));
}

Test(list, permutation_has_the_same_bits_as_in_c)
{
    enum { COUNT = 60000 };
    static uint32_t rows[COUNT];
    const uint32_t state[NNCL_STATE_SIZE] = {[NNCL_STATE_EPOCH] = 4};
    struct run run;
    nncl_tensor_id id;
    begin(&run, support_device());
    nncl_tensor_id state_id = declare(&run, NNCL_UINT32, SHAPE(NNCL_STATE_SIZE), state);
    const struct nncl_permute permute = {
        .seed = 0x123456789abcdef0, .count = COUNT, .shuffle = true};
    OK(nncl_op_permute(run.list, &permute, COUNT, state_id, &id));
    run_and_read(&run, id, rows);
    for (uint32_t i = 0; i < COUNT; i++)
        cr_assert_eq(rows[i], nncl_permuted(permute.seed, 4, COUNT, i), "position %u", i);
    end(&run);
}

Test(list, cross_entropy_of_huge_and_of_equal_logits)
{
    const float x[4 * 3] = {1e4f, -1e4f, -1e4f, -1e4f, 1e4f, 1e4f, 7, 7, 7, 0, 0, 1e4f};
    const uint32_t labels[4] = {0, 0, 2, 2};
    const float expected[4] = {0, 20000 + 0.6931472f, 1.0986123f, 0};
    float loss[4];
    struct run run;
    nncl_tensor_id loss_id, predicted;
    begin(&run, support_device());
    nncl_tensor_id logits = declare(&run, NNCL_FLOAT32, SHAPE(4, 3), x);
    nncl_tensor_id label_id = declare(&run, NNCL_UINT32, SHAPE(4), labels);
    OK(nncl_op_softmax_xent(run.list, logits, label_id, &loss_id, &predicted));
    run_and_read(&run, loss_id, loss);
    for (int i = 0; i < 4; i++)
        cr_expect_float_eq(loss[i], expected[i], 1e-6 + 1e-7 * fabs((double)expected[i]),
            "row %d: %.9g", i, (double)loss[i]);
    end(&run);
}
