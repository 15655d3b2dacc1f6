/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "common/version.h"

#include <stdio.h>

#include <nncl/nncl.h>

void version_print(const char *program)
{
    printf("%s %s\n", program, nncl_version());
    printf("OpenCL loader: %s\n", nncl_opencl_loader());
    printf("CLBlast: %s\n", nncl_clblast_version());
}
