/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The words of a network's text form, and errors that point at one. */
#ifndef NNCL_MODEL_WORDS_H
#define NNCL_MODEL_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/status.h>
#include <nncl/tensor.h>

#include "base/text.h"

/* A place in the text: at a word, a comma or the end. A copy remembers the place. The end of a line
 * counts as a comma, unless one stands there already or there is nothing to separate; '#' begins a
 * comment, to the end of the line. */
struct words {
    const char *text;
    const char *source; /* where the text comes from: for messages */
    uint32_t classes;   /* what the word "classes" stands for; 0: nothing */
    const char *start;  /* of the word or comma; at the NUL at the end */
    size_t length;      /* 0 at the end */
    bool comma;         /* at a comma, or at the end of a line that counts as one */
    size_t number;      /* counts words from 1; that of the last word at a comma or the end */
    struct nncl_shape reaching; /* what reaches the layer being read: for messages */
};

/* The first word of `text`, which must outlive `words` as must `source`. */
struct words words_first(const char *source, const char *text, const struct nncl_shape *reaching);

/* Goes on to the next word, comma or the end. */
void words_next(struct words *words);

bool words_at(const struct words *words, const char *word);
bool words_at_comma(const struct words *words);
bool words_at_end(const struct words *words);
/* Takes the word, if it stands here; returns whether it did. */
bool words_flag(struct words *words, const char *word);
/* At a word that begins as a number does: for those that may be left out. */
bool words_at_number(const struct words *words);

/* Takes a word that is a count from 1 to 2147483647; `what` it counts appears in the message. */
enum nncl_status words_count(struct words *words, const char *what, uint32_t *value);

/* Takes a word that is one count for both, "2", or two, "3x5": height first. */
enum nncl_status words_sizes(struct words *words, const char *what, uint32_t sizes[2]);

/* Takes a word that is a decimal number from `low` to `high`. */
enum nncl_status words_number(
    struct words *words, const char *what, double low, double high, float *value);

/* Takes the word `name` and the number behind it, if it stands here: "alpha 0.1". */
enum nncl_status words_named_number(
    struct words *words, const char *name, double low, double high, float *value);

/* Fails with NNCL_USAGE: where in the text, the formatted reason, and the shape that reaches it. */
enum nncl_status words_fail(const struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends a space and the number, as short as can be: " 0.01". */
void text_append_number(struct text *text, float value);

/* Appends "[28, 28, 1]". */
void shape_append(struct text *text, const struct nncl_shape *shape);

enum { SHOWN_SIZE = 64 };

/* At most SHOWN_SIZE - 1 bytes of untrusted text, fit for a message: what is not plain ASCII
 * becomes
 * '?'. Returns `buffer`. */
const char *text_shown(char buffer[SHOWN_SIZE], const char *text, size_t length);

#endif
