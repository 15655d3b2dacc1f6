/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The matrix product: shapes here, computing by the providers of src/gemm. */
#include "base/log.h"
#include "gemm/gemm.h"
#include "ops/op.h"
#include "ref/ref.h"

static struct gemm describe(const struct nncl_op_list *list, const struct op *op)
{
    const struct nncl_matmul *matmul = (const void *)op->attributes;
    return gemm_dense(op_size(list, op, 2, 0), op_size(list, op, 2, 1),
        op_size(list, op, 0, matmul->transpose_a ? 0 : 1), matmul->transpose_a,
        matmul->transpose_b);
}

static void log_product(const struct nncl_device *device, const struct gemm *gemm,
    const struct gemm_provider *provider, const char *options)
{
    char parameters[320];
    gemm_describe(device, provider, gemm, parameters, sizeof parameters);
    nncl_log(NNCL_LOG_DEBUG, "product %zu x %zu x %zu%s%s: %s%s%s", gemm->m, gemm->n, gemm->k,
        gemm->transpose_a ? ", left transposed" : "", gemm->transpose_b ? ", right transposed" : "",
        provider->name, parameters, options);
}

static enum nncl_status prepare(struct op_site *site)
{
    struct gemm gemm = describe(site->list, site->op);
    struct op_tail tail;
    op_tail(site, &tail);
    gemm.a = site->buffers[0];
    gemm.byte_scale = site->op->byte_scale;
    gemm.b = site->buffers[1];
    gemm.c = tail.result;
    gemm.epilogue_options = tail.options;
    gemm.epilogue_arguments = tail.arguments;
    gemm.epilogue_count = tail.count;
    const struct gemm_provider *provider = NULL;
    struct step *step = NULL;
    enum nncl_status status = gemm_choose(site->device, site->gemm, &gemm, &provider);
    if (status == NNCL_OK)
        status = op_step(site, &step);
    if (status != NNCL_OK)
        return status;
    if (!device_is_dry(site->device))
        log_product(site->device, &gemm, provider, tail.options);
    status = provider->prepare(site->device, &gemm, step);
    step->provider = provider->name;
    return status;
}

/* The provider that will serve the op; NULL if it cannot be served, which preparing it reports. */
static const struct gemm_provider *provider_of(
    const struct nncl_device *device, const char *wanted, const struct gemm *gemm)
{
    const struct gemm_provider *provider = NULL;
    return gemm_choose(device, wanted, gemm, &provider) == NNCL_OK ? provider : NULL;
}

static bool takes_bytes(const struct nncl_device *device, const char *wanted,
    const struct nncl_op_list *list, const struct op *op)
{
    const struct gemm gemm = describe(list, op);
    const struct gemm_provider *provider = provider_of(device, wanted, &gemm);
    return provider && provider->takes_bytes && provider->takes_bytes(device, &gemm);
}

/* The provider is chosen before anything is folded: CLBlast takes no epilogues. */
static bool takes_epilogues(const struct nncl_device *device, const char *wanted,
    const struct nncl_op_list *list, const struct op *op)
{
    const struct gemm gemm = describe(list, op);
    const struct gemm_provider *provider = provider_of(device, wanted, &gemm);
    return provider && provider->takes_epilogues;
}

static void reference(const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    struct gemm gemm = describe(list, op);
    ref_matmul(gemm.m, gemm.n, gemm.k, gemm.transpose_a, gemm.transpose_b, arrays[0], arrays[1],
        arrays[2]);
}

static double flop(const struct nncl_op_list *list, const struct op *op)
{
    return 2 * (double)op_elements(list, op, 2) * (double)describe(list, op).k;
}

static struct nncl_shape extent(const struct nncl_op_list *list, const struct op *op)
{
    const struct gemm gemm = describe(list, op);
    return SHAPE(gemm.m, gemm.n, gemm.k);
}

static const struct op_type op_matmul = {.name = "matmul",
    .inputs = 2,
    .outputs = 1,
    .prepare = prepare,
    .reference = reference,
    .flop = flop,
    .extent = extent,
    .takes_bytes = takes_bytes,
    .takes_epilogues = takes_epilogues};

enum nncl_status nncl_op_matmul(struct nncl_op_list *list, const struct nncl_matmul *matmul,
    nncl_tensor_id a, nncl_tensor_id b, nncl_tensor_id *c)
{
    static const struct nncl_matmul plain = {0};
    const struct nncl_matmul *how = matmul ? matmul : &plain;
    const struct op_demand left = {a, "a", NNCL_FLOAT32, SHAPE(0, 0)};
    enum nncl_status status = op_demand(list, "matmul", &left, 1);
    if (status != NNCL_OK)
        return status;
    const struct nncl_shape *shape = nncl_op_list_shape(list, a);
    size_t m = shape->size[how->transpose_a ? 1 : 0], k = shape->size[how->transpose_a ? 0 : 1];
    const struct op_demand right = {
        b, "b", NNCL_FLOAT32, how->transpose_b ? SHAPE(0, k) : SHAPE(k, 0)};
    status = op_demand(list, "matmul", &right, 1);
    if (status != NNCL_OK)
        return status;
    size_t n = nncl_op_list_shape(list, b)->size[how->transpose_b ? 0 : 1];
    const nncl_tensor_id given[] = {a, b};
    const struct op_output output = {NNCL_FLOAT32, SHAPE(m, n), c};
    return op_append(list, &op_matmul, given, &output, how, sizeof *how);
}
