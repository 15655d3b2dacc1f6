/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Ways in which kernels are broken on purpose: broken.c tries them, sources.c sees that no kernel
 * is left out. */
#ifndef NNCL_TESTS_OPS_DAMAGES_H
#define NNCL_TESTS_OPS_DAMAGES_H

/* How a kernel is broken: the text that comes first in cl/<file> is replaced. Those of the
 * benchmark compute no op: tests/tune/bench.c breaks them. */
static const struct damage {
    const char *kernel, *op, *file, *text, *replacement;
} damages[] = {
    {"adam", "adam", "adam.h.cl", "(1.0f - adam.beta2)", "(1.0f - adam.beta1)"},
    {"adam", "adam", "adam.h.cl", "state[STATE_STEP] + 1u", "state[STATE_STEP]"},
    {"adam", "adam", "adam.h.cl", "step_is_bad(adam_state, adam_batch_loss)", "false"},
    {"advance_state", "advance_state", "advance_state.cl", "position < count ? position",
        "position <= count ? position"},
    {"bias", "bias", "bias.h.cl", "x + b", "x - b"},
    {"bias", "bias", "bias.cl", "j < part.right; j++", "j <= part.right; j++"},
    {"bias_backward", "bias_backward", "bias.cl", "sum += load_vector", "sum -= load_vector"},
    {"bias_backward", "bias_backward", "bias.cl", "sum += SPLAT(dy", "sum = SPLAT(dy"},
    {"confusion", "confusion", "confusion.cl", "labels[i] * C + predicted[i]",
        "predicted[i] * C + labels[i]"},
    {"epilogue", "matmul+bias+relu (vector)", "epilogue.h.cl", "JOIN(EPILOGUE_1, _EPILOGUE)",
        "JOIN(NONE, _EPILOGUE)"},
    {"epilogue", "bias_backward+adam", "bias.cl", "sum, j, j)", "sum, 0, 0)"},
    {"gather", "gather", "gather.cl", "x * scale + shift", "x * scale - shift"},
    {"gather_bytes", "gather+two matmuls (vector)", "gather.cl", "to[j] = from[j];", ""},
    {"gather_uint", "gather", "gather.cl", "out[i] = source[rows[i]];\n}", "out[i] = rows[i];\n}"},
    {"gemm_tiled", "matmul (tiled)", "gemm_tiled.cl", "WHOLE_K || i < k", "true"},
    {"gemm_tiled", "matmul (tiled)", "gemm_tiled.cl", "half_up = SLICES / 2", "half_up = 0"},
    {"gemm_tiled", "matmul (tiled)", "gemm_tiled.cl", "(size_t)row * ldc", "(size_t)row * n"},
    {"gemm_tiled", "gather+matmul+bias+relu (tiled)", "gemm_tiled.cl", "ROW_OF_A(i) rows[i]",
        "ROW_OF_A(i) (i)"},
    {"gemm_vector", "matmul (vector)", "gemm_vector.cl", "for (uint i = 0; i < k; i++)",
        "for (uint i = 1; i < k; i++)"},
    {"gemm_vector", "matmul (vector)", "gemm_finish.h.cl", "fma(SPLAT(beta), LOAD(at), value)",
        "value"},
    {"gemm_vector", "matmul (vector)", "gemm_vector.cl", "(first_row + r) * ldc",
        "(first_row + r) * n"},
    {"gemm_vector_packed", "matmul (vector)", "gemm_vector.cl",
        "for (uint i = 0; i < DEPTH; i++) {", "for (uint i = 1; i < DEPTH; i++) {"},
    {"gemm_vector_dot", "matmul (vector)", "gemm_vector.cl", "for (uint i = whole; i < k; i++)",
        "for (uint i = whole + 1; i < k; i++)"},
    {"gemm_vector_panel", "matmul (vector)", "gemm_vector_panel.cl",
        "for (uint i = 0; i < depth; i++) {", "for (uint i = 1; i < depth; i++) {"},
    {"gemm_vector_panel", "matmul (vector)", "gemm_vector_panel.cl",
        "for (; i < depth; i++)\n            for (uint r = 0;",
        "for (; i < depth; i++)\n            for (uint r = 1;"},
    {"gemm_vector_panel", "matmul (vector)", "gemm_vector_panel.cl", "y[2 * r].even = x[r].lo",
        "y[2 * r].even = x[r].hi"},
    {"gemm_vector_panel", "matmul (vector)", "gemm_vector_panel.cl", "min(row + r, m - 1)];",
        "min(row, m - 1)];"},
    {"gemm_vector_bytes", "gather+matmul+bias+relu (vector)", "gemm_vector_bytes.cl",
        "for (; i < count; i++)\n        bits", "for (; i + 1 < count; i++)\n        bits"},
    {"gemm_vector_bytes", "gather+two matmuls (vector)", "gemm_vector_bytes.cl",
        "#define ROW(i) ((size_t)(i))", "#define ROW(i) ((size_t)(i) / 2)"},
    {"gemm_vector_bytes_transposed", "gather+matmul+adam (vector)", "gemm_vector_bytes.cl",
        "uint p = own_pixel - pixel", "uint p = 0"},
    {"gemm_vector", "matmul+bias+relu (vector)", "bias.h.cl", "LOAD(bias_b + (column))",
        "LOAD(bias_b)"},
    {"gemm_vector", "matmul+bias+relu (vector)", "relu.h.cl", "value = relu_forward(value);", ""},
    {"gemm_vector", "matmul+relu_backward (vector)", "relu.h.cl", "LOAD(relu_y + (index))",
        "value"},
    {"metrics", "metrics", "metrics.cl", "predicted[i] == labels[i]", "predicted[i] <= labels[i]"},
    {"metrics", "metrics", "metrics.cl", "sum = sum_add(sum, sums[0])", "sum.value += sums[0]"},
    {"permute", "permute", "permute.h.cl", "round < 4", "round < 3"},
    {"permute", "permute", "permute.cl", "state[STATE_EPOCH]", "0u"},
    {"relu", "relu", "relu.h.cl", "x < SPLAT(0.0f) ? SPLAT(0.0f) : x", "fmax(x, SPLAT(0.0f))"},
    {"relu", "relu", "relu.cl", "i + WIDTH <= range.last", "i < range.last"},
    {"relu_backward", "relu_backward", "relu.h.cl", "y > SPLAT(0.0f)", "y >= SPLAT(0.0f)"},
    {"softmax", "softmax", "softmax.cl", "uint i = range.first", "uint i = range.first + 1"},
    {"softmax_xent", "softmax_xent", "softmax_xent.cl", "maximum - row[label]",
        "row[label] - maximum"},
    {"softmax_xent_backward", "softmax_xent_backward", "softmax_xent.cl", "? 1.0f : 0.0f",
        "? 0.999f : 0.0f"},
    {"bench_fma", NULL, "bench.cl", "i < rounds; i++", "i < rounds; i += 2"},
    {"bench_fma", NULL, "bench.cl", "chain[c] = fma(", "chain[0] = fma("},
    {"bench_fill", NULL, "bench.cl", "SPLAT(value)", "SPLAT(2.0f * value)"},
    {"bench_copy", NULL, "bench.cl", "store_vector(load_vector(0, x + i), 0, y + i)", ";"},
    {"bench_triad", NULL, "bench.cl", "pass < passes; pass++", "pass < min(passes, 1u); pass++"},
    {"bench_triad", NULL, "bench.cl", "load_vector(0, b + i) * factor +", ""},
    {"bench_count", NULL, "bench.cl", "counter[0] += 1u", "counter[0] = 1u"},
};
enum { DAMAGES = sizeof damages / sizeof damages[0] };

#endif
