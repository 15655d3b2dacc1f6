/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Directly or as a product: what was asked for, else what the tuning database says of convolutions
 * like this one, else the rule of the device's kind. */
#include "gemm/convolutions.h"
#include "ops/conv2d.h"

struct tuning_convolution conv_tuned(const struct conv *conv, enum tuning_pass pass, size_t n)
{
    const struct window *window = &conv->window;
    return (struct tuning_convolution){.pass = pass,
        .pictures = n,
        .height = window->height,
        .width = window->width,
        .channels = conv->channels,
        .filters = conv->filters,
        .down = window->down,
        .across = window->across,
        .stride = window->stride,
        .dilation = window->dilation,
        .groups = conv->groups,
        .same = conv->same != 0};
}

/* As products on GPUs, whose local memory the tiled product uses and whose work-items have no room
 * for a patch of their own (estimated); on CPUs the direct way was the faster. */
bool conv_rule_product(const struct nncl_device *device)
{
    return device->info.kind == NNCL_DEVICE_GPU || device->info.kind == NNCL_DEVICE_IGPU;
}

struct conv_way conv_way(
    const struct nncl_device *device, const struct conv *conv, enum tuning_pass pass, size_t n)
{
    struct conv_way way = {device->convolution == NNCL_CONVOLUTION_PRODUCT, CONV_ASKED};
    if (device->convolution != NNCL_CONVOLUTION_AUTO)
        return way;
    const struct tuning_convolution convolution = conv_tuned(conv, pass, n);
    way.reason = CONV_TUNED;
    if (tuning_convolution_way(tuning_of_device(device), &convolution, &way.product))
        return way;
    return (struct conv_way){conv_rule_product(device), CONV_RULE};
}

const char *conv_way_text(struct conv_way wanted, bool product)
{
    static const char *const texts[2][CONV_REASONS] = {
        {"direct: asked for", "direct: tuned", "direct: built-in rule"},
        {"product: asked for", "product: tuned", "product: built-in rule"}};
    return product == wanted.product ? texts[product][wanted.reason]
                                     : "direct: no provider can compute it as a product";
}
