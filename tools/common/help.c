/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "common/help.h"

#include <string.h>

enum { LABEL_SIZE = 64, LABEL_MOST = 26 };

/* "-n, --name ARGUMENT", or the name alone where no letter stands for it. */
static void option_label(const struct option *option, char label[LABEL_SIZE])
{
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(label, LABEL_SIZE, "%s--%s%s%s", letter, option->name, option->argument ? " " : "",
        option->argument ? option->argument : "");
}

/* One line of a table; a label that is too long gets a line of its own. */
static void print_row(FILE *stream, const char *label, int width, const char *text)
{
    if ((int)strlen(label) > width)
        fprintf(stream, "  %s\n  %*s  %s\n", label, width, "", text);
    else
        fprintf(stream, "  %-*s  %s\n", width, label, text);
}

static int label_width(const struct option *options)
{
    int width = (int)strlen("    --version");
    for (const struct option *option = options; option && option->name; option++) {
        char label[LABEL_SIZE];
        option_label(option, label);
        int length = (int)strlen(label);
        if (length > width && length <= LABEL_MOST)
            width = length;
    }
    return width;
}

static void print_options(FILE *stream, const struct option *options)
{
    int width = label_width(options);
    fputs("\nOptions:\n", stream);
    for (const struct option *option = options; option && option->name; option++) {
        char label[LABEL_SIZE];
        option_label(option, label);
        print_row(stream, label, width, option->help);
    }
    print_row(stream, "-h, --help", width, "show this help");
    print_row(stream, "    --version", width, "show the versions of nncl and of what it uses");
}

void help_program(const struct program *program, FILE *stream)
{
    fprintf(stream, "Usage: %s %s [OPTION...] [ARGUMENT...]\n\n%s\n\nCommands:\n", program->name,
        program->standard ? "[COMMAND]" : "COMMAND", program->summary);
    int width = 0;
    for (const struct command *command = program->commands; command->name; command++)
        if ((int)strlen(command->name) > width)
            width = (int)strlen(command->name);
    for (const struct command *command = program->commands; command->name; command++)
        print_row(stream, command->name, width, command->summary);
    if (program->standard)
        fprintf(stream, "\nWithout a command: %s.", program->standard->name);
    fprintf(
        stream, "\n\"%s COMMAND --help\" describes a command and its options.\n", program->name);
    print_options(stream, NULL);
    if (program->details)
        fprintf(stream, "\n%s\n", program->details);
}

void help_command(const struct program *program, const struct command *command, FILE *stream)
{
    fprintf(stream, "Usage: %s %s [OPTION...]%s%s\n\n%s\n", program->name, command->name,
        command->arguments[0] ? " " : "", command->arguments, command->summary);
    print_options(stream, command->options);
    if (command->details)
        fprintf(stream, "\n%s\n", command->details);
}
