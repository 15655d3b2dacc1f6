/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Batch normalisation. Pictures and rows are matrices of M values by C channels to its kernels. */
#include <string.h>

#include "base/status.h"
#include "ops/columns.h"
#include "ref/ref.h"

enum { ROWS_OF_STATISTICS = 3 }; /* mean, variance, inverse */

/* The size of the op's tensor 0, with as many channels as tensor `channels` has in its last size.
 */
struct matrix {
    size_t m, c;
};

static struct matrix matrix_of(
    const struct nncl_op_list *list, const struct op *op, unsigned channels)
{
    const struct nncl_shape *shape = &list->tensors[op->tensor[channels]].shape;
    const size_t c = shape->size[shape->rank - 1];
    return (struct matrix){op_elements(list, op, 0) / c, c};
}

static const struct nncl_batchnorm *settings(const struct op *op)
{
    return (const void *)op->attributes;
}

/* Fills in the defaults. */
static enum nncl_status complete(
    const char *op, const struct nncl_batchnorm *given, struct nncl_batchnorm *all)
{
    *all = given ? *given : (struct nncl_batchnorm){0};
    all->momentum = all->momentum == 0 ? 0.1f : all->momentum;
    all->epsilon = all->epsilon == 0 ? 1e-5f : all->epsilon;
    if (!(all->momentum > 0 && all->momentum <= 1))
        return nncl_fail(NNCL_USAGE, "%s: the momentum must be above 0 and at most 1, not %g", op,
            (double)all->momentum);
    if (!(all->epsilon > 0))
        return nncl_fail(
            NNCL_USAGE, "%s: epsilon must be positive, not %g", op, (double)all->epsilon);
    return NNCL_OK;
}

static double four_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 4 * (double)op_elements(list, op, 0);
}

/* ---- Statistics ---- */

enum { STATISTICS_X, STATISTICS_PARTS, STATISTICS_OUT };

static enum nncl_status statistics_prepare(struct op_site *site)
{
    const struct matrix x = matrix_of(site->list, site->op, STATISTICS_OUT);
    struct buffer *const *buffers = site->buffers;
    const struct spread parts = columns_spread(site->device, x.m, x.c);
    const struct spread total = columns_total_spread(site->device, x.m, x.c);
    enum nncl_status status;
    TRY(spread_launch(site, "batchnorm", "batchnorm_moments", NULL, &parts,
        ARGUMENTS(ARG_BUFFER(buffers[STATISTICS_X]), ARG_BUFFER(buffers[STATISTICS_PARTS]),
            ARG_SIZE(x.m), ARG_SIZE(x.c), ARG_SIZE(parts.rows), ARG_SIZE(parts.span))));
    TRY(spread_launch(site, "batchnorm", "batchnorm_statistics", NULL, &total,
        ARGUMENTS(ARG_BUFFER(buffers[STATISTICS_PARTS]), ARG_BUFFER(buffers[STATISTICS_OUT]),
            ARG_SIZE(x.m), ARG_SIZE(x.c), ARG_SIZE(parts.rows),
            ARG_FLOAT(settings(site->op)->epsilon), ARG_SIZE(total.span))));
out:
    return status;
}

/* What only the kernels pass on among themselves. */
static void clear_parts(
    const struct nncl_op_list *list, const struct op *op, unsigned parts, void *array)
{
    memset(array, 0, op_elements(list, op, parts) * sizeof(float));
}

static void statistics_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct matrix x = matrix_of(list, op, STATISTICS_OUT);
    clear_parts(list, op, STATISTICS_PARTS, arrays[STATISTICS_PARTS]);
    ref_batchnorm_statistics(
        x.m, x.c, settings(op)->epsilon, arrays[STATISTICS_X], arrays[STATISTICS_OUT]);
}

static const struct op_type op_batchnorm_statistics = {.name = "batchnorm_statistics",
    .inputs = 1,
    .outputs = 2,
    .prepare = statistics_prepare,
    .reference = statistics_reference,
    .flop = four_flop};

enum nncl_status nncl_op_batchnorm_statistics(struct nncl_op_list *list,
    const struct nncl_batchnorm *batchnorm, nncl_tensor_id x, size_t channels,
    nncl_tensor_id *statistics)
{
    static const char op[] = "batchnorm_statistics";
    const struct op_demand demand = {x, "x", NNCL_FLOAT32, SHAPE(0, 0)};
    struct nncl_batchnorm all;
    nncl_tensor_id parts;
    enum nncl_status status;
    TRY(op_demand(list, op, &demand, 1));
    TRY(columns_divide(op, list, x, channels));
    TRY(complete(op, batchnorm, &all));
    const struct nncl_shape shape = op_shape(list, x);
    const size_t m = nncl_shape_elements(&shape) / channels;
    const struct op_output outputs[] = {{NNCL_FLOAT32, columns_shape(m, channels), &parts},
        {NNCL_FLOAT32, SHAPE(ROWS_OF_STATISTICS, channels), statistics}};
    TRY(op_append(list, &op_batchnorm_statistics, &x, outputs, &all, sizeof all));
out:
    return status;
}

/* ---- Forward ---- */

enum { NORMALISE_X, NORMALISE_W, NORMALISE_B, NORMALISE_STATISTICS };

static enum nncl_status normalise_prepare(struct op_site *site)
{
    const struct matrix x = matrix_of(site->list, site->op, NORMALISE_W);
    const struct spread spread = spread_matrix(site->device, x.m, x.c);
    struct op_tail tail;
    op_tail(site, &tail);
    return spread_launch_tail(site, "batchnorm", "batchnorm", &spread, &tail,
        ARGUMENTS(ARG_BUFFER(site->buffers[NORMALISE_X]), ARG_BUFFER(site->buffers[NORMALISE_W]),
            ARG_BUFFER(site->buffers[NORMALISE_B]), ARG_BUFFER(site->buffers[NORMALISE_STATISTICS]),
            ARG_BUFFER(tail.result), ARG_SIZE(x.m), ARG_SIZE(x.c), ARG_SIZE(spread.rows),
            ARG_SIZE(spread.span)));
}

static void normalise_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct matrix x = matrix_of(list, op, NORMALISE_W);
    ref_batchnorm(x.m, x.c, arrays[0], arrays[1], arrays[2], arrays[3], arrays[4]);
}

static size_t channels(const struct nncl_op_list *list, const struct op *op)
{
    return op_size(list, op, NORMALISE_W, 0);
}

static const struct op_type op_batchnorm = {.name = "batchnorm",
    .inputs = 4,
    .outputs = 1,
    .prepare = normalise_prepare,
    .reference = normalise_reference,
    .flop = four_flop,
    .columns = channels,
    .takes_epilogues = op_always_takes_epilogues};

enum nncl_status nncl_op_batchnorm(struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id w,
    nncl_tensor_id b, nncl_tensor_id statistics, nncl_tensor_id *y)
{
    const size_t c = op_shape(list, w).size[0];
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, SHAPE(0, 0)},
        {w, "w", NNCL_FLOAT32, SHAPE(0)}, {b, "b", NNCL_FLOAT32, SHAPE(c)},
        {statistics, "statistics", NNCL_FLOAT32, SHAPE(ROWS_OF_STATISTICS, c)}};
    enum nncl_status status;
    TRY(op_demand(list, "batchnorm", demands, 4));
    TRY(columns_divide("batchnorm", list, x, c));
    const nncl_tensor_id given[] = {x, w, b, statistics};
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), y};
    TRY(op_append(list, &op_batchnorm, given, &output, NULL, 0));
out:
    return status;
}

/* ---- Inference ---- */

enum { INFERENCE_INPUTS = 5 }; /* x, w, b, mean, variance */

static enum nncl_status inference_prepare(struct op_site *site)
{
    const struct matrix x = matrix_of(site->list, site->op, 1);
    const struct spread spread = spread_matrix(site->device, x.m, x.c);
    struct step_argument arguments[INFERENCE_INPUTS + 6];
    size_t count = 0;
    for (; count <= INFERENCE_INPUTS; count++)
        arguments[count] = ARG_BUFFER(site->buffers[count]);
    arguments[count++] = ARG_FLOAT(settings(site->op)->epsilon);
    arguments[count++] = ARG_SIZE(x.m);
    arguments[count++] = ARG_SIZE(x.c);
    arguments[count++] = ARG_SIZE(spread.rows);
    arguments[count++] = ARG_SIZE(spread.span);
    return spread_launch(site, "batchnorm", "batchnorm_inference", NULL, &spread, arguments, count);
}

static void inference_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct matrix x = matrix_of(list, op, 1);
    ref_batchnorm_inference(x.m, x.c, settings(op)->epsilon, arrays[0], arrays[1], arrays[2],
        arrays[3], arrays[4], arrays[5]);
}

static size_t inference_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    for (unsigned i = 1; i < INFERENCE_INPUTS; i++)
        arguments[i - 1] = ARG_BUFFER(tensors[op->tensor[i]]);
    arguments[INFERENCE_INPUTS - 1] = ARG_FLOAT(settings(op)->epsilon);
    return INFERENCE_INPUTS;
}

static const struct op_epilogue inference_epilogue = {
    .prefix = "BATCHNORM", .value = 0, .arguments = inference_arguments, .columns = channels};

static const struct op_type op_batchnorm_inference = {.name = "batchnorm_inference",
    .inputs = INFERENCE_INPUTS,
    .outputs = 1,
    .prepare = inference_prepare,
    .reference = inference_reference,
    .flop = four_flop,
    .epilogue = &inference_epilogue};

enum nncl_status nncl_op_batchnorm_inference(struct nncl_op_list *list,
    const struct nncl_batchnorm *batchnorm, nncl_tensor_id x, nncl_tensor_id w, nncl_tensor_id b,
    nncl_tensor_id mean, nncl_tensor_id variance, nncl_tensor_id *y)
{
    static const char op[] = "batchnorm_inference";
    const size_t c = op_shape(list, w).size[0];
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, SHAPE(0, 0)},
        {w, "w", NNCL_FLOAT32, SHAPE(0)}, {b, "b", NNCL_FLOAT32, SHAPE(c)},
        {mean, "mean", NNCL_FLOAT32, SHAPE(c)}, {variance, "variance", NNCL_FLOAT32, SHAPE(c)}};
    struct nncl_batchnorm all;
    enum nncl_status status;
    TRY(op_demand(list, op, demands, INFERENCE_INPUTS));
    TRY(columns_divide(op, list, x, c));
    TRY(complete(op, batchnorm, &all));
    const nncl_tensor_id given[] = {x, w, b, mean, variance};
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), y};
    TRY(op_append(list, &op_batchnorm_inference, given, &output, &all, sizeof all));
out:
    return status;
}

/* ---- Backward ---- */

enum { SUMS_X, SUMS_DY, SUMS_STATISTICS, SUMS_PARTS, SUMS_DW, SUMS_DB };

static enum nncl_status sums_prepare(struct op_site *site)
{
    const struct matrix x = matrix_of(site->list, site->op, SUMS_DW);
    struct buffer *const *buffers = site->buffers;
    const struct spread spread = columns_spread(site->device, x.m, x.c);
    enum nncl_status status;
    TRY(spread_launch(site, "batchnorm", "batchnorm_backward_sums", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(buffers[SUMS_X]), ARG_BUFFER(buffers[SUMS_DY]),
            ARG_BUFFER(buffers[SUMS_STATISTICS]), ARG_BUFFER(buffers[SUMS_PARTS]), ARG_SIZE(x.m),
            ARG_SIZE(x.c), ARG_SIZE(spread.rows), ARG_SIZE(spread.span))));
    TRY(columns_total(site, x.m, x.c, buffers[SUMS_PARTS], buffers[SUMS_DW], buffers[SUMS_DB]));
out:
    return status;
}

static void sums_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct matrix x = matrix_of(list, op, SUMS_DW);
    clear_parts(list, op, SUMS_PARTS, arrays[SUMS_PARTS]);
    ref_batchnorm_backward_sums(x.m, x.c, arrays[SUMS_X], arrays[SUMS_DY], arrays[SUMS_STATISTICS],
        arrays[SUMS_DW], arrays[SUMS_DB]);
}

static const struct op_type op_batchnorm_backward_sums = {.name = "batchnorm_backward_sums",
    .inputs = 3,
    .outputs = 3,
    .prepare = sums_prepare,
    .reference = sums_reference,
    .flop = four_flop};

enum nncl_status nncl_op_batchnorm_backward_sums(struct nncl_op_list *list, nncl_tensor_id x,
    nncl_tensor_id dy, nncl_tensor_id statistics, nncl_tensor_id *dw, nncl_tensor_id *db)
{
    static const char op[] = "batchnorm_backward_sums";
    const struct nncl_shape shape = op_shape(list, x);
    const size_t c = op_shape(list, statistics).size[1];
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, SHAPE(0, 0)},
        {dy, "dy", NNCL_FLOAT32, shape},
        {statistics, "statistics", NNCL_FLOAT32, SHAPE(ROWS_OF_STATISTICS, 0)}};
    nncl_tensor_id parts;
    enum nncl_status status;
    TRY(op_demand(list, op, demands, 3));
    TRY(columns_divide(op, list, x, c));
    const nncl_tensor_id given[] = {x, dy, statistics};
    const struct op_output outputs[] = {
        {NNCL_FLOAT32, columns_shape(nncl_shape_elements(&shape) / c, c), &parts},
        {NNCL_FLOAT32, SHAPE(c), dw}, {NNCL_FLOAT32, SHAPE(c), db}};
    TRY(op_append(list, &op_batchnorm_backward_sums, given, outputs, NULL, 0));
out:
    return status;
}

enum { BACKWARD_INPUTS = 6, BACKWARD_W = 2 }; /* x, dy, w, statistics, dw, db */

static enum nncl_status backward_prepare(struct op_site *site)
{
    const struct matrix x = matrix_of(site->list, site->op, BACKWARD_W);
    const struct spread spread = spread_matrix(site->device, x.m, x.c);
    struct step_argument arguments[BACKWARD_INPUTS + 5];
    struct op_tail tail;
    size_t count = 0;
    op_tail(site, &tail);
    for (; count < BACKWARD_INPUTS; count++)
        arguments[count] = ARG_BUFFER(site->buffers[count]);
    arguments[count++] = ARG_BUFFER(tail.result);
    arguments[count++] = ARG_SIZE(x.m);
    arguments[count++] = ARG_SIZE(x.c);
    arguments[count++] = ARG_SIZE(spread.rows);
    arguments[count++] = ARG_SIZE(spread.span);
    return spread_launch_tail(
        site, "batchnorm", "batchnorm_backward", &spread, &tail, arguments, count);
}

static void backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct matrix x = matrix_of(list, op, BACKWARD_W);
    ref_batchnorm_backward(
        x.m, x.c, arrays[0], arrays[1], arrays[2], arrays[3], arrays[4], arrays[5], arrays[6]);
}

static double backward_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 8 * (double)op_elements(list, op, 0);
}

static size_t backward_channels(const struct nncl_op_list *list, const struct op *op)
{
    return op_size(list, op, BACKWARD_W, 0);
}

static const struct op_type op_batchnorm_backward = {.name = "batchnorm_backward",
    .inputs = BACKWARD_INPUTS,
    .outputs = 1,
    .prepare = backward_prepare,
    .reference = backward_reference,
    .flop = backward_flop,
    .columns = backward_channels,
    .takes_epilogues = op_always_takes_epilogues};

enum nncl_status nncl_op_batchnorm_backward(struct nncl_op_list *list, nncl_tensor_id x,
    nncl_tensor_id dy, nncl_tensor_id w, nncl_tensor_id statistics, nncl_tensor_id dw,
    nncl_tensor_id db, nncl_tensor_id *dx)
{
    static const char op[] = "batchnorm_backward";
    const struct nncl_shape shape = op_shape(list, x);
    const size_t c = op_shape(list, w).size[0];
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, SHAPE(0, 0)},
        {dy, "dy", NNCL_FLOAT32, shape}, {w, "w", NNCL_FLOAT32, SHAPE(0)},
        {statistics, "statistics", NNCL_FLOAT32, SHAPE(ROWS_OF_STATISTICS, c)},
        {dw, "dw", NNCL_FLOAT32, SHAPE(c)}, {db, "db", NNCL_FLOAT32, SHAPE(c)}};
    enum nncl_status status;
    TRY(op_demand(list, op, demands, BACKWARD_INPUTS));
    TRY(columns_divide(op, list, x, c));
    const nncl_tensor_id given[] = {x, dy, w, statistics, dw, db};
    const struct op_output output = {NNCL_FLOAT32, shape, dx};
    TRY(op_append(list, &op_batchnorm_backward, given, &output, NULL, 0));
out:
    return status;
}

/* ---- Running statistics ---- */

/* One value says nothing of a variance: such a batch changes nothing. */
struct running {
    float momentum, unbias;
};

static enum nncl_status running_prepare(struct op_site *site)
{
    const struct running *running = (const void *)site->op->attributes;
    const size_t c = op_size(site->list, site->op, 0, 1);
    const struct spread spread = spread_columns(site->device, c, 1);
    struct buffer *const *buffers = site->buffers;
    return spread_launch(site, "batchnorm", "batchnorm_running", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(buffers[0]), ARG_BUFFER(buffers[1]), ARG_BUFFER(buffers[2]),
            ARG_BUFFER(buffers[3]), ARG_BUFFER(buffers[4]), ARG_SIZE(c),
            ARG_FLOAT(running->momentum), ARG_FLOAT(running->unbias), ARG_SIZE(spread.span)));
}

static void running_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct running *running = (const void *)op->attributes;
    ref_batchnorm_running(op_size(list, op, 0, 1), running->momentum, running->unbias, arrays[0],
        arrays[1], arrays[2], arrays[3], arrays[4]);
}

static double running_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 7 * (double)op_size(list, op, 0, 1);
}

static const struct op_type op_batchnorm_running = {.name = "batchnorm_running",
    .inputs = 3,
    .updates = 2,
    .prepare = running_prepare,
    .reference = running_reference,
    .flop = running_flop};

enum nncl_status nncl_op_batchnorm_running(struct nncl_op_list *list,
    const struct nncl_batchnorm *batchnorm, size_t values, nncl_tensor_id statistics,
    nncl_tensor_id state, nncl_tensor_id batch_loss, nncl_tensor_id mean, nncl_tensor_id variance)
{
    static const char op[] = "batchnorm_running";
    const size_t c = op_shape(list, mean).size[0];
    const struct op_demand demands[] = {{mean, "mean", NNCL_FLOAT32, SHAPE(0)},
        {variance, "variance", NNCL_FLOAT32, SHAPE(c)},
        {statistics, "statistics", NNCL_FLOAT32, SHAPE(ROWS_OF_STATISTICS, c)},
        {state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)},
        {batch_loss, "batch_loss", NNCL_FLOAT32, SHAPE(1)}};
    struct nncl_batchnorm all;
    enum nncl_status status;
    TRY(op_demand(list, op, demands, 5));
    TRY(complete(op, batchnorm, &all));
    if (values == 0)
        TRY(nncl_fail(NNCL_USAGE, "%s: statistics of 0 values", op));
    const struct running running = {.momentum = values > 1 ? all.momentum : 0,
        .unbias = values > 1 ? (float)((double)values / ((double)values - 1)) : 1};
    const nncl_tensor_id given[] = {statistics, state, batch_loss, mean, variance};
    TRY(op_append(list, &op_batchnorm_running, given, NULL, &running, sizeof running));
out:
    return status;
}
