/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/font.h"

#include <stdbool.h>
#include <string.h>

enum { SCALE = 2 };

/* Each letter as strokes of points, two digits each: x from 0 to 4, y from 0 (top) over 6 (the line
 * it stands on) to 8. A space lifts the pen; a stroke of one point is a dot. */
static const char *const strokes[128] = {
    [' '] = "",
    ['!'] = "2024 26",
    ['"'] = "1011 3031",
    ['&'] = "461120310405162644",
    ['\''] = "2021",
    ['('] = "30121436",
    [')'] = "10323416",
    ['+'] = "2125 0343",
    [','] = "2617",
    ['-'] = "1333",
    ['.'] = "26",
    ['/'] = "4006",
    ['0'] = "103041453616050110",
    ['1'] = "112026 1636",
    ['2'] = "01103041420646",
    ['3'] = "01103041423313 334445361605",
    ['4'] = "36300444",
    ['5'] = "400003334445361605",
    ['6'] = "4130100105163645443303",
    ['7'] = "004016",
    ['8'] = "13020110304142331304051636454433",
    ['9'] = "4313020110304145361605",
    [':'] = "23 26",
    ['<'] = "410345",
    ['='] = "0242 0444",
    ['>'] = "014305",
    ['?'] = "01103041422324 26",
    ['A'] = "0602204246 0444",
    ['B'] = "00063645443303 3342413000",
    ['C'] = "4130100105163645",
    ['D'] = "00062644422000",
    ['E'] = "40000646 0333",
    ['F'] = "400006 0333",
    ['G'] = "413010010516364543 23",
    ['H'] = "0006 4046 0343",
    ['I'] = "1030 2026 1636",
    ['J'] = "404536160504",
    ['K'] = "0006 400346",
    ['L'] = "000646",
    ['M'] = "0600234046",
    ['N'] = "06004640",
    ['O'] = "103042443616040210",
    ['P'] = "06003041423303",
    ['Q'] = "103042443616040210 2446",
    ['R'] = "06003041423303 2346",
    ['S'] = "413010010213334445361605",
    ['T'] = "0040 2026",
    ['U'] = "000516364540",
    ['V'] = "002640",
    ['W'] = "0016233640",
    ['X'] = "0046 4006",
    ['Y'] = "002340 2326",
    ['Z'] = "00400646",
    ['_'] = "0646",
    ['a'] = "1232434636160514 44",
    ['b'] = "00063645433202",
    ['c'] = "4332120305163645",
    ['d'] = "40461605031242",
    ['e'] = "044443321203051646",
    ['f'] = "40302126 1232",
    ['g'] = "461605031242473818",
    ['h'] = "0006 0312324346",
    ['i'] = "2226 20",
    ['j'] = "32372818 30",
    ['k'] = "0006 320436",
    ['l'] = "10202536",
    ['m'] = "0602 02122326 23324346",
    ['n'] = "0602 0312324346",
    ['o'] = "123243453616050312",
    ['p'] = "08023243453606",
    ['q'] = "48421203051646",
    ['r'] = "0206 03123243",
    ['s'] = "4212031434453606",
    ['t'] = "20253646 1232",
    ['u'] = "0205163645 4246",
    ['v'] = "022642",
    ['w'] = "0216243642",
    ['x'] = "0246 4206",
    ['y'] = "02051646 42473818",
    ['z'] = "02420646",
};

/* The next character, of which UTF-8 takes several bytes. */
static unsigned char next(const char **text)
{
    unsigned char letter = (unsigned char)*(*text)++;
    if (letter < 0x80)
        return letter;
    while (((unsigned char)**text & 0xc0) == 0x80)
        (*text)++;
    return '?';
}

size_t font_width(const char *text)
{
    size_t letters = 0;
    while (*text) {
        next(&text);
        letters++;
    }
    return letters * FONT_ADVANCE;
}

/* A square of the pen. */
static void dot(struct canvas *canvas, size_t x, size_t y, uint32_t colour)
{
    for (size_t i = 0; i < SCALE * SCALE; i++)
        canvas_set(canvas, x + i % SCALE, y + i / SCALE, colour);
}

/* `at` of the way from `from` to `to` in `steps` steps, rounded. */
static size_t between(size_t from, size_t to, size_t at, size_t steps)
{
    return steps == 0 ? from : (from * (steps - at) + to * at + steps / 2) / steps;
}

static size_t apart(size_t one, size_t other)
{
    return one > other ? one - other : other - one;
}

static void line(struct canvas *canvas, const size_t from[2], const size_t to[2], uint32_t colour)
{
    const size_t wide = apart(from[0], to[0]), high = apart(from[1], to[1]);
    const size_t steps = wide > high ? wide : high;
    for (size_t i = 0; i <= steps; i++)
        dot(canvas, between(from[0], to[0], i, steps), between(from[1], to[1], i, steps), colour);
}

static void draw(struct canvas *canvas, size_t x, size_t y, const char *points, uint32_t colour)
{
    size_t last[2] = {0, 0};
    bool down = false;
    while (*points) {
        if (*points == ' ') {
            down = false;
            points++;
            continue;
        }
        const size_t at[2] = {
            x + SCALE * (size_t)(points[0] - '0'), y + SCALE * (size_t)(points[1] - '0')};
        line(canvas, down ? last : at, at, colour);
        memcpy(last, at, sizeof last);
        down = true;
        points += 2;
    }
}

void font_draw(struct canvas *canvas, size_t x, size_t y, const char *text, uint32_t colour)
{
    for (; *text; x += FONT_ADVANCE) {
        const char *letter = strokes[next(&text)];
        draw(canvas, x, y, letter ? letter : strokes['?'], colour);
    }
}
