/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "gemm/windows.h"

#include <stdio.h>

const char *windows_options(const struct gemm *gemm, char options[WINDOWS_OPTIONS])
{
    const struct gemm_windows *windows = gemm->windows;
    options[0] = 0;
    if (!windows)
        return options;
    const struct window *window = &windows->window;
    snprintf(options, WINDOWS_OPTIONS,
        " -DWINDOWS=1 -DIN_H=%u -DIN_W=%u -DIN_C=%u -DOUT_H=%u -DOUT_W=%u -DKW=%u -DSTRIDE=%u "
        "-DDILATION=%u -DSPACING=%u -DBEFORE_Y=%u -DBEFORE_X=%u",
        window->height, window->width, windows->channels, window->out_height, window->out_width,
        window->across, window->stride, window->dilation, windows->spacing, window->top,
        window->left);
    return options;
}
