/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "common/options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/status.h>

#include "common/help.h"
#include "common/messages.h"

enum { NAMES_MOST = 64, VALUE_HELP = 1, VALUE_VERSION, VALUE_FIRST };

struct parser {
    const struct program *program;
    const struct command *command;
    struct poptOption *table;
    char **texts; /* the last value given for each option */
    bool *given;  /* whether it was */
    size_t count;
    poptContext context;
};

static const struct parser *running; /* whose command runs */

static size_t option_count(const struct option *options)
{
    size_t count = 0;
    while (options && options[count].name)
        count++;
    return count;
}

static const struct option *option_named(const struct option *options, const char *name)
{
    for (; options && options->name; options++)
        if (strcmp(options->name, name) == 0)
            return options;
    return NULL;
}

static const struct command *command_named(const struct program *program, const char *name)
{
    for (const struct command *command = program->commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static int usage_hint(const struct parser *parser)
{
    message("\"%s %s --help\" shows how it is used", parser->program->name, parser->command->name);
    return NNCL_USAGE;
}

/* ---- Values ---- */

static bool parse_whole(const char *text, const struct option *option, uint64_t *value)
{
    if (!isdigit((unsigned char)text[0]))
        return false; /* strtoull takes signs and spaces */
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *value = number;
    return errno == 0 && *end == '\0' && (double)number >= option->minimum &&
           (double)number <= option->maximum;
}

static bool parse_bytes(const char *text, uint64_t *value)
{
    static const char units[] = "KMG";
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    *value = (uint64_t)number << shift;
    return errno == 0 && end[unit != NULL] == 0 && number >= 1 && *value >> shift == number;
}

static bool parse_real(const char *text, const struct option *option, double *value)
{
    if (text[0] == '\0' || strspn(text, "+-.0123456789eE") != strlen(text))
        return false; /* strtod takes hexadecimal, "nan" and "inf" */
    char *end = NULL;
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value) &&
           ((*value >= option->minimum && *value <= option->maximum) ||
               (option->or_none && *value == 0));
}

static int bad_whole(const struct option *option, const char *text)
{
    char most[32];
    if (option->maximum < 0x1p64)
        snprintf(most, sizeof most, "%.0f", option->maximum);
    else
        snprintf(most, sizeof most, "%llu", (unsigned long long)UINT64_MAX);
    return message_fail(NNCL_USAGE, "--%s needs a whole number from %.0f to %s, not \"%s\"",
        option->name, option->minimum, most, text);
}

int option_set(const struct option *option, const char *text)
{
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)option->value = true;
        return NNCL_OK;
    case OPTION_TEXT:
        if (text[0] == '\0')
            return message_fail(
                NNCL_USAGE, "--%s needs %s, not an empty text", option->name, option->argument);
        *(const char **)option->value = text;
        return NNCL_OK;
    case OPTION_WHOLE: {
        uint64_t value;
        if (!parse_whole(text, option, &value))
            return bad_whole(option, text);
        *(uint64_t *)option->value = value;
        return NNCL_OK;
    }
    case OPTION_BYTES: {
        uint64_t value;
        if (!parse_bytes(text, &value))
            return message_fail(NNCL_USAGE,
                "--%s needs a number of bytes, such as 300000, 512K, 256M or 2G, not \"%s\"",
                option->name, text);
        *(uint64_t *)option->value = value;
        return NNCL_OK;
    }
    case OPTION_REAL: {
        double value;
        if (!parse_real(text, option, &value))
            return message_fail(NNCL_USAGE, "--%s needs a number from %g to %g, not \"%s\"",
                option->name, option->minimum, option->maximum, text);
        *(double *)option->value = value;
        return NNCL_OK;
    }
    }
    return NNCL_FAILED;
}

const char *option_text(const struct option *option, char text[OPTION_TEXT_SIZE])
{
    switch (option->kind) {
    case OPTION_FLAG:
        return *(const bool *)option->value ? "set" : NULL;
    case OPTION_TEXT: {
        const char *value = *(const char *const *)option->value;
        return value && value[0] ? value : NULL;
    }
    case OPTION_WHOLE: /* one that is less than any value given was left open */
        if ((double)*(const uint64_t *)option->value < option->minimum)
            return NULL;
        snprintf(
            text, OPTION_TEXT_SIZE, "%llu", (unsigned long long)*(const uint64_t *)option->value);
        return text;
    case OPTION_BYTES:
        if (*(const uint64_t *)option->value == 0)
            return NULL;
        snprintf(
            text, OPTION_TEXT_SIZE, "%llu", (unsigned long long)*(const uint64_t *)option->value);
        return text;
    case OPTION_REAL: { /* else the shortest form that reads back as the same number */
        const double value = *(const double *)option->value;
        if (value < option->minimum)
            return NULL;
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(text, OPTION_TEXT_SIZE, "%.*g", digits, value);
            if (strtod(text, NULL) == value)
                break;
        }
        return text;
    }
    }
    return NULL;
}

bool option_given(const char *name)
{
    for (size_t i = 0; running && i < running->count; i++)
        if (strcmp(running->command->options[i].name, name) == 0)
            return running->given[i];
    return false;
}

/* ---- Usage errors ---- */

static const char *suggest_command(const struct program *program, const char *word)
{
    const char *names[NAMES_MOST];
    size_t count = 0;
    for (const struct command *c = program->commands; c->name && count < NAMES_MOST; c++)
        names[count++] = c->name;
    return spelling_suggest(word, names, count);
}

static int unknown_command(const struct program *program, const char *word)
{
    const char *meant = suggest_command(program, word);
    message("there is no command \"%s\"%s%s%s", word, meant ? "; did you mean \"" : "",
        meant ? meant : "", meant ? "\"?" : "");
    message("\"%s --help\" lists the commands", program->name);
    return NNCL_USAGE;
}

/* An option where a command must stand, or a command written as an option. */
static int option_first(const struct program *program, const char *word)
{
    const char *meant = suggest_command(program, word + strspn(word, "-"));
    message("the command must come before its options%s%s%s", meant ? "; did you mean \"" : "",
        meant ? meant : "", meant ? "\"?" : "");
    message("\"%s --help\" lists the commands", program->name);
    return NNCL_USAGE;
}

/* Another command that has the option, if this one has not. */
static const char *command_with_option(const struct program *program, const char *name)
{
    for (const struct command *c = program->commands; c->name; c++)
        if (option_named(c->options, name))
            return c->name;
    return NULL;
}

static int unknown_option(const struct parser *parser, const char *written)
{
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(written, "="), written);
    const char *name = word + strspn(word, "-");
    const char *names[NAMES_MOST] = {"help", "version"};
    size_t count = 2;
    for (size_t i = 0; i < parser->count && count < NAMES_MOST; i++)
        names[count++] = parser->command->options[i].name;
    const char *meant = spelling_suggest(name, names, count);
    const char *other = command_with_option(parser->program, name);
    if (other)
        message("%s has no option \"%s\"; \"%s\" has it", parser->command->name, word, other);
    else if (meant)
        message(
            "%s has no option \"%s\"; did you mean \"--%s\"?", parser->command->name, word, meant);
    else
        message("%s has no option \"%s\"", parser->command->name, word);
    return usage_hint(parser);
}

static int popt_error(const struct parser *parser, int error)
{
    const char *written = poptBadOption(parser->context, POPT_BADOPTION_NOALIAS);
    if (error == POPT_ERROR_BADOPT)
        return unknown_option(parser, written);
    if (error == POPT_ERROR_NOARG)
        message("%s needs a value", written);
    else if (error == POPT_ERROR_UNWANTEDARG)
        message("%.*s takes no value", (int)strcspn(written, "="), written);
    else
        message("%s: %s", written, poptStrerror(error));
    return usage_hint(parser);
}

/* Too few or too many arguments. A command's name among them was most likely meant as the command.
 */
static int check_arguments(const struct parser *parser, const char *const *arguments, size_t count)
{
    const struct command *command = parser->command;
    if (count >= command->fewest && count <= command->most)
        return NNCL_OK;
    if (count < command->fewest)
        message("%s needs %s", command->name, command->arguments);
    else if (command_named(parser->program, arguments[command->most]))
        message("the command \"%s\" must come first: %s %s ...", arguments[command->most],
            parser->program->name, arguments[command->most]);
    else if (command->most == 0)
        message("%s takes no argument, but was given \"%s\"", command->name, arguments[0]);
    else
        message("%s takes only %s, but was also given \"%s\"", command->name, command->arguments,
            arguments[command->most]);
    return usage_hint(parser);
}

/* ---- Parsing ---- */

static bool parser_create(struct parser *parser, int argc, char **argv)
{
    parser->count = option_count(parser->command->options);
    parser->table = calloc(parser->count + 3, sizeof *parser->table);
    parser->texts = calloc(parser->count + 1, sizeof *parser->texts);
    parser->given = calloc(parser->count + 1, sizeof *parser->given);
    if (!parser->table || !parser->texts || !parser->given)
        return false;
    for (size_t i = 0; i < parser->count; i++) {
        const struct option *option = &parser->command->options[i];
        parser->table[i] = (struct poptOption){.longName = option->name,
            .shortName = option->letter,
            .argInfo = option->kind == OPTION_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING,
            .val = VALUE_FIRST + (int)i};
    }
    parser->table[parser->count] =
        (struct poptOption){.longName = "help", .shortName = 'h', .val = VALUE_HELP};
    parser->table[parser->count + 1] =
        (struct poptOption){.longName = "version", .val = VALUE_VERSION};
    parser->context =
        poptGetContext(NULL, argc, (const char **)argv, parser->table, POPT_CONTEXT_NO_EXEC);
    return parser->context != NULL;
}

static void parser_free(struct parser *parser)
{
    for (size_t i = 0; parser->texts && i < parser->count; i++)
        free(parser->texts[i]);
    free(parser->texts);
    free(parser->given);
    free(parser->table);
    if (parser->context)
        poptFreeContext(parser->context);
}

/* Takes the options one by one. *done is set if --help or --version has been answered. */
static int parse_options(struct parser *parser, bool *done)
{
    int value;
    while ((value = poptGetNextOpt(parser->context)) >= 0) {
        *done = value == VALUE_HELP || value == VALUE_VERSION;
        if (value == VALUE_HELP)
            help_command(parser->program, parser->command, stdout);
        if (value == VALUE_VERSION)
            parser->program->version();
        if (*done)
            return NNCL_OK;
        size_t index = (size_t)(value - VALUE_FIRST);
        parser->given[index] = true;
        free(parser->texts[index]);
        parser->texts[index] = poptGetOptArg(parser->context);
        int status = option_set(&parser->command->options[index], parser->texts[index]);
        if (status != NNCL_OK)
            return status;
    }
    return value == -1 ? NNCL_OK : popt_error(parser, value);
}

static int run_command(
    const struct program *program, const struct command *command, int argc, char **argv)
{
    struct parser parser = {.program = program, .command = command};
    bool done = false;
    int status = NNCL_OUT_OF_MEMORY;
    if (parser_create(&parser, argc, argv))
        status = parse_options(&parser, &done);
    else
        message("not enough memory to read the command line");
    if (status == NNCL_OK && !done) {
        const char **arguments = poptGetArgs(parser.context);
        size_t count = 0;
        while (arguments && arguments[count])
            count++;
        status = check_arguments(&parser, arguments, count);
        running = &parser;
        if (status == NNCL_OK)
            status = command->run(arguments, count);
        running = NULL;
    }
    parser_free(&parser);
    return status;
}

/* "help" and "help COMMAND" are understood as --help. */
static int run_help(const struct program *program, const char *name)
{
    const struct command *command = name ? command_named(program, name) : NULL;
    if (name && !command)
        return unknown_command(program, name);
    if (command)
        help_command(program, command, stdout);
    else
        help_program(program, stdout);
    return NNCL_OK;
}

static int dispatch(const struct program *program, int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : NULL;
    if (first && (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0))
        return run_help(program, NULL);
    if (first && strcmp(first, "--version") == 0) {
        program->version();
        return NNCL_OK;
    }
    if (first && strcmp(first, "help") == 0)
        return run_help(program, argc > 2 ? argv[2] : NULL);
    if (first && first[0] != '-') {
        const struct command *command = command_named(program, first);
        return command ? run_command(program, command, argc - 1, argv + 1)
                       : unknown_command(program, first);
    }
    if (program->standard)
        return run_command(program, program->standard, argc, argv);
    if (first)
        return option_first(program, first);
    help_program(program, stderr);
    return NNCL_USAGE;
}

int program_run(const struct program *program, int argc, char **argv)
{
    message_program(program->name);
    return message_finish(dispatch(program, argc, argv));
}
