/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <nncl/data.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "data/digits.h"
#include "paint.h"
#include "scratch.h"

enum { PIXELS = 28 * 28, DIGITS = 20 };

TestSuite(picture, .init = scratch_open, .fini = scratch_close);

static void read_good(const char *path, uint8_t *pixels)
{
    cr_assert_eq(nncl_picture_read(path, pixels), NNCL_OK, "%s", nncl_last_error());
}

static void expect_bad(const char *path, const char *message)
{
    uint8_t pixels[PIXELS];
    cr_expect_eq(nncl_picture_read(path, pixels), NNCL_BAD_DATA, "for \"%s\"", message);
    cr_expect(strstr(nncl_last_error(), path), "not named: %s", nncl_last_error());
    cr_expect(
        strstr(nncl_last_error(), message), "\"%s\" is not in: %s", message, nncl_last_error());
}

/* A drawn digit in the form the reader gives it. */
static void normal_digit(uint32_t row, uint8_t *pixels)
{
    uint8_t drawn[PIXELS];
    digit_draw(row, drawn);
    paint("drawn.png", drawn, &(struct paint_look){.kind = PAINT_GREY, .enlarged = 1});
    read_good("drawn.png", pixels);
}

/* The digit comes out of every kind of picture, as it was, within `bound` on average. */
static void expect_same(const struct paint_look *look, double bound)
{
    for (uint32_t row = 0; row < DIGITS; row++) {
        uint8_t digit[PIXELS], read[PIXELS];
        normal_digit(row, digit);
        paint("digit.png", digit, look);
        read_good("digit.png", read);
        double distance = paint_distance(digit, read);
        cr_expect_leq(distance, bound, "digit %u, kind %d: %g", row, look->kind, distance);
    }
}

Test(picture, comes_back_nearly_unchanged)
{
    expect_same(&(struct paint_look){.kind = PAINT_GREY, .enlarged = 1}, 1);
}

Test(picture, every_kind_small_and_large)
{
    for (enum paint_kind kind = 0; kind < PAINT_KINDS; kind++) {
        double bound = kind == PAINT_BITS ? 25 : 1; /* one bit has no greys */
        expect_same(&(struct paint_look){.kind = kind, .enlarged = 1}, bound);
        expect_same(
            &(struct paint_look){.kind = kind, .enlarged = 3, .canvas = 200, .left = 101, .top = 7},
            bound);
        expect_same(&(struct paint_look){.kind = kind, .enlarged = 7, .interlaced = true}, bound);
    }
}

/* The first of the digit's rows or columns (`across`) with ink. */
static int first_ink(const uint8_t *digit, bool across)
{
    for (int i = 0; i < 28; i++)
        for (int j = 0; j < 28; j++)
            if (digit[across ? j * 28 + i : i * 28 + j] >= 255 / 5)
                return i;
    return 0;
}

/* Strokes up to the picture's border do not pass for its background. */
Test(picture, cropped_to_the_digit)
{
    for (uint32_t row = 0; row < DIGITS; row++) {
        uint8_t digit[PIXELS], read[PIXELS];
        normal_digit(row, digit);
        int left = first_ink(digit, true), top = first_ink(digit, false);
        paint("digit.png", digit,
            &(struct paint_look){.kind = PAINT_INVERTED,
                .enlarged = 5,
                .canvas = 20 * 5,
                .left = -5 * left,
                .top = -5 * top});
        read_good("digit.png", read);
        cr_expect_leq(
            paint_distance(digit, read), 3, "digit %u: %g", row, paint_distance(digit, read));
    }
}

/* Noise of the paper is taken away. */
Test(picture, noise_is_no_ink)
{
    uint8_t digit[PIXELS], noisy[PIXELS], read[PIXELS];
    normal_digit(3, digit);
    for (uint32_t i = 0; i < PIXELS; i++) {
        uint32_t random[4];
        nncl_philox((uint32_t[4]){i}, (uint32_t[2]){0}, random);
        int value = 20 + digit[i] * 4 / 5 + (int)(random[0] % 9);
        noisy[i] = (uint8_t)value;
    }
    paint("noisy.png", noisy, &(struct paint_look){.kind = PAINT_INVERTED, .enlarged = 4});
    read_good("noisy.png", read);
    cr_expect_leq(paint_distance(digit, read), 4, "%g", paint_distance(digit, read));
}

/* MNIST's rules: the longer side 20, the centre of mass at pixel 14, whatever it looked like. */
Test(picture, fitted_and_centred)
{
    uint8_t bar[PIXELS] = {0}, read[PIXELS];
    for (int y = 2; y < 12; y++)
        bar[y * 28 + 20] = bar[y * 28 + 21] = 200;
    paint("bar.png", bar, &(struct paint_look){.kind = PAINT_GREY, .enlarged = 9});
    read_good("bar.png", read);
    for (int y = 0; y < 28; y++)
        for (int x = 0; x < 28; x++) {
            bool inside = y >= 4 && y < 24 && x >= 12 && x < 16;
            cr_expect_eq(
                read[y * 28 + x], inside ? 255 : 0, "at %d, %d: %d", x, y, read[y * 28 + x]);
        }
}

Test(picture, one_pixel_of_ink)
{
    uint8_t dot[PIXELS] = {0}, read[PIXELS];
    dot[5 * 28 + 3] = 255;
    paint("dot.png", dot, &(struct paint_look){.kind = PAINT_GREY, .enlarged = 1});
    read_good("dot.png", read);
    cr_expect_eq(read[14 * 28 + 14], 255);
    cr_expect_eq(read[0], 0);
}

Test(picture, blank_ones_are_refused)
{
    uint8_t pixels[PIXELS] = {0};
    for (enum paint_kind kind = 0; kind < PAINT_KINDS; kind++) {
        paint("blank.png", pixels, &(struct paint_look){.kind = kind, .enlarged = 2});
        expect_bad("blank.png", "blank");
    }
    pixels[300] = 10;
    paint("blank.png", pixels, &(struct paint_look){.kind = PAINT_GREY, .enlarged = 2});
    expect_bad("blank.png", "blank");
    for (int i = 0; i < PIXELS; i++)
        pixels[i] = (uint8_t)(100 + i % 7);
    paint("blank.png", pixels, &(struct paint_look){.kind = PAINT_GREY, .enlarged = 2});
    expect_bad("blank.png", "blank");
}

Test(picture, no_png)
{
    scratch_write("empty.png", "", 0);
    expect_bad("empty.png", "is no PNG");
    scratch_write("text.png", "GIF89a and more", 15);
    expect_bad("text.png", "is no PNG");
    expect_bad("missing.png", "No such file");
    expect_bad("/", "Is a directory");
}

Test(picture, cut_off_anywhere)
{
    uint8_t digit[PIXELS];
    normal_digit(4, digit);
    paint("whole.png", digit, &(struct paint_look){.kind = PAINT_COLOUR, .enlarged = 1});
    size_t size;
    uint8_t *bytes = scratch_read("whole.png", &size);
    for (size_t cut = 8; cut < size; cut++) {
        scratch_write("cut.png", bytes, cut);
        expect_bad("cut.png", "cut off");
    }
    free(bytes);
}

/* A header of the largest sizes in front of little data: refused before anything is allocated. */
Test(picture, hostile_sizes)
{
    uint8_t digit[PIXELS];
    normal_digit(4, digit);
    paint("whole.png", digit, &(struct paint_look){.kind = PAINT_GREY, .enlarged = 1});
    size_t size;
    uint8_t *bytes = scratch_read("whole.png", &size);
    static const uint8_t sizes[][8] = {
        /* width and height */
        {0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff},
        {0, 0, 0x1b, 0x58, 0, 0, 0x1b, 0x58},
        {0, 0, 0, 0, 0, 0, 0, 28},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memcpy(bytes + 16, sizes[i], 8);
        scratch_fix_checksum(bytes + 8);
        scratch_write("hostile.png", bytes, size);
        expect_bad("hostile.png", i == 1 ? "cannot come from its" : "hostile.png");
    }
    free(bytes);
}

/* Flipped bits, half of the rounds with checksums made right again so that the data are decoded. */
Test(picture, flipped_bits)
{
    uint8_t digit[PIXELS], read[PIXELS];
    normal_digit(8, digit);
    for (uint32_t round = 0; round < 250 * PAINT_KINDS; round++) {
        if (round % 250 == 0)
            paint("whole.png", digit,
                &(struct paint_look){.kind = (enum paint_kind)(round / 250), .enlarged = 1});
        size_t size;
        uint8_t *bytes = scratch_read("whole.png", &size);
        uint32_t random[4];
        nncl_philox((uint32_t[4]){round}, (uint32_t[2]){0}, random);
        for (uint32_t i = 0; i <= random[0] % 3; i++)
            bytes[8 + random[i + 1] % (size - 8)] ^= (uint8_t)(1u << random[i + 1] % 7);
        if (round % 2)
            scratch_fix_checksums(bytes, size);
        scratch_write("flipped.png", bytes, size);
        free(bytes);
        enum nncl_status status = nncl_picture_read("flipped.png", read);
        cr_assert(status == NNCL_OK || status == NNCL_BAD_DATA, "%s", nncl_last_error());
    }
}
