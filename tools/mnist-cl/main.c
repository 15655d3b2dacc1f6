/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl: trains, evaluates and uses networks that read digits, on any OpenCL device. */
#include <nncl/nncl.h>

#include "common/messages.h"
#include "common/version.h"
#include "mnist-cl/commands.h"

static void print_version(void)
{
    version_print("mnist-cl");
}

int main(int argc, char **argv)
{
    const struct command commands[] = {train_command, eval_command, predict_command, report_command,
        runs_command, models_command, data_command, export_command, {.name = NULL}};
    const struct program program = {.name = "mnist-cl",
        .summary = "Trains, evaluates and uses networks that read MNIST's digits, on any OpenCL "
                   "device.",
        .details =
            "SEL names a device: auto, cpu, gpu, igpu or acc, each with an optional number "
            "(gpu1),\n"
            "ref (plain C, without OpenCL), P:D as the OpenCL loader counts, or part of a name;\n"
            "\"cltool list\" shows them. Without --device: $NNCL_DEVICE, or else auto.\n"
            "DIR holds a data set, such as MNIST's four files; without --data: $NNCL_DATA_DIR, or "
            "else what is\n"
            "installed, or else a download.\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 3 no such device, 4 the device "
            "computes\n"
            "wrong, 5 loss not finite, 6 out of memory, 7 bad or missing data or model, 8 device\n"
            "hung or lost, 9 kernel build failed, 130 interrupted, 143 terminated.",
        .commands = commands,
        .standard = &train_command,
        .version = print_version};
    message_program(program.name);
    nncl_log_set(message_log, NULL, NNCL_LOG_WARNING);
    enum nncl_status status =
        nncl_interrupt_catch("\nmnist-cl: stopped at once; nothing was saved\n");
    if (status != NNCL_OK)
        return message_status(status);
    return program_run(&program, argc, argv);
}
