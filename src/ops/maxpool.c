/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The largest element of each window. */
#include <inttypes.h>

#include "base/status.h"
#include "ops/window.h"
#include "ref/ref.h"

enum { MOST = 256 }; /* elements of a window: their numbers are bytes */

static const struct window *window_of(const struct op *op)
{
    return (const void *)op->attributes;
}

static size_t channels_of(const struct nncl_op_list *list, const struct op *op)
{
    const struct window *window = window_of(op);
    size_t outputs = (size_t)window->out_height * window->out_width;
    return op_size(list, op, 1, 1) / outputs;
}

static enum nncl_status maxpool_prepare(struct op_site *site)
{
    const struct window *window = window_of(site->op);
    size_t n = op_size(site->list, site->op, 0, 0), channels = channels_of(site->list, site->op);
    struct spread spread = window_spread(site->device, n * window->out_height,
        window->out_width * window->down * window->across * channels);
    struct step_argument arguments[3 + WINDOW_ARGUMENTS + 1] = {
        ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]), ARG_BUFFER(site->buffers[2])};
    window_arguments(window, n, channels, arguments + 3);
    arguments[3 + WINDOW_ARGUMENTS] = ARG_SIZE(spread.span);
    return spread_launch(
        site, "maxpool", "maxpool", NULL, &spread, arguments, 3 + WINDOW_ARGUMENTS + 1);
}

static void maxpool_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_maxpool(op_size(list, op, 0, 0), channels_of(list, op), window_of(op), arrays[0], arrays[1],
        arrays[2]);
}

static double maxpool_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 1) * window_of(op)->down * window_of(op)->across;
}

static const struct op_type op_maxpool = {.name = "maxpool",
    .inputs = 1,
    .outputs = 2,
    .prepare = maxpool_prepare,
    .reference = maxpool_reference,
    .flop = maxpool_flop};

static enum nncl_status fit(const char *op, const struct nncl_pool *pool, struct window *window)
{
    if ((uint64_t)pool->down * pool->across > MOST)
        return nncl_fail(NNCL_USAGE,
            "%s: a window of %" PRIu32 " x %" PRIu32 " is too large, it may have %d elements", op,
            pool->down, pool->across, (int)MOST);
    return window_fit_pool(op, pool, window);
}

enum nncl_status nncl_op_maxpool(struct nncl_op_list *list, const struct nncl_pool *pool,
    nncl_tensor_id x, nncl_tensor_id *place, nncl_tensor_id *y)
{
    struct window window;
    size_t channels = 0;
    enum nncl_status status = fit("maxpool", pool, &window);
    if (status == NNCL_OK)
        status = window_channels("maxpool", list, x, "x", window.height, window.width, &channels);
    if (status != NNCL_OK)
        return status;
    const struct nncl_shape windows =
        SHAPE(op_shape(list, x).size[0], (size_t)window.out_height * window.out_width * channels);
    const struct op_output outputs[] = {{NNCL_UINT8, windows, place}, {NNCL_FLOAT32, windows, y}};
    return op_append(list, &op_maxpool, &x, outputs, &window, sizeof window);
}

static enum nncl_status maxpool_backward_prepare(struct op_site *site)
{
    const struct window *window = window_of(site->op);
    size_t n = op_size(site->list, site->op, 0, 0), channels = channels_of(site->list, site->op);
    struct spread spread =
        window_spread(site->device, n * window->height, window->width * channels);
    struct op_tail tail;
    op_tail(site, &tail);
    struct step_argument arguments[3 + WINDOW_ARGUMENTS + 1] = {
        ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]), ARG_BUFFER(tail.result)};
    window_arguments(window, n, channels, arguments + 3);
    arguments[3 + WINDOW_ARGUMENTS] = ARG_SIZE(spread.span);
    return spread_launch_tail(
        site, "maxpool", "maxpool_backward", &spread, &tail, arguments, 3 + WINDOW_ARGUMENTS + 1);
}

static size_t columns(const struct nncl_op_list *list, const struct op *op)
{
    return channels_of(list, op);
}

static void maxpool_backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_maxpool_backward(op_size(list, op, 0, 0), channels_of(list, op), window_of(op), arrays[0],
        arrays[1], arrays[2]);
}

static double maxpool_backward_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 1);
}

static const struct op_type op_maxpool_backward = {.name = "maxpool_backward",
    .inputs = 2,
    .outputs = 1,
    .prepare = maxpool_backward_prepare,
    .reference = maxpool_backward_reference,
    .flop = maxpool_backward_flop,
    .columns = columns,
    .takes_epilogues = op_always_takes_epilogues};

enum nncl_status nncl_op_maxpool_backward(struct nncl_op_list *list, const struct nncl_pool *pool,
    nncl_tensor_id place, nncl_tensor_id dy, nncl_tensor_id *dx)
{
    struct window window;
    size_t channels = 0;
    enum nncl_status status = fit("maxpool_backward", pool, &window);
    if (status == NNCL_OK)
        status = window_channels(
            "maxpool_backward", list, dy, "dy", window.out_height, window.out_width, &channels);
    const struct op_demand demand = {place, "place", NNCL_UINT8, op_shape(list, dy)};
    if (status == NNCL_OK)
        status = op_demand(list, "maxpool_backward", &demand, 1);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {place, dy};
    const struct op_output output = {NNCL_FLOAT32,
        SHAPE(op_shape(list, dy).size[0], (size_t)window.height * window.width * channels), dx};
    return op_append(list, &op_maxpool_backward, given, &output, &window, sizeof window);
}
