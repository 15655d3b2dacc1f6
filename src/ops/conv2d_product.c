/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Convolutions as products: the left operand is what the windows see, which the provider reads
 * where it stands. A row is a window, a column one of its elements. */
#include "base/status.h"
#include "ops/conv2d.h"

/* Describes the product of n pictures' windows with weights, or with `transposed` of those windows,
 * turned over, with what they led to. */
static void describe(const struct conv *conv, size_t n, bool transposed,
    struct gemm_windows *windows, struct gemm *gemm)
{
    const struct window *window = &conv->window;
    const size_t pixels = n * window->out_height * window->out_width;
    const size_t terms = (size_t)window->down * window->across * conv->channels;
    *windows = (struct gemm_windows){.window = *window,
        .channels = conv->channels,
        .spacing = conv->spacing ? conv->spacing : 1};
    *gemm = transposed ? gemm_dense(terms, conv->filters, pixels, true, false)
                       : gemm_dense(pixels, conv->filters, terms, false, false);
    gemm->windows = windows;
}

static bool fits(const struct gemm *gemm)
{
    return gemm->m <= INT32_MAX && gemm->k <= INT32_MAX;
}

/* The provider that computes the convolution as a product; NULL: none, it is computed directly. */
static const struct gemm_provider *provider_of(const struct op_site *site, const struct conv *conv,
    struct conv_way way, const struct gemm *gemm)
{
    const struct gemm_provider *provider;
    if (!way.product || conv->groups > 1 || !fits(gemm))
        return NULL;
    nncl_error_hold();
    const bool found = gemm_choose(site->device, site->gemm, gemm, &provider) == NNCL_OK;
    nncl_error_restore();
    return found ? provider : NULL;
}

bool conv_goes_as_product(
    const struct op_site *site, const struct conv *conv, struct conv_way way, size_t n)
{
    struct gemm_windows windows;
    struct gemm gemm;
    describe(conv, n, false, &windows, &gemm);
    return provider_of(site, conv, way, &gemm) != NULL;
}

/* Adds the step, with `tail`, which may be NULL, folded into it. */
static enum nncl_status add_product(struct op_site *site, const struct gemm_provider *provider,
    const struct op_tail *tail, struct gemm *gemm)
{
    if (tail) {
        gemm->epilogue_options = tail->options;
        gemm->epilogue_arguments = tail->arguments;
        gemm->epilogue_count = tail->count;
    }
    struct step *step = NULL;
    enum nncl_status status = op_step(site, &step);
    if (status != NNCL_OK)
        return status;
    status = provider->prepare(site->device, gemm, step);
    step->provider = provider->name;
    return status;
}

enum nncl_status conv_product(struct op_site *site, const struct conv *conv, struct conv_way way,
    size_t n, const struct buffer *x, const struct buffer *w, const struct op_tail *tail,
    bool *done)
{
    struct gemm_windows windows;
    struct gemm gemm;
    describe(conv, n, false, &windows, &gemm);
    const struct gemm_provider *provider = provider_of(site, conv, way, &gemm);
    *done = provider != NULL;
    if (!provider)
        return NNCL_OK;
    gemm.a = x;
    gemm.b = w;
    gemm.c = tail->result;
    return add_product(site, provider, tail, &gemm);
}

enum nncl_status conv_product_weights(struct op_site *site, const struct conv *conv,
    struct conv_way way, size_t n, const struct buffer *x, const struct buffer *dy,
    const struct buffer *dw, bool *done)
{
    struct gemm_windows windows;
    struct gemm gemm;
    describe(conv, n, true, &windows, &gemm);
    const struct gemm_provider *provider = provider_of(site, conv, way, &gemm);
    *done = provider != NULL;
    if (!provider)
        return NNCL_OK;
    gemm.a = x;
    gemm.b = dy;
    gemm.c = dw;
    return add_product(site, provider, NULL, &gemm);
}
