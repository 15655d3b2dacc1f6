/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The machine around the OpenCL loader: drivers, hardware, permissions. Tests give a made-up one.
 */
#ifndef NNCL_DEVICE_MACHINE_H
#define NNCL_DEVICE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include <nncl/status.h>

#include "base/text.h"

struct machine {
    const char *root;   /* stands before /etc, /sys, /dev and /usr: "" but in tests */
    const char *loader; /* the libOpenCL in use, or "" */
};

/* This machine; static storage. */
struct machine machine_here(void);

/* A driver as the loader knows it. */
struct icd {
    char *file;    /* its .icd file; NULL for a library that a variable names */
    char *library; /* what dlopen is asked for */
};

/* All drivers the loader will load. */
struct icd_list {
    struct icd *items;
    size_t count;
    char *place; /* where they are looked for: a folder, or a variable's value */
};

/* Finds the drivers: $OCL_ICD_FILENAMES, else $OCL_ICD_VENDORS or $OPENCL_VENDOR_PATH (a folder, an
 * .icd file or a library), else conda's own folder if the loader is conda's, else
 * /etc/OpenCL/vendors. Zero `list` before; free with icd_list_free. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status icd_list_find(const struct machine *machine, struct icd_list *list);

/* Frees what the list holds and clears it. */
void icd_list_free(struct icd_list *list);

/* The folder of /usr/lib and the like in which `library` lies; NULL if in none. Static storage. */
const char *machine_library_folder(const struct machine *machine, const char *library);

/* Whether `text` ends with `end`. */
bool text_ends_with(const char *text, const char *end);

/* Variables that decide which devices there are; NULL at the end. */
extern const char *const machine_variables[];

/* Appends the parts of the diagnosis on render nodes, and on the graphics hardware with the package
 * that serves it. */
void diagnose_render_nodes(const struct machine *machine, struct text *text);
void diagnose_hardware(const struct machine *machine, struct text *text);

/* Appends the whole of nncl_device_diagnose for a machine. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status diagnose_machine(const struct machine *machine, struct text *text);

/* Fails with NNCL_NO_DEVICE and the diagnosis of this machine. */
enum nncl_status fail_without_devices(void);

#endif
