/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Windows that slide over pictures: where they stand and how many there are. A tensor of pictures
 * is [N, height · width · channels] in an op list. */
#ifndef NNCL_OPS_WINDOW_H
#define NNCL_OPS_WINDOW_H

#include "ops/spread.h"
#include "ref/window.h"

/* Works out the outputs' number and the padding from the rest of `window`; 0 in stride and dilation
 * becomes 1. False where no window fits. */
bool window_fits(struct window *window, bool same);

/* The same for an op's builder, which fails with NNCL_USAGE. */
enum nncl_status window_fit(const char *op, bool same, struct window *window);

/* The same for pooling, into `window`. */
enum nncl_status window_fit_pool(
    const char *op, const struct nncl_pool *pool, struct window *window);

/* NNCL_OK if a tensor is pictures of height x width, and how many channels they have; else
 * NNCL_USAGE. */
enum nncl_status window_channels(const char *op, const struct nncl_op_list *list, nncl_tensor_id id,
    const char *role, uint32_t height, uint32_t width, size_t *channels);

/* How many pixels' rows, each of `cost` simple operations, a work-item does. */
struct spread window_spread(const struct nncl_device *device, size_t rows, size_t cost);

/* The arguments that all kernels of windows take from N to left: WINDOW_ARGUMENTS of them. */
enum { WINDOW_ARGUMENTS = 11 };
void window_arguments(const struct window *window, size_t n, size_t channels,
    struct step_argument arguments[WINDOW_ARGUMENTS]);

#endif
