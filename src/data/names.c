/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/label.h"
#include "base/status.h"

#define DIGITS "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n"
#define CAPITALS "A\nB\nC\nD\nE\nF\nG\nH\nI\nJ\nK\nL\nM\nN\nO\nP\nQ\nR\nS\nT\nU\nV\nW\nX\nY\nZ\n"
/* Those EMNIST's merged sets tell from their capitals (Cohen et al. 2017, table II). */
#define DISTINCT "a\nb\nd\ne\nf\ng\nh\nn\nq\nr\nt\n"

static const struct {
    const char *set, *names; /* a line each, as in a file */
} known[] = {
    {"mnist", DIGITS},
    {"qmnist", DIGITS},
    {"emnist-digits", DIGITS},
    {"emnist-mnist", DIGITS},
    {"fashion-mnist", "T-shirt/top\nTrouser\nPullover\nDress\nCoat\nSandal\nShirt\nSneaker\nBag\n"
                      "Ankle boot\n"},
    {"kmnist", "o\nki\nsu\ntsu\nna\nha\nma\nya\nre\nwo\n"},
    {"emnist-letters", CAPITALS},
    {"emnist-balanced", DIGITS CAPITALS DISTINCT},
    {"emnist-bymerge", DIGITS CAPITALS DISTINCT},
    {"emnist-byclass",
        DIGITS CAPITALS "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq\nr\ns\nt\n"
                        "u\nv\nw\nx\ny\nz\n"},
    {"cifar-10", "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n"},
};

const char *names_known(const char *set)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].set, set) == 0)
            return known[i].names;
    return NULL;
}

void names_free(struct names *names)
{
    free(names->text);
    free(names->list);
    *names = (struct names){0};
}

/* Lines of a text without the empty ones at its end, which are cut off. */
static size_t count_lines(char *text)
{
    size_t length = strlen(text), lines = 0;
    while (length > 0 && strchr("\r\n", text[length - 1]))
        text[--length] = 0;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    return length ? lines + 1 : 0;
}

/* Makes names->text, `size` bytes and a NUL, a list of lines. */
static enum nncl_status list_lines(const char *path, size_t size, struct names *names)
{
    if (strlen(names->text) < size)
        return nncl_fail(NNCL_BAD_DATA, "%s is no text: it has a NUL byte", path);
    const size_t lines = count_lines(names->text);
    if (lines == 0)
        return nncl_fail(NNCL_BAD_DATA, "%s names no class: it is empty", path);
    names->list = calloc(lines, sizeof *names->list);
    if (!names->list)
        return nncl_fail_memory("the names of the classes", lines * sizeof *names->list);
    char *next = names->text;
    for (; names->count < lines; names->count++) {
        size_t length = strcspn(next, "\n");
        next[length] = 0;
        if (length > 0 && next[length - 1] == '\r')
            next[length - 1] = 0;
        if (!label_is_good(next))
            return nncl_fail(NNCL_BAD_DATA,
                "line %u of %s names no class: it must be 1 to %d bytes of UTF-8 without control "
                "characters",
                names->count + 1, path, LABEL_SIZE - 1);
        names->list[names->count] = next;
        next += length + 1;
    }
    return NNCL_OK;
}

enum nncl_status names_read(const char *file_or_set, struct names *names)
{
    enum nncl_status status = NNCL_OK;
    const char *built_in = names_known(file_or_set);
    struct names new = {0};
    size_t size = 0;
    if (built_in) {
        size = strlen(built_in);
        new.text = text_format("%s", built_in);
    } else {
        TRY(file_read(file_or_set, LABELS_BYTES, (uint8_t **)&new.text, &size));
    }
    if (!new.text)
        TRY(nncl_fail_memory("the names of the classes", size));
    TRY(list_lines(file_or_set, size, &new));
    *names = new;
    new = (struct names){0};
out:
    names_free(&new);
    return status;
}
