/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/messages.h"

enum { LINE_SIZE = 512, BAR_MOST = 30 };

static bool bar_shown;

static void clear_bar(void)
{
    if (!bar_shown)
        return;
    fputs("\r\033[K", stderr);
    bar_shown = false;
}

static void draw(const char *line)
{
    unsigned columns = nncl_terminal_columns(stderr);
    fprintf(stderr, "\r%.*s\033[K", columns > 1 ? (int)columns - 1 : 1, line);
    fflush(stderr);
    bar_shown = true;
}

/* "[=======>......] ", as wide as there is room for beside a line of `used` characters. */
static void make_bar(const struct nncl_fit_progress *now, size_t used, char bar[BAR_MOST + 4])
{
    size_t columns = nncl_terminal_columns(stderr);
    size_t room = columns > used + 4 ? columns - used - 4 : 0;
    size_t width = room < BAR_MOST ? room : BAR_MOST;
    bar[0] = 0;
    if (width < 5 || now->steps == 0)
        return;
    size_t filled = (size_t)((double)now->step / now->steps * (double)width);
    bar[0] = '[';
    for (size_t i = 0; i < width; i++)
        bar[1 + i] = i < filled ? '=' : i == filled ? '>' : '.';
    memcpy(bar + 1 + width, "] ", 3);
}

static void draw_epoch(const struct nncl_fit_progress *now)
{
    char head[64], tail[256], bar[BAR_MOST + 4], line[LINE_SIZE];
    const uint32_t done = now->step - now->first_step;
    double step_seconds = done > 0 ? now->train_seconds / done : 0;
    snprintf(head, sizeof head, "Epoch %u/%u ", now->epoch + 1, now->epochs);
    if (done == 0)
        snprintf(tail, sizeof tail, "%u/%u", now->step, now->steps);
    else /* short enough for a bar beside it on 80 columns */
        snprintf(tail, sizeof tail, "%u/%u %.2f ms/step loss %.4f acc %.4f %.0f s left", now->step,
            now->steps, 1e3 * step_seconds, now->loss, now->accuracy,
            ceil(step_seconds * (now->steps - now->step)));
    make_bar(now, strlen(head) + strlen(tail), bar);
    snprintf(line, sizeof line, "%s%s%s", head, bar, tail);
    draw(line);
}

static void print_epoch(const struct nncl_fit_progress *now)
{
    printf("Epoch %u/%u - %u/%u - %.1f s - %.2f ms/step - loss: %.4f - accuracy: %.4f",
        now->epoch + 1, now->epochs, now->step, now->steps, now->seconds,
        1e3 * now->train_seconds /
            (now->steps > now->first_step ? now->steps - now->first_step : 1),
        now->loss, now->accuracy);
    if (now->has_validation)
        printf(" - val_loss: %.4f - val_accuracy: %.4f", now->val_loss, now->val_accuracy);
    printf("\n");
    message_flush(); /* a line when it is known; failures are found at the end */
}

static void keep(struct progress *progress, const struct nncl_fit_progress *now)
{
    struct nncl_fit_progress *more =
        realloc(progress->epochs, (progress->epoch_count + 1) * sizeof *more);
    if (!more) {
        progress->failed = true;
        return;
    }
    progress->epochs = more;
    more[progress->epoch_count++] = *now;
}

void progress_start(struct progress *progress, const struct nncl_device *device, bool quiet)
{
    *progress = (struct progress){
        .device = device, .quiet = quiet, .live = !quiet && nncl_terminal_is_live(stderr)};
    message_before(clear_bar);
}

void progress_resume(struct progress *progress, const struct nncl_checkpoint *checkpoint)
{
    const uint32_t done = checkpoint ? nncl_checkpoint_get(checkpoint)->epoch : 0;
    for (uint32_t i = 0; i < done; i++)
        keep(progress, nncl_checkpoint_epoch(checkpoint, i));
}

/* A line in place on a terminal; elsewhere one line, once it has taken a second. */
static void show_build(struct progress *progress, const struct nncl_fit_progress *now)
{
    char line[64] = "Building kernels ...";
    if (now->built == 0)
        progress->build_begin = nncl_clock();
    else
        snprintf(line, sizeof line, "Building kernels: %u of %u", now->built, now->to_build);
    if (progress->live)
        draw(line);
    else if (!progress->quiet && !progress->told_build &&
             nncl_clock() - progress->build_begin > 1) {
        message("building kernels: %u of %u", now->built, now->to_build);
        progress->told_build = true;
    }
}

static void show(struct progress *progress, const struct nncl_fit_progress *now)
{
    switch (now->event) {
    case NNCL_FIT_BUILD:
        show_build(progress, now);
        break;
    case NNCL_FIT_PLANNED:
        clear_bar();
        break;
    case NNCL_FIT_WARM_UP:
        if (progress->live)
            draw("Warming up ...");
        break;
    case NNCL_FIT_CHECK:
        if (!progress->quiet)
            message("checking the device's arithmetic, for the first time with this driver");
        break;
    case NNCL_FIT_EPOCH_BEGIN:
    case NNCL_FIT_PROGRESS:
        if (progress->live)
            draw_epoch(now);
        break;
    case NNCL_FIT_EPOCH_END:
        clear_bar();
        if (!progress->quiet)
            print_epoch(now);
        break;
    }
}

bool progress_update(void *user, const struct nncl_fit_progress *now)
{
    struct progress *progress = user;
    uint64_t waits = nncl_device_host_waits(progress->device);
    if (now->event == NNCL_FIT_EPOCH_BEGIN && !progress->began) {
        progress->began = true;
        progress->waits_before = waits;
    }
    if (progress->began)
        progress->host_waits = waits - progress->waits_before;
    show(progress, now);
    if (now->event == NNCL_FIT_EPOCH_END)
        keep(progress, now);
    if (nncl_interrupted()) {
        nncl_interrupt_acknowledge();
        progress->stopped = true;
    }
    return !progress->stopped;
}

void progress_finish(struct progress *progress)
{
    clear_bar();
    message_before(NULL);
    free(progress->epochs);
    *progress = (struct progress){0};
}
