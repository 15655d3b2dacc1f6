/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TOOLS_MNIST_CL_COMMANDS_H
#define TOOLS_MNIST_CL_COMMANDS_H

#include "common/options.h"

extern const struct command train_command, eval_command, predict_command, report_command,
    runs_command, models_command, data_command, export_command;

#endif
