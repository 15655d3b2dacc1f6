/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

/* m, n, k: single elements, rows and columns; around vectors and tiles; the layers of the default
 * network, forward and backward, with the last batch of 96 rows; larger ones, which outgrow caches.
 */
static const size_t shapes[][3] = {{1, 1, 1}, {1, 10, 128}, {7, 33, 5}, {33, 7, 65}, {17, 1, 31},
    {32, 10, 128}, {63, 64, 65}, {96, 128, 784}, {784, 128, 32}, {32, 784, 128}, {1, 128, 784},
    {257, 129, 3}, {256, 256, 256}, {130, 521, 509}, {101, 10, 256}};

struct product {
    size_t m, n, k;
    bool transpose_a, transpose_b;
};

static struct check_case *begin(
    struct checker *checker, struct product p, nncl_tensor_id *a, nncl_tensor_id *b)
{
    struct check_case *c = check_begin(checker, "m=%zu n=%zu k=%zu%s%s", p.m, p.n, p.k,
        p.transpose_a ? " a transposed" : "", p.transpose_b ? " b transposed" : "");
    *a = check_uniform(c, p.transpose_a ? SHAPE(p.k, p.m) : SHAPE(p.m, p.k), -1, 1);
    *b = check_uniform(c, p.transpose_b ? SHAPE(p.n, p.k) : SHAPE(p.k, p.n), -1, 1);
    return c;
}

static void end(struct check_case *c, struct product p, nncl_tensor_id a, nncl_tensor_id b)
{
    nncl_tensor_id product = 0;
    const struct nncl_matmul matmul = {p.transpose_a, p.transpose_b};
    check_built(c, nncl_op_matmul(check_list(c), &matmul, a, b, &product));
    check_output(c, "c", product, check_sum_bound(p.k));
    check_end(c);
}

/* An infinity and large numbers that cancel must stay in their own rows and columns. */
static void special_values(struct checker *checker, struct product p)
{
    nncl_tensor_id a, b;
    struct check_case *c = begin(checker, p, &a, &b);
    check_put(c, a, (const float[]){INFINITY, 1e6f, -1e6f, 1e-40f, -0.0f}, 5);
    end(c, p, a, b);
}

enum { M = 2, N = 3, K = 4 };
static const float left[M * K] = {0.5f, -1, 2, 0.25f, -0.75f, 1.5f, 0, 1};
static const float right[K * N] = {1, 0.5f, -1, 2, 0.125f, -0.5f, 1.25f, -2, 3, 0.75f, -1, 1};
static const float weights[M * N] = {0.5f, -1.5f, 2, 0.25f, -0.75f, 1};

static double weighted(const float *a, const float *b)
{
    float c[M * N];
    double sum = 0;
    ref_matmul(M, N, K, false, false, a, b, c);
    for (size_t i = 0; i < M * N; i++)
        sum += (double)weights[i] * (double)c[i];
    return sum;
}

static double by_left(void *context, const float *a)
{
    (void)context;
    return weighted(a, right);
}

static double by_right(void *context, const float *b)
{
    (void)context;
    return weighted(left, b);
}

/* The gradients of a product are products: da = dc·bᵀ, db = aᵀ·dc. */
static void differences(struct checker *checker)
{
    float da[M * K], db[K * N];
    ref_matmul(M, K, N, false, true, weights, right, da);
    ref_matmul(K, N, M, true, false, left, weights, db);
    check_gradient(
        checker, "differences by a", (struct check_function){by_left, NULL}, M * K, left, da, 1e-3);
    check_gradient(checker, "differences by b", (struct check_function){by_right, NULL}, K * N,
        right, db, 1e-3);
}

static void cases(struct checker *checker)
{
    size_t count = check_quick(checker) ? 7 : sizeof shapes / sizeof shapes[0];
    for (size_t i = 0; i < count; i++)
        for (unsigned transposed = 0; transposed < 4; transposed++) {
            struct product p = {
                shapes[i][0], shapes[i][1], shapes[i][2], transposed & 1, transposed & 2};
            nncl_tensor_id a, b;
            struct check_case *c = begin(checker, p, &a, &b);
            end(c, p, a, b);
            if (p.k == 65)
                special_values(checker, p);
        }
    for (size_t i = 0; i < count; i++)
        check_strided(checker, shapes[i][0], shapes[i][1], shapes[i][2]);
    differences(checker);
}

const struct check_op check_matmul[] = {{.name = "matmul", .cases = cases, .products = true}, {0}};
