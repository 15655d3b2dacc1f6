/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The mean of each window. */
#include "ops/window.h"
#include "ref/ref.h"

static const struct window *window_of(const struct op *op)
{
    return (const void *)op->attributes;
}

static size_t channels_of(const struct nncl_op_list *list, const struct op *op, unsigned pictures)
{
    const struct window *window = window_of(op);
    return op_size(list, op, pictures, 1) / ((size_t)window->height * window->width);
}

static enum nncl_status avgpool_prepare(struct op_site *site)
{
    const struct window *window = window_of(site->op);
    size_t n = op_size(site->list, site->op, 0, 0), channels = channels_of(site->list, site->op, 0);
    struct spread spread = window_spread(site->device, n * window->out_height,
        window->out_width * window->down * window->across * channels);
    struct step_argument arguments[2 + WINDOW_ARGUMENTS + 1] = {
        ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1])};
    window_arguments(window, n, channels, arguments + 2);
    arguments[2 + WINDOW_ARGUMENTS] = ARG_SIZE(spread.span);
    return spread_launch(
        site, "avgpool", "avgpool", NULL, &spread, arguments, 2 + WINDOW_ARGUMENTS + 1);
}

static void avgpool_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_avgpool(
        op_size(list, op, 0, 0), channels_of(list, op, 0), window_of(op), arrays[0], arrays[1]);
}

static double avgpool_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 1) * window_of(op)->down * window_of(op)->across;
}

static const struct op_type op_avgpool = {.name = "avgpool",
    .inputs = 1,
    .outputs = 1,
    .prepare = avgpool_prepare,
    .reference = avgpool_reference,
    .flop = avgpool_flop};

enum nncl_status nncl_op_avgpool(
    struct nncl_op_list *list, const struct nncl_pool *pool, nncl_tensor_id x, nncl_tensor_id *y)
{
    struct window window;
    size_t channels = 0;
    enum nncl_status status = window_fit_pool("avgpool", pool, &window);
    if (status == NNCL_OK)
        status = window_channels("avgpool", list, x, "x", window.height, window.width, &channels);
    if (status != NNCL_OK)
        return status;
    const struct nncl_shape windows =
        SHAPE(op_shape(list, x).size[0], (size_t)window.out_height * window.out_width * channels);
    const struct op_output output = {NNCL_FLOAT32, windows, y};
    return op_append(list, &op_avgpool, &x, &output, &window, sizeof window);
}

static enum nncl_status avgpool_backward_prepare(struct op_site *site)
{
    const struct window *window = window_of(site->op);
    size_t n = op_size(site->list, site->op, 0, 0), channels = channels_of(site->list, site->op, 1);
    struct spread spread =
        window_spread(site->device, n * window->height, window->width * channels);
    struct op_tail tail;
    op_tail(site, &tail);
    struct step_argument arguments[2 + WINDOW_ARGUMENTS + 1] = {
        ARG_BUFFER(site->buffers[0]), ARG_BUFFER(tail.result)};
    window_arguments(window, n, channels, arguments + 2);
    arguments[2 + WINDOW_ARGUMENTS] = ARG_SIZE(spread.span);
    return spread_launch_tail(
        site, "avgpool", "avgpool_backward", &spread, &tail, arguments, 2 + WINDOW_ARGUMENTS + 1);
}

static size_t columns(const struct nncl_op_list *list, const struct op *op)
{
    return channels_of(list, op, 1);
}

static void avgpool_backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_avgpool_backward(
        op_size(list, op, 0, 0), channels_of(list, op, 1), window_of(op), arrays[0], arrays[1]);
}

static double avgpool_backward_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 2 * (double)op_elements(list, op, 0) * window_of(op)->down * window_of(op)->across;
}

static const struct op_type op_avgpool_backward = {.name = "avgpool_backward",
    .inputs = 1,
    .outputs = 1,
    .prepare = avgpool_backward_prepare,
    .reference = avgpool_backward_reference,
    .flop = avgpool_backward_flop,
    .columns = columns,
    .takes_epilogues = op_always_takes_epilogues};

enum nncl_status nncl_op_avgpool_backward(
    struct nncl_op_list *list, const struct nncl_pool *pool, nncl_tensor_id dy, nncl_tensor_id *dx)
{
    struct window window;
    size_t channels = 0;
    enum nncl_status status = window_fit_pool("avgpool_backward", pool, &window);
    if (status == NNCL_OK)
        status = window_channels(
            "avgpool_backward", list, dy, "dy", window.out_height, window.out_width, &channels);
    if (status != NNCL_OK)
        return status;
    const struct op_output output = {NNCL_FLOAT32,
        SHAPE(op_shape(list, dy).size[0], (size_t)window.height * window.width * channels), dx};
    return op_append(list, &op_avgpool_backward, &dy, &output, &window, sizeof window);
}
