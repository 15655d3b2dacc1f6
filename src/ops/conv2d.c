/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Convolution and its gradients. A tensor of weights is [down, across, C/groups, M]. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "ops/conv2d.h"

static const struct conv *conv_of(const struct op *op)
{
    return (const void *)op->attributes;
}

static size_t weights_of(const struct conv *conv)
{
    return (size_t)conv->window.down * conv->window.across * (conv->channels / conv->groups) *
           conv->filters;
}

static struct ref_conv2d reference_of(
    const struct nncl_op_list *list, const struct op *op, const struct conv *conv)
{
    return (struct ref_conv2d){.n = op_size(list, op, 0, 0),
        .channels = conv->channels,
        .filters = conv->filters,
        .groups = conv->groups,
        .window = conv->window};
}

static double flop(const struct nncl_op_list *list, const struct op *op)
{
    const struct conv *conv = conv_of(op);
    return 2 * (double)op_size(list, op, 0, 0) * conv->window.out_height * conv->window.out_width *
           (double)weights_of(conv);
}

/* Which way the op goes. */
static struct conv_way way_of(const struct op_site *site, enum tuning_pass pass)
{
    return conv_way(site->device, conv_of(site->op), pass, op_size(site->list, site->op, 0, 0));
}

/* Tells of the step that was added last which way it went. */
static enum nncl_status note_way(
    struct op_site *site, struct conv_way way, bool product, enum nncl_status status)
{
    if (status == NNCL_OK)
        site->steps[site->step_count - 1].way = conv_way_text(way, product);
    return status;
}

/* Puts the weights turned over into `room`. */
static enum nncl_status turn_weights(struct op_site *site, const struct conv *conv,
    const struct buffer *w, const struct buffer *room)
{
    struct spread spread = spread_elements(site->device, weights_of(conv), 8);
    enum nncl_status status = spread_launch(site, "conv2d", "conv2d_turn", CONV_NO_TILES, &spread,
        ARGUMENTS(ARG_BUFFER(w), ARG_BUFFER(room),
            ARG_SIZE((size_t)conv->window.down * conv->window.across), ARG_UINT(conv->channels),
            ARG_UINT(conv->filters), ARG_UINT(conv->groups), ARG_SIZE(spread.span)));
    if (status == NNCL_OK)
        site->steps[site->step_count - 1].beside = true;
    return status;
}

/* Adds the launches that convolve x with w, whichever way; back: the convolution of the gradient
 * that leads back. The op's third tensor is room for what is made of the weights. */
static enum nncl_status convolve(struct op_site *site, const struct conv *conv, bool back)
{
    const size_t n = op_size(site->list, site->op, 0, 0);
    const struct conv_way way = way_of(site, back ? TUNING_INPUT : TUNING_FORWARD);
    const struct conv turned = conv_turned(conv), *done = back ? &turned : conv;
    const struct buffer *x = site->buffers[0], *w = site->buffers[1], *room = site->buffers[2];
    enum nncl_status status = NNCL_OK;
    struct op_tail tail;
    bool product;
    op_tail(site, &tail);
    if (!conv_goes_as_product(site, done, way, n) && conv_winograd_pays(site->device, done)) {
        status = conv_launch_winograd(site, done, n, x, w, back, room, &tail);
        return note_way(site, way, false, status);
    }
    if (back)
        status = turn_weights(site, conv, w, room);
    if (status != NNCL_OK)
        return status;
    w = back ? room : w;
    status = conv_product(site, done, way, n, x, w, &tail, &product);
    if (!product)
        status = conv_launch(site, done, n, x, w, &tail);
    return note_way(site, way, product, status);
}

/* ---- Forward: outputs room for what is made of the weights, and y ---- */

static enum nncl_status forward_prepare(struct op_site *site)
{
    return convolve(site, conv_of(site->op), false);
}

static void forward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct ref_conv2d conv = reference_of(list, op, conv_of(op));
    memset(arrays[2], 0, op_elements(list, op, 2) * sizeof(float));
    ref_conv2d(&conv, arrays[0], arrays[1], arrays[3]);
}

static size_t forward_columns(const struct nncl_op_list *list, const struct op *op)
{
    (void)list;
    return conv_of(op)->filters;
}

/* What is made of the weights counts with the weights. */
static size_t touches(const struct nncl_op_list *list, const struct op *op, unsigned index)
{
    return index == 2 ? 0 : op_elements(list, op, index);
}

static const struct op_type op_conv2d = {.name = "conv2d",
    .inputs = 2,
    .outputs = 2,
    .prepare = forward_prepare,
    .reference = forward_reference,
    .flop = flop,
    .touches = touches,
    .columns = forward_columns,
    .takes_epilogues = op_always_takes_epilogues};

static enum nncl_status fit(
    const char *op, const struct nncl_conv2d *how, struct nncl_shape weights, struct conv *conv)
{
    *conv = (struct conv){.groups = how->groups ? how->groups : 1, .same = how->same};
    for (unsigned i = 0; i < weights.rank; i++)
        if (weights.size[i] > INT32_MAX)
            return nncl_fail(
                NNCL_USAGE, "%s: weights of size %zu are too large", op, weights.size[i]);
    conv->window = (struct window){.height = how->height,
        .width = how->width,
        .down = (uint32_t)weights.size[0],
        .across = (uint32_t)weights.size[1],
        .stride = how->stride,
        .dilation = how->dilation};
    return window_fit(op, how->same, &conv->window);
}

/* Channels and filters, of which each group has its share. */
static enum nncl_status share_out(
    const char *op, size_t channels, size_t filters, struct conv *conv)
{
    if (channels % conv->groups != 0 || filters % conv->groups != 0 || channels > INT32_MAX ||
        filters > INT32_MAX)
        return nncl_fail(NNCL_USAGE,
            "%s: %zu channels and %zu filters cannot be shared out to %u groups", op, channels,
            filters, conv->groups);
    conv->channels = (uint32_t)channels;
    conv->filters = (uint32_t)filters;
    return NNCL_OK;
}

/* Demands weights that fit, and sets conv from them and from `pictures`, x or dy. */
static enum nncl_status demand_weights(const char *op, const struct nncl_op_list *list,
    const struct nncl_conv2d *how, nncl_tensor_id w, struct conv *conv)
{
    const struct op_demand any = {w, "w", NNCL_FLOAT32, SHAPE(0, 0, 0, 0)};
    const struct nncl_shape shape = op_shape(list, w);
    enum nncl_status status = op_demand(list, op, &any, 1);
    if (status == NNCL_OK)
        status = fit(op, how, shape, conv);
    if (status == NNCL_OK)
        status = share_out(op, shape.size[2] * conv->groups, shape.size[3], conv);
    return status;
}

static struct nncl_shape input_shape(const struct conv *conv, size_t n)
{
    return SHAPE(n, (size_t)conv->window.height * conv->window.width * conv->channels);
}

static struct nncl_shape output_shape(const struct conv *conv, size_t n)
{
    return SHAPE(n, (size_t)conv->window.out_height * conv->window.out_width * conv->filters);
}

enum nncl_status nncl_op_conv2d(struct nncl_op_list *list, const struct nncl_conv2d *how,
    nncl_tensor_id x, nncl_tensor_id w, nncl_tensor_id *y)
{
    struct conv conv;
    enum nncl_status status = demand_weights("conv2d", list, how, w, &conv);
    if (status != NNCL_OK)
        return status;
    const struct op_demand pictures = {
        x, "x", NNCL_FLOAT32, SHAPE(0, input_shape(&conv, 1).size[1])};
    status = op_demand(list, "conv2d", &pictures, 1);
    if (status != NNCL_OK)
        return status;
    nncl_tensor_id room;
    const nncl_tensor_id given[] = {x, w};
    const struct op_output outputs[] = {{NNCL_FLOAT32, SHAPE(conv_winograd_factors(&conv)), &room},
        {NNCL_FLOAT32, output_shape(&conv, op_shape(list, x).size[0]), y}};
    return op_append(list, &op_conv2d, given, outputs, &conv, sizeof conv);
}

/* ---- Gradient of the input: outputs room for what is made of the weights, turned over where the
 * reference is concerned, and dx ---- */

static enum nncl_status input_prepare(struct op_site *site)
{
    return convolve(site, conv_of(site->op), true);
}

static void turn(const struct conv *conv, const float *w, float *turned)
{
    size_t depth = conv->channels / conv->groups, width = conv->filters / conv->groups;
    size_t taps = (size_t)conv->window.down * conv->window.across;
    for (size_t tap = taps; tap-- > 0;)
        for (size_t m = 0; m < width; m++)
            for (size_t c = 0; c < conv->channels; c++)
                *turned++ = w[(tap * depth + c % depth) * conv->filters + c / depth * width + m];
}

static void input_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct ref_conv2d conv = reference_of(list, op, conv_of(op));
    memset(arrays[2], 0, op_elements(list, op, 2) * sizeof(float));
    turn(conv_of(op), arrays[1], arrays[2]);
    ref_conv2d_backward_input(&conv, arrays[0], arrays[1], arrays[3]);
}

static size_t input_columns(const struct nncl_op_list *list, const struct op *op)
{
    (void)list;
    return conv_of(op)->channels;
}

static const struct op_type op_conv2d_backward_input = {.name = "conv2d_backward_input",
    .inputs = 2,
    .outputs = 2,
    .prepare = input_prepare,
    .reference = input_reference,
    .flop = flop,
    .touches = touches,
    .columns = input_columns,
    .takes_epilogues = op_always_takes_epilogues};

enum nncl_status nncl_op_conv2d_backward_input(struct nncl_op_list *list,
    const struct nncl_conv2d *how, nncl_tensor_id dy, nncl_tensor_id w, nncl_tensor_id *dx)
{
    struct conv conv;
    nncl_tensor_id turned;
    enum nncl_status status = demand_weights("conv2d_backward_input", list, how, w, &conv);
    if (status != NNCL_OK)
        return status;
    const struct op_demand slopes = {
        dy, "dy", NNCL_FLOAT32, SHAPE(0, output_shape(&conv, 1).size[1])};
    status = op_demand(list, "conv2d_backward_input", &slopes, 1);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {dy, w};
    const struct conv back = conv_turned(&conv);
    const size_t weights = weights_of(&conv), factors = conv_winograd_factors(&back);
    const struct op_output outputs[] = {
        {NNCL_FLOAT32, SHAPE(factors > weights ? factors : weights), &turned},
        {NNCL_FLOAT32, input_shape(&conv, op_shape(list, dy).size[0]), dx}};
    return op_append(list, &op_conv2d_backward_input, given, outputs, &conv, sizeof conv);
}

/* ---- Gradient of the weights: outputs its parts, one of each share of the batch, and dw ---- */

static enum nncl_status weights_prepare(struct op_site *site)
{
    const struct conv *conv = conv_of(site->op);
    size_t n = op_size(site->list, site->op, 0, 0), parts = op_size(site->list, site->op, 2, 0);
    const struct conv_way way = way_of(site, TUNING_WEIGHTS);
    bool whole;
    enum nncl_status status = conv_product_weights(
        site, conv, way, n, site->buffers[0], site->buffers[1], site->buffers[2], &whole);
    const bool in_pairs = !whole && conv_winograd_gradient_pays(site->device, conv);
    if (in_pairs)
        status = conv_launch_winograd_gradient(
            site, conv, n, parts, site->buffers[0], site->buffers[1], site->buffers[2]);
    else if (!whole)
        status = conv_launch_weights(
            site, conv, n, parts, site->buffers[0], site->buffers[1], site->buffers[2]);
    status = note_way(site, way, whole, status);
    if (status != NNCL_OK)
        return status;
    if (in_pairs)
        return conv_launch_winograd_sum(site, conv, parts, site->buffers[2]);
    parts = whole ? 1 : parts;
    size_t weights = weights_of(conv);
    struct spread spread = spread_columns(site->device, weights, parts);
    struct op_tail tail;
    op_tail(site, &tail);
    return spread_launch_tail(site, "bias", "bias_backward", &spread, &tail,
        ARGUMENTS(ARG_BUFFER(site->buffers[2]), ARG_BUFFER(tail.result), ARG_SIZE(parts),
            ARG_SIZE(weights), ARG_SIZE(spread.span)));
}

/* All of it is in the first part. */
static void weights_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct ref_conv2d conv = reference_of(list, op, conv_of(op));
    memset(arrays[2], 0, op_elements(list, op, 2) * sizeof(float));
    ref_conv2d_backward_weights(&conv, arrays[0], arrays[1], arrays[3]);
    memcpy(arrays[2], arrays[3], op_elements(list, op, 3) * sizeof(float));
}

static const struct op_type op_conv2d_backward_weights = {.name = "conv2d_backward_weights",
    .inputs = 2,
    .outputs = 2,
    .prepare = weights_prepare,
    .reference = weights_reference,
    .flop = flop,
    .takes_epilogues = op_always_takes_epilogues};

/* Demands x and dy that belong together. */
static enum nncl_status demand_pictures(const char *op, const struct nncl_op_list *list,
    nncl_tensor_id x, nncl_tensor_id dy, struct conv *conv)
{
    const struct window *window = &conv->window;
    size_t channels = 0, filters = 0;
    enum nncl_status status;
    TRY(window_channels(op, list, x, "x", window->height, window->width, &channels));
    TRY(window_channels(op, list, dy, "dy", window->out_height, window->out_width, &filters));
    const struct op_demand same_rows = {
        dy, "dy", NNCL_FLOAT32, SHAPE(op_shape(list, x).size[0], 0)};
    TRY(op_demand(list, op, &same_rows, 1));
    TRY(share_out(op, channels, filters, conv));
out:
    return status;
}

enum nncl_status nncl_op_conv2d_backward_weights(struct nncl_op_list *list,
    const struct nncl_conv2d *how, uint32_t window_height, uint32_t window_width, nncl_tensor_id x,
    nncl_tensor_id dy, nncl_tensor_id *dw)
{
    static const char op[] = "conv2d_backward_weights";
    struct conv conv;
    nncl_tensor_id parts;
    enum nncl_status status = fit(op, how, SHAPE(window_height, window_width), &conv);
    if (status == NNCL_OK)
        status = demand_pictures(op, list, x, dy, &conv);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {x, dy};
    const struct op_output outputs[] = {
        {NNCL_FLOAT32, SHAPE(conv_parts(op_shape(list, x).size[0]), conv_winograd_gradient(&conv)),
            &parts},
        {NNCL_FLOAT32,
            SHAPE(window_height, window_width, conv.channels / conv.groups, conv.filters), dw}};
    return op_append(list, &op_conv2d_backward_weights, given, outputs, &conv, sizeof conv);
}
