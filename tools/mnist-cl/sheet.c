/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/sheet.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/messages.h"
#include "mnist-cl/canvas.h"
#include "mnist-cl/font.h"

enum {
    ACROSS = 12,     /* pictures of a class */
    MOST_LINES = 64, /* classes drawn */
    GAP = 4,
    BIGGEST = 56, /* a picture is enlarged until it is about as wide */
    LABEL_LETTERS = 12,
    LABEL_WIDTH = LABEL_LETTERS * FONT_ADVANCE,
    MOST_SIDE = 16384, /* pixels of the sheet */
    PAPER = 0x303030,
    INK = 0xffffff
};

struct sheet {
    size_t scale, cell_width, cell_height, lines;
};

static struct sheet divide(const struct nncl_dataset_source *source)
{
    const size_t width = source->shape.width, height = source->shape.height;
    struct sheet sheet = {.scale = width < BIGGEST ? BIGGEST / width : 1};
    sheet.cell_width = width * sheet.scale + GAP;
    sheet.cell_height = height * sheet.scale + GAP;
    if (sheet.cell_height < FONT_HEIGHT + GAP)
        sheet.cell_height = FONT_HEIGHT + GAP;
    sheet.lines = source->classes < MOST_LINES ? source->classes : MOST_LINES;
    return sheet;
}

static void draw_label(
    const struct nncl_dataset_source *source, uint32_t class, size_t y, struct canvas *canvas)
{
    char text[LABEL_LETTERS + 1];
    if (source->class_names)
        snprintf(text, sizeof text, "%s", source->class_names[class]);
    else
        snprintf(text, sizeof text, "%u", class);
    font_draw(canvas, GAP, y, text, INK);
}

/* Each picture goes to the next free place of its class's line. */
static void draw(
    const struct nncl_dataset_source *source, const struct sheet *sheet, struct canvas *canvas)
{
    size_t placed[MOST_LINES] = {0};
    for (uint32_t class = 0; class < sheet->lines; class ++)
        draw_label(source, class, GAP + class * sheet->cell_height, canvas);
    for (size_t row = 0; row < source->rows; row++) {
        const uint32_t class = source->labels[row];
        if (class >= sheet->lines || placed[class] == ACROSS)
            continue;
        canvas_draw_row(canvas, LABEL_WIDTH + GAP + placed[class]++ * sheet->cell_width,
            GAP + class * sheet->cell_height, sheet->scale, source, row);
    }
}

enum nncl_status sheet_select(const struct nncl_dataset *dataset, struct nncl_dataset **examples)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    uint32_t placed[MOST_LINES] = {0}, rows[MOST_LINES * ACROSS];
    size_t count = 0;
    for (size_t row = 0; row < source->rows; row++) {
        const uint32_t class = source->labels[row];
        if (class < MOST_LINES && placed[class]++ < ACROSS)
            rows[count++] = (uint32_t)row;
    }
    return nncl_dataset_select(dataset, rows, count, examples);
}

enum nncl_status sheet_write(const struct nncl_dataset_source *source, const char *path)
{
    const struct sheet sheet = divide(source);
    const size_t width = LABEL_WIDTH + GAP + ACROSS * sheet.cell_width,
                 height = GAP + sheet.lines * sheet.cell_height;
    struct canvas canvas = {0};
    if (width > MOST_SIDE || height > MOST_SIDE)
        return (enum nncl_status)message_fail(NNCL_BAD_DATA,
            "pictures of %u x %u pixels are too large for a sheet of examples", source->shape.width,
            source->shape.height);
    enum nncl_status status = canvas_create(width, height, PAPER, &canvas);
    if (status != NNCL_OK)
        return status;
    draw(source, &sheet, &canvas);
    status = canvas_write(&canvas, path);
    canvas_free(&canvas);
    if (status == NNCL_OK)
        message("examples drawn to %s", path);
    return status;
}
