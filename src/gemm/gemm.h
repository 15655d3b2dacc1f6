/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Matrix products: a dispatcher over providers, each one file here and its kernels in
 * cl/gemm_<provider>.cl. */
#ifndef NNCL_GEMM_GEMM_H
#define NNCL_GEMM_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "device/step.h"
#include "gemm/tuning.h"
#include "ref/window.h"

/* A left operand that is what windows see of pictures [n, height, width, channels]: a(pixel, term)
 * with pixel = (picture, oy, ox) and term = (ky, kx, channel), 0 outside. The pictures are spread
 * out, with spacing - 1 zeros between their pixels. */
struct gemm_windows {
    struct window window;
    uint32_t channels, spacing;
};

/* c[m][n] = alpha · Σ_k op(a)[m][k] · op(b)[k][n] + beta · c[m][n]; all float32 and row-major.
 * Where beta is 0, c is not read. gemm_dense fills in the first ten. */
struct gemm {
    size_t m, n, k;
    bool transpose_a;     /* a is stored [k][m] */
    bool transpose_b;     /* b is stored [n][k] */
    size_t lda, ldb, ldc; /* floats from a stored row to the next; at least its length */
    float alpha, beta;
    const struct buffer *a, *b;
    float byte_scale; /* not 0: a is stored as bytes, times this where it is read */
    const struct gemm_windows *windows; /* how a is read; NULL: as a matrix */
    const struct buffer *c; /* NULL: epilogues take the result, nothing is stored; beta is 0 then */
    /* Epilogues (cl/epilogue.h.cl), for providers that apply them: build options and arguments.
     * They come after alpha and beta; their own tensors are dense. */
    const char *epilogue_options; /* NULL: none */
    const struct step_argument *epilogue_arguments;
    size_t epilogue_count;
    /* Values of the provider's parameters; NULL: what the tuning database or its defaults say. */
    const struct gemm_parameters *parameters;
};

/* Dense matrices, c = op(a) · op(b). */
static inline struct gemm gemm_dense(
    size_t m, size_t n, size_t k, bool transpose_a, bool transpose_b)
{
    return (struct gemm){.m = m,
        .n = n,
        .k = k,
        .transpose_a = transpose_a,
        .transpose_b = transpose_b,
        .lda = transpose_a ? m : k,
        .ldb = transpose_b ? k : n,
        .ldc = n,
        .alpha = 1};
}

/* Whether b and c have no gaps between their rows and the result is the bare sum. */
static inline bool gemm_is_plain(const struct gemm *gemm)
{
    return gemm->ldb == (gemm->transpose_b ? gemm->k : gemm->n) && gemm->ldc == gemm->n &&
           gemm->alpha == 1 && gemm->beta == 0;
}

struct gemm_provider {
    const char *name; /* as --gemm takes it */
    /* Whether the provider can compute products of these sizes on this device. */
    bool (*supports)(const struct nncl_device *device, const struct gemm *gemm);
    bool takes_epilogues;
    /* Whether the left operand may be bytes; NULL: never. */
    bool (*takes_bytes)(const struct nncl_device *device, const struct gemm *gemm);
    /* Whether the left operand may be read through windows; NULL: never. */
    bool (*reads_windows)(const struct nncl_device *device, const struct gemm *gemm);
    /* Fills in the step that computes the product. */
    enum nncl_status (*prepare)(
        struct nncl_device *device, const struct gemm *gemm, struct step *step);

    /* What can be tuned, ended by a name that is NULL; itself NULL: nothing, and so are the next
     * three. */
    const struct gemm_parameter *parameters;
    /* Values by family of devices, ended by that for GEMM_ANY. */
    const struct gemm_built_in *built_in;
    /* Fits the built-in values, which `parameters` holds, to a product, so that they are valid;
     * NULL: they are for every product. */
    void (*defaults)(const struct nncl_device *device, const struct gemm *gemm,
        struct gemm_parameters *parameters);
    /* Whether the provider can compute the product with these values, which may be any: they come
     * from a file or a search. */
    bool (*valid)(const struct nncl_device *device, const struct gemm *gemm,
        const struct gemm_parameters *parameters);
    /* Whether all products of a device share one set of values, because the provider keeps them for
     * the whole process. */
    bool one_set;
};

/* All providers of this build. */
size_t gemm_provider_count(void);
const struct gemm_provider *gemm_provider_get(size_t index);

/* The provider of this name; NULL if there is none in this build. */
const struct gemm_provider *gemm_provider_find(const char *name);

/* The provider that serves a product where the tuning database says nothing: our own kernels on
 * CPUs and for most products on GPUs, CLBlast for the largest there, where it is built in. */
const struct gemm_provider *gemm_built_in_rule(
    const struct nncl_device *device, const struct gemm *gemm);

/* NNCL_OK if `name` is "auto" or a provider of this build; else NNCL_USAGE, listing those there
 * are. */
enum nncl_status gemm_check_name(const char *name);

/* Which provider serves a product: the one named by `wanted`, or for "auto" the fastest that the
 * tuning database knows for products like it, else that of the built-in rule. Errors:
 * NNCL_USAGE for a name that is none, listing those there are, or for a provider that does not
 * support the product. */
enum nncl_status gemm_choose(const struct nncl_device *device, const char *wanted,
    const struct gemm *gemm, const struct gemm_provider **provider);

#endif
