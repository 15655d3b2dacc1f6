/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ops/window.h"

#include <inttypes.h>
#include <string.h>

#include "base/status.h"

/* One axis: the windows' number and the padding in front. With `same` there are size / stride of
 * them, rounded up, and what is missing is shared between both ends, the odd one behind. */
static bool fit_axis(uint32_t size, uint32_t window, const struct window *how, bool same,
    uint32_t *count, uint32_t *before)
{
    uint64_t reach = (uint64_t)(window - 1) * how->dilation + 1;
    *before = 0;
    if (same) {
        *count = (size - 1) / how->stride + 1;
        uint64_t wanted = (uint64_t)(*count - 1) * how->stride + reach;
        *before = wanted > size ? (uint32_t)((wanted - size) / 2) : 0;
        return reach <= INT32_MAX / 2;
    }
    if (reach > size)
        return false;
    *count = (uint32_t)((size - reach) / how->stride + 1);
    return true;
}

bool window_fits(struct window *window, bool same)
{
    window->stride = window->stride ? window->stride : 1;
    window->dilation = window->dilation ? window->dilation : 1;
    return window->height > 0 && window->width > 0 && window->down > 0 && window->across > 0 &&
           fit_axis(
               window->height, window->down, window, same, &window->out_height, &window->top) &&
           fit_axis(window->width, window->across, window, same, &window->out_width, &window->left);
}

enum nncl_status window_fit(const char *op, bool same, struct window *window)
{
    if (window_fits(window, same))
        return NNCL_OK;
    return nncl_fail(NNCL_USAGE,
        "%s: no window of %" PRIu32 " x %" PRIu32 " fits into a picture of %" PRIu32 " x %" PRIu32,
        op, window->down, window->across, window->height, window->width);
}

enum nncl_status window_fit_pool(
    const char *op, const struct nncl_pool *pool, struct window *window)
{
    *window = (struct window){.height = pool->height,
        .width = pool->width,
        .down = pool->down,
        .across = pool->across,
        .stride = pool->stride};
    return window_fit(op, pool->same, window);
}

enum nncl_status window_channels(const char *op, const struct nncl_op_list *list, nncl_tensor_id id,
    const char *role, uint32_t height, uint32_t width, size_t *channels)
{
    const struct op_demand demand = {id, role, NNCL_FLOAT32, SHAPE(0, 0)};
    enum nncl_status status = op_demand(list, op, &demand, 1);
    if (status != NNCL_OK)
        return status;
    size_t features = op_shape(list, id).size[1], pixels = (size_t)height * width;
    if (features % pixels != 0)
        return nncl_fail(NNCL_USAGE,
            "%s: %s is [%zu, %zu], and its rows are no pictures of %" PRIu32 " x %" PRIu32, op,
            role, op_shape(list, id).size[0], features, height, width);
    *channels = features / pixels;
    return NNCL_OK;
}

struct spread window_spread(const struct nncl_device *device, size_t rows, size_t cost)
{
    return spread_elements(device, rows, cost ? cost : 1);
}

void window_arguments(const struct window *window, size_t n, size_t channels,
    struct step_argument arguments[WINDOW_ARGUMENTS])
{
    const struct step_argument all[WINDOW_ARGUMENTS] = {ARG_SIZE(n), ARG_UINT(window->height),
        ARG_UINT(window->width), ARG_SIZE(channels), ARG_UINT(window->out_height),
        ARG_UINT(window->out_width), ARG_UINT(window->down), ARG_UINT(window->across),
        ARG_UINT(window->stride), ARG_UINT(window->top), ARG_UINT(window->left)};
    memcpy(arguments, all, sizeof all);
}
