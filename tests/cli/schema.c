/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "schema.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const evaluation_schema = EVALUATION_SCHEMA;

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
        return "integer";
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "boolean";
    case JSON_NULL:
        return "null";
    }
    return "?";
}

/* Whether `name` is one of the alternatives of `types`, such as "string|null". */
static bool is_among(const char *types, const char *name)
{
    size_t length = strlen(name);
    while (*types) {
        size_t alternative = strcspn(types, "|");
        if (alternative == length && strncmp(types, name, length) == 0)
            return true;
        types += alternative + (types[alternative] == '|');
    }
    return false;
}

static void compare(const json_t *schema, json_t *value, const char *where);

static void compare_leaf(const char *types, const json_t *value, const char *where)
{
    const char *type = type_name(value);
    bool fits = is_among(types, type) || (json_is_integer(value) && is_among(types, "number"));
    cr_expect(fits, "%s is of type %s, not %s", where, type, types);
}

static void compare_object(const json_t *schema, json_t *value, const char *where)
{
    cr_assert(json_is_object(value), "%s is of type %s, not object", where, type_name(value));
    const char *key;
    json_t *part;
    size_t found = 0;
    json_object_foreach((json_t *)schema, key, part)
    {
        bool optional = key[0] == '?';
        json_t *member = json_object_get(value, key + optional);
        char place[256];
        snprintf(place, sizeof place, "%s.%s", where, key + optional);
        cr_expect(member || optional, "%s is missing", place);
        found += member != NULL;
        if (member)
            compare(part, member, place);
    }
    cr_expect_eq(json_object_size(value), found, "%s has keys that the schema has not", where);
}

static void compare(const json_t *schema, json_t *value, const char *where)
{
    if (json_is_string(schema)) {
        compare_leaf(json_string_value(schema), value, where);
    } else if (json_is_object(schema)) {
        compare_object(schema, value, where);
    } else {
        cr_assert(json_is_array(value), "%s is of type %s, not array", where, type_name(value));
        for (size_t i = 0; i < json_array_size(value); i++) {
            char place[256];
            snprintf(place, sizeof place, "%s[%zu]", where, i);
            compare(json_array_get(schema, 0), json_array_get(value, i), place);
        }
    }
}

json_t *expect_json(const char *text, const char *schema)
{
    json_error_t error;
    char *quoted = strdup(schema);
    cr_assert_not_null(quoted);
    for (char *at = quoted; *at; at++)
        if (*at == '\'')
            *at = '"';
    json_t *wanted = json_loads(quoted, 0, &error);
    free(quoted);
    cr_assert_not_null(wanted, "the schema: %s", error.text);
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(value, "not JSON (%s) in:\n%s", error.text, text);
    compare(wanted, value, "$");
    json_decref(wanted);
    return value;
}
