/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TOOLS_COMMON_VERSION_H
#define TOOLS_COMMON_VERSION_H

/* Prints the versions of the program, the OpenCL loader and CLBlast to stdout, for --version. */
void version_print(const char *program);

#endif
