/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What tests of all folders share. Link with `test_support`. */
#ifndef NNCL_TESTS_SUPPORT_H
#define NNCL_TESTS_SUPPORT_H

#include <nncl/device.h>

/* Opens the device under test: the one that $NNCL_TEST_DEVICE selects, else `auto`. Where there is
 * no device the calling test is skipped, or fails if NNCL_REQUIRE_DEVICE=1. Never NULL. */
struct nncl_device *support_device(void);

/* For a test's .init and .fini: a fresh folder that is the current one and holds $XDG_CACHE_HOME,
 * $XDG_DATA_HOME and $HOME, so that no user's files are read or written. PoCL's cache of built
 * kernels stays where it was. */
void support_folder_make(void);
void support_folder_remove(void);

/* The folder's path. */
const char *support_folder(void);

#endif
