/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Numbers as text in files and descriptions: the same in every locale, and strict. */
#ifndef NNCL_BASE_NUMBER_H
#define NNCL_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/status.h>

enum { NUMBER_SIZE = 32 };

/* As printf's %.9g, from which number_parse gets the same float back, with a point
 * whatever the locale. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status number_format(float value, char text[NUMBER_SIZE]);

/* The same with as few digits as give the same float back: 0.01 for 0.01f. */
enum nncl_status number_format_short(float value, char text[NUMBER_SIZE]);

/* Reads a decimal number with a point, and nothing else: no spaces, hexadecimal, inf or nan.
 * False if `text` is none, or out of a float's range. */
bool number_parse(const char *text, float *value);

/* Reads a decimal count from 1 to 2147483647 of `length` digits, without leading zeros. */
bool count_parse(const char *text, size_t length, uint32_t *value);

#endif
