/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Layer normalisation. Pictures and rows are matrices of M rows by G values to its kernels. */
#include <string.h>

#include "base/status.h"
#include "ops/columns.h"
#include "ref/ref.h"

/* What is normalised together: m times g values of tensor 0, as many as tensor `like` has in its
 * last size. */
struct groups {
    size_t m, g;
};

static struct groups groups_of(const struct nncl_op_list *list, const struct op *op, unsigned like)
{
    const size_t g = op_size(list, op, like, 0);
    return (struct groups){op_elements(list, op, 0) / g, g};
}

/* Work-items of kernels that go over whole rows some times. */
static struct spread row_spread(const struct nncl_device *device, struct groups x)
{
    struct spread spread = spread_elements(device, x.m, 4 * x.g);
    spread.count = x.m > x.g ? x.m : x.g;
    return spread;
}

static size_t group_columns(const struct nncl_op_list *list, const struct op *op, unsigned weight)
{
    return op_size(list, op, weight, 0);
}

/* ---- Forward ---- */

enum { FORWARD_X, FORWARD_W, FORWARD_B, FORWARD_STATISTICS };

static enum nncl_status forward_prepare(struct op_site *site)
{
    const struct groups x = groups_of(site->list, site->op, FORWARD_W);
    const struct spread spread = row_spread(site->device, x);
    const float epsilon = *(const float *)site->op->attributes;
    struct op_tail tail;
    op_tail(site, &tail);
    return spread_launch_tail(site, "layernorm", "layernorm", &spread, &tail,
        ARGUMENTS(ARG_BUFFER(site->buffers[FORWARD_X]), ARG_BUFFER(site->buffers[FORWARD_W]),
            ARG_BUFFER(site->buffers[FORWARD_B]), ARG_BUFFER(site->buffers[FORWARD_STATISTICS]),
            ARG_BUFFER(tail.result), ARG_SIZE(x.m), ARG_SIZE(x.g), ARG_FLOAT(epsilon),
            ARG_SIZE(spread.span)));
}

static void forward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct groups x = groups_of(list, op, FORWARD_W);
    ref_layernorm(x.m, x.g, *(const float *)op->attributes, arrays[0], arrays[1], arrays[2],
        arrays[3], arrays[4]);
}

/* One for the mean, three for the variance, four for the result. */
static double eight_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 8 * (double)op_elements(list, op, 0);
}

static size_t forward_columns(const struct nncl_op_list *list, const struct op *op)
{
    return group_columns(list, op, FORWARD_W);
}

static const struct op_type op_layernorm = {.name = "layernorm",
    .inputs = 3,
    .outputs = 2,
    .prepare = forward_prepare,
    .reference = forward_reference,
    .flop = eight_flop,
    .columns = forward_columns,
    .takes_epilogues = op_always_takes_epilogues};

enum nncl_status nncl_op_layernorm(struct nncl_op_list *list, float epsilon, nncl_tensor_id x,
    nncl_tensor_id w, nncl_tensor_id b, nncl_tensor_id *statistics, nncl_tensor_id *y)
{
    static const char op[] = "layernorm";
    const struct nncl_shape shape = op_shape(list, x);
    const size_t g = op_shape(list, w).size[0];
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, SHAPE(0, 0)},
        {w, "w", NNCL_FLOAT32, SHAPE(0)}, {b, "b", NNCL_FLOAT32, SHAPE(g)}};
    enum nncl_status status;
    TRY(op_demand(list, op, demands, 3));
    TRY(columns_divide(op, list, x, g));
    epsilon = epsilon == 0 ? 1e-5f : epsilon;
    if (!(epsilon > 0))
        TRY(nncl_fail(NNCL_USAGE, "%s: epsilon must be positive, not %g", op, (double)epsilon));
    const nncl_tensor_id given[] = {x, w, b};
    const struct op_output outputs[] = {
        {NNCL_FLOAT32, SHAPE(nncl_shape_elements(&shape) / g, 2), statistics},
        {NNCL_FLOAT32, shape, y}};
    TRY(op_append(list, &op_layernorm, given, outputs, &epsilon, sizeof epsilon));
out:
    return status;
}

/* ---- Backward ---- */

enum { BACKWARD_INPUTS = 4, BACKWARD_W = 2 }; /* x, dy, w, statistics */

static enum nncl_status backward_prepare(struct op_site *site)
{
    const struct groups x = groups_of(site->list, site->op, BACKWARD_W);
    const struct spread spread = row_spread(site->device, x);
    struct buffer *const *buffers = site->buffers;
    struct op_tail tail;
    op_tail(site, &tail);
    return spread_launch_tail(site, "layernorm", "layernorm_backward", &spread, &tail,
        ARGUMENTS(ARG_BUFFER(buffers[0]), ARG_BUFFER(buffers[1]), ARG_BUFFER(buffers[2]),
            ARG_BUFFER(buffers[3]), ARG_BUFFER(tail.result), ARG_SIZE(x.m), ARG_SIZE(x.g),
            ARG_SIZE(spread.span)));
}

static void backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct groups x = groups_of(list, op, BACKWARD_W);
    ref_layernorm_backward(x.m, x.g, arrays[0], arrays[1], arrays[2], arrays[3], arrays[4]);
}

/* Two for the sum, four for that of products, seven for the result. */
static double backward_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 13 * (double)op_elements(list, op, 0);
}

static size_t backward_columns(const struct nncl_op_list *list, const struct op *op)
{
    return group_columns(list, op, BACKWARD_W);
}

static const struct op_type op_layernorm_backward = {.name = "layernorm_backward",
    .inputs = BACKWARD_INPUTS,
    .outputs = 1,
    .prepare = backward_prepare,
    .reference = backward_reference,
    .flop = backward_flop,
    .columns = backward_columns,
    .takes_epilogues = op_always_takes_epilogues};

enum nncl_status nncl_op_layernorm_backward(struct nncl_op_list *list, nncl_tensor_id x,
    nncl_tensor_id dy, nncl_tensor_id w, nncl_tensor_id statistics, nncl_tensor_id *dx)
{
    static const char op[] = "layernorm_backward";
    const struct nncl_shape shape = op_shape(list, x);
    const size_t g = op_shape(list, w).size[0];
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, SHAPE(0, 0)},
        {dy, "dy", NNCL_FLOAT32, shape}, {w, "w", NNCL_FLOAT32, SHAPE(0)}};
    enum nncl_status status;
    TRY(op_demand(list, op, demands, 3));
    TRY(columns_divide(op, list, x, g));
    const struct op_demand rows = {
        statistics, "statistics", NNCL_FLOAT32, SHAPE(nncl_shape_elements(&shape) / g, 2)};
    TRY(op_demand(list, op, &rows, 1));
    const nncl_tensor_id given[] = {x, dy, w, statistics};
    const struct op_output output = {NNCL_FLOAT32, shape, dx};
    TRY(op_append(list, &op_layernorm_backward, given, &output, NULL, 0));
out:
    return status;
}

enum { SUMS_X, SUMS_DY, SUMS_STATISTICS, SUMS_PARTS, SUMS_DW, SUMS_DB };

static enum nncl_status sums_prepare(struct op_site *site)
{
    const struct groups x = groups_of(site->list, site->op, SUMS_DW);
    struct buffer *const *buffers = site->buffers;
    const struct spread spread = columns_spread(site->device, x.m, x.g);
    enum nncl_status status;
    TRY(spread_launch(site, "layernorm", "layernorm_backward_sums", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(buffers[SUMS_X]), ARG_BUFFER(buffers[SUMS_DY]),
            ARG_BUFFER(buffers[SUMS_STATISTICS]), ARG_BUFFER(buffers[SUMS_PARTS]), ARG_SIZE(x.m),
            ARG_SIZE(x.g), ARG_SIZE(spread.rows), ARG_SIZE(spread.span))));
    TRY(columns_total(site, x.m, x.g, buffers[SUMS_PARTS], buffers[SUMS_DW], buffers[SUMS_DB]));
out:
    return status;
}

static void sums_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct groups x = groups_of(list, op, SUMS_DW);
    memset(arrays[SUMS_PARTS], 0, op_elements(list, op, SUMS_PARTS) * sizeof(float));
    ref_layernorm_backward_sums(x.m, x.g, arrays[SUMS_X], arrays[SUMS_DY], arrays[SUMS_STATISTICS],
        arrays[SUMS_DW], arrays[SUMS_DB]);
}

static double sums_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 5 * (double)op_elements(list, op, 0);
}

static const struct op_type op_layernorm_backward_sums = {.name = "layernorm_backward_sums",
    .inputs = 3,
    .outputs = 3,
    .prepare = sums_prepare,
    .reference = sums_reference,
    .flop = sums_flop};

enum nncl_status nncl_op_layernorm_backward_sums(struct nncl_op_list *list, nncl_tensor_id x,
    nncl_tensor_id dy, nncl_tensor_id statistics, nncl_tensor_id *dw, nncl_tensor_id *db)
{
    static const char op[] = "layernorm_backward_sums";
    const struct nncl_shape shape = op_shape(list, x);
    const size_t elements = nncl_shape_elements(&shape), m = op_shape(list, statistics).size[0];
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, SHAPE(0, 0)},
        {dy, "dy", NNCL_FLOAT32, shape}, {statistics, "statistics", NNCL_FLOAT32, SHAPE(0, 2)}};
    nncl_tensor_id parts;
    enum nncl_status status;
    TRY(op_demand(list, op, demands, 3));
    if (m == 0 || elements % m != 0 || m % shape.size[0] != 0)
        TRY(nncl_fail(NNCL_USAGE, "%s: statistics of %zu rows do not fit x of shape [%zu, %zu]", op,
            m, shape.size[0], shape.size[1]));
    const size_t g = elements / m;
    const nncl_tensor_id given[] = {x, dy, statistics};
    const struct op_output outputs[] = {{NNCL_FLOAT32, columns_shape(m, g), &parts},
        {NNCL_FLOAT32, SHAPE(g), dw}, {NNCL_FLOAT32, SHAPE(g), db}};
    TRY(op_append(list, &op_layernorm_backward_sums, given, outputs, NULL, 0));
out:
    return status;
}
