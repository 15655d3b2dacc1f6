/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products by CLBlast's C API. */
#include "gemm/clblast.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/status.h"
#include "gemm/kept.h"
#include "gemm/providers.h"

/* What one product needs at each call. The buffers belong to the plan. */
struct product {
    struct nncl_device *device;
    size_t m, n, k, lda, ldb, ldc;
    float alpha, beta;
    CLBlastTranspose transpose_a, transpose_b;
    cl_mem a, b, c;
    bool needs_workspace; /* that of the device */
};

/* Products alive in this process: with the last one goes CLBlast's cache, which holds on to
 * contexts and programs. */
static atomic_size_t alive;

static const struct {
    CLBlastStatusCode code;
    const char *name;
} clblast_codes[] = {
#define CODE(name)                                                                                 \
    {                                                                                              \
        name, #name                                                                                \
    }
    CODE(CLBlastNotImplemented),
    CODE(CLBlastInvalidMatrixA),
    CODE(CLBlastInvalidMatrixB),
    CODE(CLBlastInvalidMatrixC),
    CODE(CLBlastInvalidLeadDimA),
    CODE(CLBlastInvalidLeadDimB),
    CODE(CLBlastInvalidLeadDimC),
    CODE(CLBlastInsufficientMemoryA),
    CODE(CLBlastInsufficientMemoryB),
    CODE(CLBlastInsufficientMemoryC),
    CODE(CLBlastInsufficientMemoryTemp),
    CODE(CLBlastInvalidLocalMemUsage),
    CODE(CLBlastNoHalfPrecision),
    CODE(CLBlastNoDoublePrecision),
    CODE(CLBlastDatabaseError),
    CODE(CLBlastUnknownError),
    CODE(CLBlastUnexpectedError),
#undef CODE
};

const char *clblast_code_name(CLBlastStatusCode code)
{
    for (size_t i = 0; i < sizeof clblast_codes / sizeof clblast_codes[0]; i++)
        if (clblast_codes[i].code == code)
            return clblast_codes[i].name;
    return NULL;
}

/* CLBlast passes OpenCL's own codes through, in the same numbers. */
static enum nncl_status product_result(
    const struct product *product, CLBlastStatusCode code, const char *call)
{
    const char *name = clblast_code_name(code);
    if (name)
        return nncl_fail(NNCL_FAILED, "%s failed with %s (%d) for %zu x %zu x %zu on %s", call,
            name, (int)code, product->m, product->n, product->k, product->device->info.name);
    return opencl_result(product->device, (cl_int)code, call);
}

static enum nncl_status product_enqueue(void *context, cl_command_queue queue)
{
    const struct product *p = context;
    const struct gemm_kept *kept = p->needs_workspace ? gemm_kept(p->device) : NULL;
    CLBlastStatusCode code = CLBlastSgemmWithTempBuffer(CLBlastLayoutRowMajor, p->transpose_a,
        p->transpose_b, p->m, p->n, p->k, p->alpha, p->a, 0, p->lda, p->b, 0, p->ldb, p->beta, p->c,
        0, p->ldc, &queue, NULL, kept ? opencl_memory(kept->workspace) : NULL);
    return product_result(p, code, "CLBlastSgemm");
}

static void product_free(void *context)
{
    struct product *product = context;
    struct gemm_kept *kept = product->needs_workspace ? gemm_kept(product->device) : NULL;
    if (kept && --kept->workspace_users == 0)
        buffer_free(&kept->workspace);
    free(product);
    if (atomic_fetch_sub(&alive, 1) == 1)
        (void)CLBlastClearCache();
}

/* One workspace, as large as the largest product needs. What is under way keeps the smaller one. */
static enum nncl_status share_workspace(struct product *p, size_t bytes)
{
    struct gemm_kept *kept = gemm_kept(p->device);
    if (!kept)
        return nncl_fail_memory("a matrix product", sizeof *kept);
    if (!kept->workspace || kept->workspace->bytes < bytes) {
        struct buffer *larger = NULL;
        enum nncl_status status = buffer_create(p->device, bytes, &larger);
        if (status != NNCL_OK)
            return status;
        buffer_free(&kept->workspace);
        kept->workspace = larger;
    }
    kept->workspace_users++;
    p->needs_workspace = true;
    return NNCL_OK;
}

static enum nncl_status make_workspace(struct product *p)
{
    size_t bytes = 0;
    cl_command_queue queue = opencl_device(p->device)->queue;
    CLBlastStatusCode code = CLBlastSGemmTempBufferSize(CLBlastLayoutRowMajor, p->transpose_a,
        p->transpose_b, p->m, p->n, p->k, 0, p->lda, 0, p->ldb, 0, p->ldc, &queue, &bytes);
    enum nncl_status status = product_result(p, code, "CLBlastSGemmTempBufferSize");
    return status == NNCL_OK && bytes > 0 ? share_workspace(p, bytes) : status;
}

static bool clblast_supports(const struct nncl_device *device, const struct gemm *gemm)
{
    (void)gemm;
    return !device_is_host(device);
}

static enum nncl_status clblast_prepare(
    struct nncl_device *device, const struct gemm *gemm, struct step *step)
{
    const struct gemm_parameters parameters = gemm_parameters(device, &gemm_clblast, gemm);
    enum nncl_status status = clblast_override(device, &parameters);
    if (status != NNCL_OK)
        return status;
    struct product *product = calloc(1, sizeof *product);
    if (!product)
        return nncl_fail_memory("a matrix product", sizeof *product);
    *product = (struct product){
        .device = device,
        .m = gemm->m,
        .n = gemm->n,
        .k = gemm->k,
        .lda = gemm->lda,
        .ldb = gemm->ldb,
        .ldc = gemm->ldc,
        .alpha = gemm->alpha,
        .beta = gemm->beta,
        .transpose_a = gemm->transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo,
        .transpose_b = gemm->transpose_b ? CLBlastTransposeYes : CLBlastTransposeNo,
        .a = opencl_memory(gemm->a),
        .b = opencl_memory(gemm->b),
        .c = opencl_memory(gemm->c),
    };
    atomic_fetch_add(&alive, 1);
    *step = (struct step){.device = device,
        .label = "CLBlastSgemm",
        .call = product_enqueue,
        .free_context = product_free,
        .context = product};
    return make_workspace(product);
}

const struct gemm_provider gemm_clblast = {.name = "clblast",
    .supports = clblast_supports,
    .prepare = clblast_prepare,
    .parameters = clblast_parameters,
    .built_in = clblast_built_in,
    .valid = clblast_valid,
    .one_set = true};
