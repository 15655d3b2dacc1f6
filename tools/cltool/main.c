/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool: which OpenCL devices there are, what they can do, whether they compute correctly, and how
 * fast.
 */
#include <string.h>

#include <nncl/nncl.h>

#include "cltool/commands.h"
#include "cltool/tune_shapes.h"
#include "common/messages.h"
#include "common/version.h"

static void print_version(void)
{
    version_print("cltool");
}

int main(int argc, char **argv)
{
    const struct command commands[] = {list_command, info_command, check_command, bench_command,
        tune_command, report_command, cache_command, {.name = NULL}};
    const struct program program = {.name = "cltool",
        .summary =
            "Lists, inspects, checks and measures the OpenCL devices that nncl can compute on.",
        .details =
            "SEL names a device: auto, cpu, gpu, igpu or acc, each with an optional number "
            "(gpu1),\n"
            "ref (plain C, without OpenCL), P:D as the OpenCL loader counts, or part of a name.\n"
            "Without SEL: $NNCL_DEVICE, or else auto.\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 3 no such device, 4 a check failed,\n"
            "6 out of memory, 8 device hung or lost, 9 kernel build failed, 130 interrupted.",
        .commands = commands,
        .version = print_version};
    nncl_log_set(message_log, NULL, NNCL_LOG_WARNING);
    if (argc == 3 && strcmp(argv[1], TUNE_WORKER) == 0)
        return tune_work(argv[2]);
    return program_run(&program, argc, argv);
}
