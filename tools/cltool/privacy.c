/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "cltool/privacy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* Whether `what` stands at `at` and ends there; `text` is where the whole text starts. */
static bool stands_at(const char *text, const char *at, const char *what, size_t length)
{
    return length > 0 && strncmp(at, what, length) == 0 && !is_word(at[length]) &&
           (at == text || !is_word(at[-1]));
}

/* Length of the home folder without slashes at its end; 0 if there is none worth hiding. */
static size_t home_length(const char *home)
{
    size_t length = home ? strlen(home) : 0;
    while (length > 0 && home[length - 1] == '/')
        length--;
    return length;
}

/* "root" is nobody's name, and a word in messages. */
static const char *user_name(void)
{
    const char *name = getenv("USER");
    if (!name || !name[0])
        name = getenv("LOGNAME");
    return name && strcmp(name, "root") != 0 ? name : "";
}

/* Length of "name:password@" at `at`, just behind "://"; 0 if there is none. */
static size_t credentials_length(const char *text, const char *at)
{
    if (at - text < 3 || strncmp(at - 3, "://", 3) != 0)
        return 0;
    size_t length = strcspn(at, "/@ \n");
    return at[length] == '@' ? length : 0;
}

void privacy_add(struct output *output, const char *text)
{
    const char *home = getenv("HOME"), *user = user_name();
    size_t home_size = home_length(home), user_size = strlen(user);
    for (const char *at = text; *at;) {
        size_t credentials = credentials_length(text, at);
        if (credentials > 0) {
            output_add(output, "<hidden>");
            at += credentials;
        } else if (stands_at(text, at, home, home_size)) {
            output_add(output, "~");
            at += home_size;
        } else if (stands_at(text, at, user, user_size)) {
            output_add(output, "<user>");
            at += user_size;
        } else {
            output_add(output, "%c", *at++);
        }
    }
}
