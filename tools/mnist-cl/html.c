/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What stands for a byte in HTML, or NULL: itself. Pages may not hold control characters. */
static const char *entity(unsigned char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
    case '\n':
        return NULL;
    default:
        return byte < 0x20 || byte == 0x7f ? "\xef\xbf\xbd" : NULL; /* U+FFFD */
    }
}

void html_text(struct output *output, const char *text)
{
    while (*text) {
        size_t plain = 0;
        while (text[plain] && !entity((unsigned char)text[plain]))
            plain++;
        if (plain > 0)
            output_add(output, "%.*s", (int)plain, text);
        text += plain;
        if (*text)
            output_add(output, "%s", entity((unsigned char)*text++));
    }
}

void html_key(struct output *output, const char *key)
{
    char *words = strdup(key);
    if (!words) {
        output->failed = true;
        return;
    }
    for (char *at = words; *at; at++)
        *at = *at == '_' ? ' ' : *at;
    html_text(output, words);
    free(words);
}

void html_value(struct output *output, const json_t *value)
{
    if (json_is_string(value))
        html_text(output, json_string_value(value));
    else if (json_is_integer(value))
        output_add(output, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        output_add(output, "%.6g", json_real_value(value));
    else if (json_is_boolean(value))
        output_add(output, json_is_true(value) ? "yes" : "no");
    else if (json_is_null(value))
        output_add(output, "–");
}

void html_object(struct output *output, const char *caption, const json_t *object)
{
    const char *key;
    json_t *value;
    output_add(output, "<table>\n<caption>%s</caption>\n", caption);
    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_array(value) || json_is_object(value))
            continue;
        output_add(output, "<tr><th scope=\"row\">");
        html_key(output, key);
        output_add(output, "</th><td>");
        html_value(output, value);
        output_add(output, "</td></tr>\n");
    }
    output_add(output, "</table>\n");
}

double html_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

void html_add_number(struct output *output, int digits, double value)
{
    if (isnan(value))
        output_add(output, "–");
    else
        output_add(output, "%.*f", digits, value);
}
