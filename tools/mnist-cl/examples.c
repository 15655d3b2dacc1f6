/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/examples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/messages.h"
#include "mnist-cl/canvas.h"
#include "mnist-cl/font.h"

/* ---- Finding ---- */

static struct example judge(
    const struct nncl_dataset_source *source, const float *probabilities, size_t row)
{
    const float *p = probabilities + row * source->classes;
    uint32_t best = 0;
    for (uint32_t class = 1; class < source->classes; class ++)
        best = p[class] > p[best] ? class : best;
    return (struct example){row, source->labels[row], best, p[best]};
}

/* Surest first, and in the data set's order where equally sure. */
static int compare(const void *one, const void *other)
{
    const struct example *a = one, *b = other;
    if (a->probability != b->probability)
        return a->probability < b->probability ? 1 : -1;
    return (a->row > b->row) - (a->row < b->row);
}

enum nncl_status examples_find(const struct nncl_dataset_source *source, const float *probabilities,
    bool wrong, size_t most, struct examples *examples)
{
    *examples = (struct examples){.items = malloc(source->rows * sizeof *examples->items)};
    if (!examples->items)
        return (enum nncl_status)message_fail(
            NNCL_OUT_OF_MEMORY, "not enough memory for the order of %zu pictures", source->rows);
    for (size_t row = 0; row < source->rows; row++) {
        struct example example = judge(source, probabilities, row);
        if ((example.label != example.predicted) == wrong)
            examples->items[examples->found++] = example;
    }
    if (wrong)
        qsort(examples->items, examples->found, sizeof *examples->items, compare);
    examples->count = examples->found < most ? examples->found : most;
    return NNCL_OK;
}

void examples_free(struct examples *examples)
{
    free(examples->items);
    *examples = (struct examples){0};
}

/* ---- Drawing ---- */

enum {
    ACROSS = 8,
    GAP = 12,
    BIGGEST = 112, /* a picture is enlarged until it is about as wide */
    CAPTIONS = 3,  /* lines under a picture */
    CAPTION_SIZE = 64,
    NAME_LETTERS = 14, /* of a class's name that are drawn */
    PAPER = 0xffffff,
    INK = 0x202020,
    RIGHT = 0x006000,
    WRONG = 0xb00000
};

/* How the sheet is divided. */
struct grid {
    size_t scale, cell_width, cell_height, across, down;
};

static void caption_class(
    const struct nncl_dataset_source *source, uint32_t class, const char *what, char *line)
{
    if (source->class_names)
        snprintf(line, CAPTION_SIZE, "%s %.*s", what, NAME_LETTERS, source->class_names[class]);
    else
        snprintf(line, CAPTION_SIZE, "%s %u", what, class);
}

static void caption(const struct nncl_dataset_source *source, const struct example *error,
    char lines[CAPTIONS][CAPTION_SIZE])
{
    caption_class(source, error->label, "true", lines[0]);
    caption_class(source, error->predicted, "read", lines[1]);
    snprintf(lines[2], CAPTION_SIZE, "%.4f", (double)error->probability);
}

static struct grid divide(const struct examples *errors, const struct nncl_dataset_source *source)
{
    const size_t width = source->shape.width, height = source->shape.height;
    struct grid grid = {.scale = width < BIGGEST ? BIGGEST / width : 1,
        .across = errors->count < ACROSS ? errors->count : ACROSS};
    grid.cell_width = width * grid.scale;
    for (size_t i = 0; i < errors->count; i++) {
        char lines[CAPTIONS][CAPTION_SIZE];
        caption(source, &errors->items[i], lines);
        for (size_t line = 0; line < CAPTIONS; line++)
            if (font_width(lines[line]) > grid.cell_width)
                grid.cell_width = font_width(lines[line]);
    }
    grid.cell_height = height * grid.scale + GAP / 2 + CAPTIONS * FONT_HEIGHT;
    grid.down = grid.across ? (errors->count + grid.across - 1) / grid.across : 0;
    return grid;
}

static void draw_error(struct canvas *canvas, const struct grid *grid, size_t number,
    const struct example *error, const struct nncl_dataset_source *source)
{
    static const uint32_t colours[CAPTIONS] = {RIGHT, WRONG, INK};
    const size_t x = GAP + number % grid->across * (grid->cell_width + GAP);
    const size_t y = 2 * GAP + FONT_HEIGHT + number / grid->across * (grid->cell_height + GAP);
    char lines[CAPTIONS][CAPTION_SIZE];
    canvas_draw_row(canvas, x, y, grid->scale, source, error->row);
    caption(source, error, lines);
    for (size_t line = 0; line < CAPTIONS; line++)
        font_draw(canvas, x, y + source->shape.height * grid->scale + GAP / 2 + line * FONT_HEIGHT,
            lines[line], colours[line]);
}

enum nncl_status examples_write_errors(
    const struct examples *errors, const struct nncl_dataset_source *source, const char *path)
{
    const struct grid grid = divide(errors, source);
    char title[96];
    snprintf(title, sizeof title, "%zu of %zu errors in %zu pictures, the surest first",
        errors->count, errors->found, source->rows);
    size_t width = GAP + grid.across * (grid.cell_width + GAP);
    const size_t title_width = font_width(title) + 2 * GAP;
    width = width > title_width ? width : title_width;
    struct canvas canvas;
    enum nncl_status status = canvas_create(
        width, 2 * GAP + FONT_HEIGHT + grid.down * (grid.cell_height + GAP), PAPER, &canvas);
    if (status == NNCL_OK) {
        font_draw(&canvas, GAP, GAP, title, INK);
        for (size_t i = 0; i < errors->count; i++)
            draw_error(&canvas, &grid, i, &errors->items[i], source);
        status = canvas_write(&canvas, path);
    }
    canvas_free(&canvas);
    return status;
}
