/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <float.h>
#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

/* Around the vectors' widths, a work-group's size and a CPU work-item's span. */
static const size_t sizes[] = {1, 3, 17, 65, 257, 4097, 100003};

static size_t size_count(const struct checker *checker)
{
    return check_quick(checker) ? 5 : sizeof sizes / sizeof sizes[0];
}

static const float special[] = {
    -0.0f, 0.0f, 1e-40f, -1e-40f, FLT_MAX, -FLT_MAX, INFINITY, -INFINITY, NAN, 88, -88, 104, -104};
enum { SPECIAL = sizeof special / sizeof special[0] };

/* Bounds: exp and expm1 are off by 3 units in the last place, log1p by 2, tanh by 5, erfc by 16, a
 * division by 2.5 (OpenCL C 1.2, 7.4), other steps by half of one. A rounded argument z of an
 * exponential turns into z units: of up to 18 in gelu (x²/2 within 6, twice), 25 in gelutanh, each
 * off by a few units. Slopes that pass through 0 are held to the same share of their largest terms,
 * about 1. */
static const struct {
    double forward, backward; /* units in the last place */
    double slope;             /* absolute, for |dy| <= 1 */
} bounds[] = {
    [NNCL_LEAKYRELU] = {1, 1, 0},
    [NNCL_ELU] = {5, 2, 0},
    [NNCL_GELU] = {64, 0, 2e-6},
    [NNCL_GELUTANH] = {160, 0, 4e-6},
    [NNCL_SILU] = {8, 0, 2e-6},
    [NNCL_SIGMOID] = {8, 3, 0},
    [NNCL_TANH] = {6, 3, 0},
    [NNCL_SOFTPLUS] = {8, 5, 0},
};

static struct nncl_activation of_kind(enum nncl_activation_kind kind)
{
    const float parameter = kind == NNCL_LEAKYRELU ? 0.1f : kind == NNCL_ELU ? 1.25f : 0;
    return (struct nncl_activation){.kind = kind, .parameter = parameter};
}

static void forward_case(struct check_case *c, enum nncl_activation_kind kind, nncl_tensor_id x)
{
    const struct nncl_activation activation = of_kind(kind);
    nncl_tensor_id y = 0;
    check_built(c, nncl_op_activation(check_list(c), &activation, x, &y));
    check_output(c, "y", y, (struct check_bound){.ulp = bounds[kind].forward});
    check_end(c);
}

static void forward(struct checker *checker, enum nncl_activation_kind kind)
{
    for (size_t i = 0; i < size_count(checker); i++) {
        struct check_case *c = check_begin(checker, "n=%zu", sizes[i]);
        forward_case(c, kind, check_uniform(c, SHAPE(sizes[i]), -6, 6));
    }
    struct check_case *c = check_begin(checker, "special values");
    nncl_tensor_id x = check_uniform(c, SHAPE(2, 3, 5), -1, 1);
    check_put(c, x, special, SPECIAL);
    forward_case(c, kind, x);
}

/* Where `kept` lies: outputs where the gradient is taken from these. */
static void kept_range(enum nncl_activation_kind kind, float *low, float *high)
{
    *low = kind == NNCL_ELU ? -1.25f : kind == NNCL_SIGMOID || kind == NNCL_SOFTPLUS ? 0 : -6;
    *high = kind == NNCL_SIGMOID || kind == NNCL_TANH ? 1 : 6;
    if (kind == NNCL_TANH)
        *low = -1;
}

enum { VARIABLES = 6 };
static const float weights[VARIABLES] = {0.5f, -1.5f, 2.0f, 0.25f, -0.75f, 1};

/* Σ_i weights[i] · activation(x[i]), in double where the reference rounds to float. */
static double weighted(void *context, const float *x)
{
    const struct nncl_activation *activation = context;
    float y[VARIABLES];
    double sum = 0;
    ref_activation(VARIABLES, activation->kind, activation->parameter, x, y);
    for (size_t i = 0; i < VARIABLES; i++)
        sum += (double)weights[i] * (double)y[i];
    return sum;
}

static void differences(struct checker *checker, enum nncl_activation_kind kind)
{
    struct nncl_activation activation = of_kind(kind);
    const float x[VARIABLES] = {1, -1, 0.5f, -0.25f, 3, -2.5f}; /* none near a kink */
    float y[VARIABLES], dx[VARIABLES];
    ref_activation(VARIABLES, kind, activation.parameter, x, y);
    ref_activation_backward(VARIABLES, kind, activation.parameter,
        nncl_activation_keeps_input(kind) ? x : y, weights, dx);
    check_gradient(checker, "differences", (struct check_function){weighted, &activation},
        VARIABLES, x, dx, 1e-3);
}

static void backward(struct checker *checker, enum nncl_activation_kind kind)
{
    const struct nncl_activation activation = of_kind(kind);
    float low, high;
    kept_range(kind, &low, &high);
    for (size_t i = 0; i < size_count(checker); i++) {
        struct check_case *c = check_begin(checker, "n=%zu", sizes[i]);
        nncl_tensor_id kept = check_uniform(c, SHAPE(sizes[i]), low, high);
        nncl_tensor_id dy = check_uniform(c, SHAPE(sizes[i]), -1, 1), dx = 0;
        check_built(c, nncl_op_activation_backward(check_list(c), &activation, kept, dy, &dx));
        check_output(c, "dx", dx,
            (struct check_bound){.ulp = bounds[kind].backward, .absolute = bounds[kind].slope});
        check_end(c);
    }
    differences(checker, kind);
}

#define CASES(kind, name)                                                                          \
    static void name(struct checker *checker)                                                      \
    {                                                                                              \
        forward(checker, kind);                                                                    \
    }                                                                                              \
    static void name##_backward(struct checker *checker)                                           \
    {                                                                                              \
        backward(checker, kind);                                                                   \
    }
CASES(NNCL_LEAKYRELU, leakyrelu)
CASES(NNCL_ELU, elu)
CASES(NNCL_GELU, gelu)
CASES(NNCL_GELUTANH, gelutanh)
CASES(NNCL_SILU, silu)
CASES(NNCL_SIGMOID, sigmoid)
CASES(NNCL_TANH, hyperbolic)
CASES(NNCL_SOFTPLUS, softplus)

const struct check_op check_activation[] = {{.name = "leakyrelu", .cases = leakyrelu},
    {.name = "leakyrelu_backward", .cases = leakyrelu_backward}, {.name = "elu", .cases = elu},
    {.name = "elu_backward", .cases = elu_backward}, {.name = "gelu", .cases = gelu},
    {.name = "gelu_backward", .cases = gelu_backward}, {.name = "gelutanh", .cases = gelutanh},
    {.name = "gelutanh_backward", .cases = gelutanh_backward}, {.name = "silu", .cases = silu},
    {.name = "silu_backward", .cases = silu_backward}, {.name = "sigmoid", .cases = sigmoid},
    {.name = "sigmoid_backward", .cases = sigmoid_backward}, {.name = "tanh", .cases = hyperbolic},
    {.name = "tanh_backward", .cases = hyperbolic_backward},
    {.name = "softplus", .cases = softplus},
    {.name = "softplus_backward", .cases = softplus_backward}, {0}};
