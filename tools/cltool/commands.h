/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The subcommands, one file each. */
#ifndef TOOLS_CLTOOL_COMMANDS_H
#define TOOLS_CLTOOL_COMMANDS_H

#include "common/options.h"

extern const struct command list_command, info_command, check_command, bench_command, cache_command,
    tune_command, report_command;

#endif
