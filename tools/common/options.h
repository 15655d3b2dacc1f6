/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Command lines of programs with subcommands: parsing, help, and usage errors that say what was
 * meant. */
#ifndef TOOLS_COMMON_OPTIONS_H
#define TOOLS_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,  /* bool: set to true */
    OPTION_TEXT,  /* const char *: lives until the command returns */
    OPTION_WHOLE, /* uint64_t: decimal digits only, from `minimum` to `maximum` */
    OPTION_REAL,  /* double: finite, from `minimum` to `maximum` */
    OPTION_BYTES  /* uint64_t: digits and K, M, G or nothing, for powers of 1024; at least 1 */
};

struct option {
    const char *name; /* without its dashes; NULL ends a table */
    char letter;      /* short form, or 0 */
    enum option_kind kind;
    void *value;          /* the variable set; its earlier contents are the default */
    const char *argument; /* how help calls the value: "N"; NULL for a flag */
    const char *help;
    double minimum, maximum; /* whole numbers: exact up to 2^53, and UINT64_MAX as 0x1p64 */
    bool or_none;            /* real numbers: 0 is taken, too, as if the option were not given */
};

struct command {
    const char *name;      /* NULL ends a table */
    const char *arguments; /* as help shows them: "MODEL FILE.png...", "[SEL]" or "" */
    size_t fewest, most;   /* how many arguments it takes */
    const char *summary;   /* one line, for the list of commands and on top of its help */
    const char *details;   /* paragraphs under the options in its help, or NULL */
    const struct option *options;
    int (*run)(const char *const *arguments, size_t count); /* returns the exit status */
};

struct program {
    const char *name;
    const char *summary;
    const char *details; /* paragraphs under the commands in its help: exit status, variables */
    const struct command *commands;
    const struct command *standard; /* runs when the command line names none; NULL: help, exit 2 */
    void (*version)(void);          /* prints to stdout for --version */
};

/* Parses the command line, runs the command, closes stdout and returns the exit status. Every
 * command also knows --help (-h) and --version. Usage errors go to stderr and give 2. */
int program_run(const struct program *program, int argc, char **argv);

/* Whether an option of the running command stands on the command line. */
bool option_given(const char *name);

/* An option's value as one writes it on the command line, in `room` or where it stands; NULL where
 * it has none. A flag's is "set". */
enum { OPTION_TEXT_SIZE = 40 };
const char *option_text(const struct option *option, char room[OPTION_TEXT_SIZE]);

/* Sets an option's variable from a text, as if it stood on the command line; the text must live as
 * long as the variable is used. Returns an exit status, after a message. */
int option_set(const struct option *option, const char *text);

/* The name in `names` (of `count`) that a misspelt `word` most likely stands for, or NULL. */
const char *spelling_suggest(const char *word, const char *const *names, size_t count);

#endif
