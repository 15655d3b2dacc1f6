/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Options that are a name and numbers by name: "adam beta2=0.99", words separated by spaces. */
#ifndef NNCL_TRAIN_PHRASE_H
#define NNCL_TRAIN_PHRASE_H

#include <stdbool.h>
#include <stddef.h>

/* The first word of a phrase, and the one after a word; at the NUL there is none. */
const char *phrase_first(const char *text);
const char *phrase_next(const char *word);

/* The length of a word. */
size_t phrase_length(const char *word);

/* Whether a word is this one. */
bool phrase_is(const char *word, const char *name);

/* Takes "name=number" apart: the name's length and the number. False if it is none. */
bool phrase_number(const char *word, size_t *name_length, float *number);

#endif
