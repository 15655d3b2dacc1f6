/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Loading the OpenCL drivers without letting a bad one take the others down. */
#ifndef NNCL_DEVICE_DRIVERS_H
#define NNCL_DEVICE_DRIVERS_H

/* Has the loader load its drivers, once in a process. A set of drivers not yet known good is tried
 * in a child process first; a driver that crashes there or hangs is left out, with a warning. */
void drivers_load(void);

#endif
