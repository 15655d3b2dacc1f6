/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Layers against what PyTorch gave for the same numbers (layers.py records it): outputs in training
 * and in inference, gradients, and statistics after a step. Computed by the ops' references,
 * against which tests/ops holds the kernels. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/emit.h"
#include "ops/op.h"
#include "record.h"

/* PyTorch computed in float32; its numbers are of size 1 to 10. */
static const double tolerance = 2e-5;

enum { MOST_PARAMETERS = 16, MOST_TENSORS = 96 };

static json_t *record;

static void open_record(void)
{
    record = record_read("tests/model/layers.json");
}

static void close_record(void)
{
    json_decref(record);
}

TestSuite(layers, .init = open_record, .fini = close_record);

static void expect_ok(enum nncl_status status)
{
    cr_assert_eq(status, NNCL_OK, "%s", nncl_last_error());
}

/* A recorded network as ops. */
struct network {
    const json_t *recorded;
    const char *text;
    struct nncl_model *model;
    struct nncl_op_list *list;
    nncl_tensor_id x, state, loss, output, slopes;
    nncl_tensor_id parameters[MOST_PARAMETERS], gradients[MOST_PARAMETERS];
    void *arrays[MOST_TENSORS];
};

static unsigned size_of(const json_t *list, size_t index)
{
    return (unsigned)json_integer_value(json_array_get(list, index));
}

static nncl_tensor_id declare(
    struct network *network, const char *name, enum nncl_type type, struct nncl_shape shape)
{
    nncl_tensor_id id;
    expect_ok(nncl_op_list_tensor(network->list, name, type, &shape, &id));
    return id;
}

/* Appends forward and, for a training, backward pass and the update of statistics. */
static void emit(struct network *network, bool training)
{
    struct model_tape tape = {0};
    const struct model_pass pass = {.training = training, .state = network->state};
    expect_ok(model_declare(network->model, network->list, network->parameters));
    expect_ok(model_forward(network->model, network->list, &pass, network->x, network->parameters,
        &tape, &network->output));
    if (training) {
        network->slopes = declare(
            network, "slopes", NNCL_FLOAT32, *nncl_op_list_shape(network->list, network->output));
        expect_ok(model_backward(
            network->model, network->list, &tape, network->slopes, network->gradients));
        expect_ok(model_update(network->model, network->list, &tape, network->loss));
    }
    model_tape_free(&tape);
}

static void fill(const json_t *values, float *array, size_t count, const char *text)
{
    cr_assert_eq(json_array_size(values), count, "%s", text);
    for (size_t i = 0; i < count; i++)
        array[i] = (float)json_number_value(json_array_get(values, i));
}

static size_t elements(const struct network *network, nncl_tensor_id id)
{
    return nncl_shape_elements(nncl_op_list_shape(network->list, id));
}

static struct network build(const json_t *recorded, bool training, const char *parameters)
{
    struct network network = {
        .recorded = recorded, .text = json_string_value(json_object_get(recorded, "network"))};
    const json_t *size = json_object_get(recorded, "input");
    const struct nncl_model_input input = {
        .shape = {size_of(size, 0), size_of(size, 1), size_of(size, 2)}};
    const size_t rows = (size_t)json_integer_value(json_object_get(recorded, "rows"));
    expect_ok(nncl_model_create(network.text, &input, &network.model));
    expect_ok(nncl_op_list_create(&network.list));
    network.x = declare(&network, "x", NNCL_FLOAT32,
        SHAPE(rows, (size_t)input.shape.height * input.shape.width * input.shape.channels));
    network.state = declare(&network, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE));
    network.loss = declare(&network, "loss", NNCL_FLOAT32, SHAPE(1));
    emit(&network, training);
    cr_assert_lt(network.list->tensor_count, (size_t)MOST_TENSORS);
    for (nncl_tensor_id i = 0; i < network.list->tensor_count; i++)
        network.arrays[i] = calloc(elements(&network, i), sizeof(float));
    fill(json_object_get(recorded, "x"), network.arrays[network.x], elements(&network, network.x),
        network.text);
    const json_t *values = json_object_get(recorded, parameters);
    cr_assert_eq(json_array_size(values), nncl_model_parameter_count(network.model));
    for (size_t i = 0; i < json_array_size(values); i++)
        fill(json_array_get(values, i), network.arrays[network.parameters[i]],
            elements(&network, network.parameters[i]), network.text);
    return network;
}

static void network_free(struct network *network)
{
    for (size_t i = 0; i < MOST_TENSORS; i++)
        free(network->arrays[i]);
    nncl_op_list_free(&network->list);
    nncl_model_free(&network->model);
}

static void run(struct network *network)
{
    for (size_t i = 0; i < network->list->op_count; i++) {
        const struct op *op = &network->list->ops[i];
        void *arrays[OP_MAX_TENSORS];
        for (unsigned j = 0; j < op_tensor_count(op->type); j++)
            arrays[j] = network->arrays[op->tensor[j]];
        op->type->reference(network->list, op, arrays);
    }
}

static void expect(
    const struct network *network, nncl_tensor_id id, const json_t *wanted, const char *what)
{
    const float *got = network->arrays[id];
    const size_t count = elements(network, id);
    cr_assert_eq(json_array_size(wanted), count, "%s: %s", network->text, what);
    for (size_t i = 0; i < count; i++) {
        double value = json_number_value(json_array_get(wanted, i));
        cr_expect(fabs((double)got[i] - value) <= tolerance * (1 + fabs(value)),
            "%s: %s [%zu] is %.9g and was %.9g", network->text, what, i, (double)got[i], value);
    }
}

static void train(const json_t *recorded)
{
    struct network network = build(recorded, true, "parameters");
    fill(json_object_get(recorded, "slopes"), network.arrays[network.slopes],
        elements(&network, network.slopes), network.text);
    run(&network);
    expect(&network, network.output, json_object_get(recorded, "y"), "the output");
    for (size_t i = 0; i < nncl_model_parameter_count(network.model); i++) {
        const struct nncl_parameter *parameter = nncl_model_parameter(network.model, i);
        const json_t *gradient = json_array_get(json_object_get(recorded, "gradients"), i);
        cr_expect_eq(parameter->trained, !json_is_null(gradient), "%s", parameter->name);
        if (parameter->trained)
            expect(&network, network.gradients[i], gradient, parameter->name);
        expect(&network, network.parameters[i],
            json_array_get(json_object_get(recorded, "after"), i), parameter->name);
    }
    network_free(&network);
}

static void infer(const json_t *recorded)
{
    struct network network = build(recorded, false, "after");
    run(&network);
    expect(&network, network.output, json_object_get(recorded, "inference"), "in inference");
    network_free(&network);
}

Test(layers, agree_with_pytorch)
{
    size_t i;
    json_t *recorded;
    json_array_foreach(json_object_get(record, "cases"), i, recorded)
    {
        train(recorded);
        infer(recorded);
    }
    cr_expect_gt(i, 0u);
}
