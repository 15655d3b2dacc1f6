/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <nncl/version.h>

const char *nncl_version(void)
{
    return NNCL_VERSION;
}
