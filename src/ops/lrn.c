/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Local response normalisation across channels. */
#include "base/status.h"
#include "ops/columns.h"
#include "ref/ref.h"

enum { POWER_COST = 32 }; /* of a power, in simple operations */

/* nncl_lrn with its defaults filled in, and the number of channels. */
struct settings {
    struct nncl_lrn lrn;
    uint32_t channels;
};

static const struct settings *settings(const struct op *op)
{
    return (const void *)op->attributes;
}

static size_t pixels(const struct nncl_op_list *list, const struct op *op)
{
    return op_elements(list, op, 0) / settings(op)->channels;
}

static enum nncl_status complete(const char *op, const struct nncl_lrn *given, struct nncl_lrn *lrn)
{
    *lrn = given ? *given : (struct nncl_lrn){0};
    lrn->size = lrn->size == 0 ? 5 : lrn->size;
    lrn->k = lrn->k == 0 ? 2 : lrn->k;
    lrn->alpha = lrn->alpha == 0 ? 1e-4f : lrn->alpha;
    lrn->beta = lrn->beta == 0 ? 0.75f : lrn->beta;
    if (lrn->size % 2 == 0 || lrn->size > NNCL_LRN_MAX_SIZE)
        return nncl_fail(NNCL_USAGE, "%s: the size must be odd and at most %d, not %u", op,
            NNCL_LRN_MAX_SIZE, lrn->size);
    if (!(lrn->k > 0) || !(lrn->alpha > 0) || !(lrn->beta > 0))
        return nncl_fail(NNCL_USAGE, "%s: k, alpha and beta must be positive, not %g, %g and %g",
            op, (double)lrn->k, (double)lrn->alpha, (double)lrn->beta);
    return NNCL_OK;
}

static struct spread pixel_spread(const struct op_site *site)
{
    const struct settings *all = settings(site->op);
    const size_t m = pixels(site->list, site->op);
    struct spread spread =
        spread_elements(site->device, m, all->channels * (2 * all->lrn.size + POWER_COST));
    spread.count = m > all->channels ? m : all->channels;
    return spread;
}

/* ---- Forward ---- */

static enum nncl_status forward_prepare(struct op_site *site)
{
    const struct settings *all = settings(site->op);
    const struct spread spread = pixel_spread(site);
    struct buffer *const *buffers = site->buffers;
    return spread_launch(site, "lrn", "lrn", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(buffers[0]), ARG_BUFFER(buffers[1]), ARG_BUFFER(buffers[2]),
            ARG_SIZE(pixels(site->list, site->op)), ARG_UINT(all->channels),
            ARG_UINT(all->lrn.size / 2), ARG_FLOAT(all->lrn.k), ARG_FLOAT(all->lrn.alpha),
            ARG_FLOAT(all->lrn.beta), ARG_SIZE(spread.span)));
}

static void forward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_lrn(pixels(list, op), settings(op)->channels, &settings(op)->lrn, arrays[0], arrays[1],
        arrays[2]);
}

/* Two for each channel of the window; k, α, the power and its product. */
static double forward_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (2 * (double)settings(op)->lrn.size + 4) * (double)op_elements(list, op, 0);
}

static const struct op_type op_lrn = {.name = "lrn",
    .inputs = 1,
    .outputs = 2,
    .prepare = forward_prepare,
    .reference = forward_reference,
    .flop = forward_flop};

enum nncl_status nncl_op_lrn(struct nncl_op_list *list, const struct nncl_lrn *lrn, size_t channels,
    nncl_tensor_id x, nncl_tensor_id *d, nncl_tensor_id *y)
{
    const struct nncl_shape shape = op_shape(list, x);
    const struct op_demand demand = {x, "x", NNCL_FLOAT32, SHAPE(0, 0)};
    struct settings all = {.channels = (uint32_t)channels};
    enum nncl_status status;
    TRY(op_demand(list, "lrn", &demand, 1));
    TRY(columns_divide("lrn", list, x, channels));
    TRY(complete("lrn", lrn, &all.lrn));
    const struct op_output outputs[] = {{NNCL_FLOAT32, shape, d}, {NNCL_FLOAT32, shape, y}};
    TRY(op_append(list, &op_lrn, &x, outputs, &all, sizeof all));
out:
    return status;
}

/* ---- Backward ---- */

enum { BACKWARD_TENSORS = 5 }; /* x, dy, d, y, dx */

static enum nncl_status backward_prepare(struct op_site *site)
{
    const struct settings *all = settings(site->op);
    const struct spread spread = pixel_spread(site);
    struct step_argument arguments[BACKWARD_TENSORS + 6];
    size_t count = 0;
    for (; count < BACKWARD_TENSORS; count++)
        arguments[count] = ARG_BUFFER(site->buffers[count]);
    arguments[count++] = ARG_SIZE(pixels(site->list, site->op));
    arguments[count++] = ARG_UINT(all->channels);
    arguments[count++] = ARG_UINT(all->lrn.size / 2);
    arguments[count++] = ARG_FLOAT(all->lrn.alpha);
    arguments[count++] = ARG_FLOAT(all->lrn.beta);
    arguments[count++] = ARG_SIZE(spread.span);
    return spread_launch(site, "lrn", "lrn_backward", NULL, &spread, arguments, count);
}

static void backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_lrn_backward(pixels(list, op), settings(op)->channels, &settings(op)->lrn, arrays[0],
        arrays[1], arrays[2], arrays[3], arrays[4]);
}

/* Three for each channel of the window; the power and its product, and three for the difference. */
static double backward_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (3 * (double)settings(op)->lrn.size + 5) * (double)op_elements(list, op, 0);
}

static const struct op_type op_lrn_backward = {.name = "lrn_backward",
    .inputs = 4,
    .outputs = 1,
    .prepare = backward_prepare,
    .reference = backward_reference,
    .flop = backward_flop};

enum nncl_status nncl_op_lrn_backward(struct nncl_op_list *list, const struct nncl_lrn *lrn,
    size_t channels, nncl_tensor_id x, nncl_tensor_id dy, nncl_tensor_id d, nncl_tensor_id y,
    nncl_tensor_id *dx)
{
    static const char op[] = "lrn_backward";
    const struct nncl_shape shape = op_shape(list, x);
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, SHAPE(0, 0)},
        {dy, "dy", NNCL_FLOAT32, shape}, {d, "d", NNCL_FLOAT32, shape},
        {y, "y", NNCL_FLOAT32, shape}};
    struct settings all = {.channels = (uint32_t)channels};
    enum nncl_status status;
    TRY(op_demand(list, op, demands, 4));
    TRY(columns_divide(op, list, x, channels));
    TRY(complete(op, lrn, &all.lrn));
    const nncl_tensor_id given[] = {x, dy, d, y};
    const struct op_output output = {NNCL_FLOAT32, shape, dx};
    TRY(op_append(list, &op_lrn_backward, given, &output, &all, sizeof all));
out:
    return status;
}
