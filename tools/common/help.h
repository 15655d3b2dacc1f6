/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The texts of --help. */
#ifndef TOOLS_COMMON_HELP_H
#define TOOLS_COMMON_HELP_H

#include <stdio.h>

#include "common/options.h"

void help_program(const struct program *program, FILE *stream);
void help_command(const struct program *program, const struct command *command, FILE *stream);

#endif
