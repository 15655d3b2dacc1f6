/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/sweep_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/messages.h"
#include "common/output.h"

/* Options that say nothing of what is trained, or where the results of one training go. */
static const char *const fixed[] = {"save", "json", "checkpoint", "checkpoint-every", "resume",
    "trace", "plan", "explain", "profile", "quiet", "verbose", "check-data", "runs", "sweep",
    "sweep-random", "sweep-devices", NULL};

/* A word of the text, for messages. */
struct word {
    const char *begin;
    size_t length;
    unsigned number; /* counted from 1 */
};

static int bad_word(const struct word *word, const char *expected)
{
    return message_fail(NNCL_USAGE, "--sweep: word %u (\"%.*s\"): %s", word->number,
        (int)word->length, word->begin, expected);
}

static int no_memory(void)
{
    return message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the sweep");
}

/* How far it is to one of `ends` outside of parentheses, or to the end of `length`; SIZE_MAX where
 * parentheses do not match. */
static size_t span(const char *text, size_t length, char end)
{
    unsigned depth = 0;
    size_t at = 0;
    for (; at < length && (depth > 0 || text[at] != end); at++) {
        depth += text[at] == '(';
        if (text[at] == ')' && depth-- == 0)
            return SIZE_MAX;
    }
    return depth == 0 ? at : SIZE_MAX;
}

static bool is_fixed(const char *name)
{
    for (size_t i = 0; fixed[i]; i++)
        if (strcmp(fixed[i], name) == 0)
            return true;
    return false;
}

/* ---- Values ---- */

static int add_value(struct axis *axis, const char *text, size_t length)
{
    char **more = realloc(axis->values, (axis->count + 1) * sizeof *more);
    if (!more)
        return no_memory();
    axis->values = more;
    more[axis->count] = malloc(length + 1);
    if (!more[axis->count])
        return no_memory();
    memcpy(more[axis->count], text, length);
    more[axis->count++][length] = 0;
    return NNCL_OK;
}

/* Whether the option takes the value; its variable stays as it is. */
static int check_value(const struct word *word, const struct option *option, const char *text)
{
    union {
        uint64_t whole;
        double real;
        const char *text;
        bool flag;
    } unused;
    struct option like = *option;
    like.value = &unused;
    if (option->kind != OPTION_FLAG)
        return option_set(&like, text);
    return strcmp(text, "on") == 0 || strcmp(text, "off") == 0
               ? NNCL_OK
               : bad_word(word, "expected on, off or both");
}

/* "3..7", of whole numbers. *done is set if it was that. */
static int add_range(const struct word *word, struct axis *axis, const char *text, bool *done)
{
    unsigned long long first, last;
    char number[32];
    int end = -1;
    *done = axis->option->kind == OPTION_WHOLE && strstr(text, "..");
    if (!*done)
        return NNCL_OK;
    if (strspn(text, "0123456789.") != strlen(text) ||
        sscanf(text, "%19llu..%19llu%n", &first, &last, &end) != 2 || text[end] || last < first)
        return bad_word(word, "expected a range of whole numbers, such as 1..5");
    if (last - first >= GRID_RUNS_MOST)
        return bad_word(word, "these are too many values");
    int status = NNCL_OK;
    for (unsigned long long i = first; i <= last && status == NNCL_OK; i++) {
        snprintf(number, sizeof number, "%llu", i);
        status = check_value(word, axis->option, number);
        if (status == NNCL_OK)
            status = add_value(axis, number, strlen(number));
    }
    return status;
}

/* One value; parentheses around it keep what it has of commas and spaces together. */
static int add_values(const struct word *word, struct axis *axis, const char *text, size_t length)
{
    bool done = false;
    if (length >= 2 && text[0] == '(' && text[length - 1] == ')') {
        text++;
        length -= 2;
    }
    if (length == 0)
        return bad_word(word, "expected a value, then perhaps a comma and another");
    int status = add_value(axis, text, length);
    if (status != NNCL_OK)
        return status;
    char *value = axis->values[--axis->count];
    status = add_range(word, axis, value, &done);
    if (status == NNCL_OK && !done)
        status = check_value(word, axis->option, value);
    if (status == NNCL_OK && !done)
        axis->values[axis->count++] = value;
    else
        free(value);
    return status;
}

/* ---- Words ---- */

static const struct option *find_option(
    const struct word *word, const struct option *options, int *status)
{
    enum { NAMES_MOST = 96 };
    const char *names[NAMES_MOST];
    char name[64], expected[160];
    size_t count = 0;
    snprintf(name, sizeof name, "%.*s", (int)span(word->begin, word->length, '='), word->begin);
    for (const struct option *option = options; option->name && count < NAMES_MOST; option++) {
        if (is_fixed(option->name))
            continue;
        if (strcmp(option->name, name) == 0)
            return option;
        names[count++] = option->name;
    }
    const char *meant = spelling_suggest(name, names, count);
    if (is_fixed(name))
        snprintf(expected, sizeof expected, "--%s cannot differ between trainings", name);
    else
        snprintf(expected, sizeof expected, "train has no option --%s%s%s%s", name,
            meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
    *status = bad_word(word, expected);
    return NULL;
}

static int add_axis(const struct word *word, const struct option *options, struct grid *grid)
{
    int status = NNCL_OK;
    const size_t name = span(word->begin, word->length, '=');
    if (name == 0 || name >= word->length)
        return bad_word(word, "expected an option's name, \"=\" and values separated by commas");
    const struct option *option = find_option(word, options, &status);
    if (!option)
        return status;
    if (grid_axis(grid, option->name))
        return bad_word(word, "this option stands there twice");
    struct axis *more = realloc(grid->axes, (grid->count + 1) * sizeof *more);
    if (!more)
        return no_memory();
    grid->axes = more;
    struct axis *axis = &more[grid->count++];
    *axis = (struct axis){.option = option};
    const char *value = word->begin + name + 1, *end = word->begin + word->length;
    for (;;) {
        const size_t length = span(value, (size_t)(end - value), ',');
        if (length == SIZE_MAX)
            return bad_word(word, "its parentheses do not match");
        status = add_values(word, axis, value, length);
        if (status != NNCL_OK || value + length == end)
            return status;
        value += length + 1;
    }
}

int grid_parse(const char *text, const struct option *options, struct grid *grid)
{
    struct word word = {.begin = text};
    for (;;) {
        word.begin += word.length;
        word.begin += strspn(word.begin, " ");
        word.number++;
        if (!*word.begin)
            break;
        word.length = span(word.begin, strlen(word.begin), ' ');
        if (word.length == SIZE_MAX) {
            word.length = strlen(word.begin);
            return bad_word(&word, "its parentheses do not match");
        }
        int status = add_axis(&word, options, grid);
        if (status != NNCL_OK)
            return status;
    }
    return grid->count > 0
               ? NNCL_OK
               : message_fail(NNCL_USAGE,
                     "--sweep needs options and their values, such as \"lr=1e-2,1e-3 seed=1..3\"");
}

/* ---- Points ---- */

/* Vigna's SplitMix64. */
static uint64_t draw(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static bool is_chosen(const struct grid *grid, uint64_t point)
{
    for (size_t i = 0; i < grid->runs; i++)
        if (grid->points[i] == point)
            return true;
    return false;
}

static int ascending(const void *one, const void *other)
{
    const uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return a < b ? -1 : a > b;
}

int grid_choose(struct grid *grid, uint64_t some, uint64_t seed)
{
    uint64_t all = 1;
    for (size_t i = 0; i < grid->count; i++)
        if (__builtin_mul_overflow(all, grid->axes[i].count, &all))
            return message_fail(NNCL_USAGE, "--sweep: there are too many combinations to count");
    const uint64_t runs = some > 0 && some < all ? some : all;
    if (runs > GRID_RUNS_MOST)
        return message_fail(NNCL_USAGE,
            "--sweep: these are %llu trainings, and at most %d are done: --sweep-random N draws "
            "some",
            (unsigned long long)runs, GRID_RUNS_MOST);
    grid->points = calloc(runs, sizeof *grid->points);
    if (!grid->points)
        return no_memory();
    /* Floyd's way of drawing without putting back. */
    for (uint64_t i = all - runs; i < all; i++) {
        const uint64_t point = runs == all ? i : draw(&seed) % (i + 1);
        grid->points[grid->runs] = is_chosen(grid, point) ? i : point;
        grid->runs++;
    }
    qsort(grid->points, grid->runs, sizeof *grid->points, ascending);
    return NNCL_OK;
}

const char *grid_value(const struct grid *grid, size_t run, size_t axis)
{
    uint64_t rest = grid->points[run];
    for (size_t i = grid->count; --i > axis;)
        rest /= grid->axes[i].count;
    return grid->axes[axis].values[rest % grid->axes[axis].count];
}

const struct axis *grid_axis(const struct grid *grid, const char *name)
{
    for (size_t i = 0; i < grid->count; i++)
        if (strcmp(grid->axes[i].option->name, name) == 0)
            return &grid->axes[i];
    return NULL;
}

void grid_free(struct grid *grid)
{
    for (size_t i = 0; i < grid->count; i++) {
        for (size_t j = 0; j < grid->axes[i].count; j++)
            free(grid->axes[i].values[j]);
        free(grid->axes[i].values);
    }
    free(grid->axes);
    free(grid->points);
    *grid = (struct grid){0};
}
