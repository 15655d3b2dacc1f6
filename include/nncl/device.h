/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Devices: which there are, which one to take, and opening it. */
#ifndef NNCL_DEVICE_H
#define NNCL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In the order in which `auto` prefers them. */
enum nncl_device_kind {
    NNCL_DEVICE_GPU,         /* a GPU with memory of its own */
    NNCL_DEVICE_IGPU,        /* a GPU that shares the host's memory */
    NNCL_DEVICE_ACCELERATOR, /* what OpenCL calls an accelerator or a custom device */
    NNCL_DEVICE_CPU,         /* the host's processor through an OpenCL driver */
    NNCL_DEVICE_REF          /* plain C on the host, without OpenCL: slow, and always there */
};

/* What is known about a device. Sizes are in bytes; 0 means that the driver does not say. */
struct nncl_device_info {
    enum nncl_device_kind kind;
    char selector[16]; /* "gpu0", "ref": what --device takes; ranked, see nncl_device_list */
    char id[24];       /* "P:D", the loader's own platform and device numbers; "" for ref */
    char name[256];    /* the device's own name */
    char vendor[128];
    char platform[256]; /* the platform's name */
    char driver[128];   /* driver version */
    char version[128];  /* the device's version text, such as "OpenCL 3.0 PoCL …" */
    unsigned opencl_major, opencl_minor; /* read from `version` */
    char c_version[128];                 /* OpenCL C version text */
    char extensions[256]; /* those that nncl makes use of where they are, separated by spaces */
    uint32_t compute_units;
    uint32_t clock_mhz;
    uint64_t global_memory;
    uint64_t max_allocation; /* largest single buffer */
    uint64_t local_memory;
    uint64_t global_cache;
    uint32_t cache_line;
    uint64_t max_work_group;    /* work-items */
    uint64_t max_work_items[3]; /* work-items per dimension of a group */
    uint32_t preferred_vector_float, native_vector_float;
    uint32_t base_alignment; /* alignment of sub-buffers */
    bool unified_memory, fp16, fp64, subgroups, command_buffers;
    bool dedicated_local_memory; /* false: local memory is ordinary memory, as on CPUs */
    bool available, compiler;    /* may be used; can build kernels */
    bool has_uuid, has_pci;
    uint8_t uuid[16]; /* cl_khr_device_uuid */
    uint32_t pci[4];  /* domain, bus, device, function */
    bool eligible;    /* nncl can compute on it, and it is no alias */
    char reason[256]; /* if not eligible: why, in a few words; else "" */
    int alias_of;     /* index in the list of the same device by a better driver, or -1 */
    bool automatic;   /* the one that `auto` takes */
};

/* A snapshot of the devices on this machine. */
struct nncl_device_list;

/* Finds all devices of all OpenCL platforms, ranked: by kind, then OpenCL version, compute units
 * and memory, so that "gpu0" names the same device in whatever order a loader returns them. Several
 * drivers' views of one device are listed as aliases of the best one. A platform that fails is
 * logged and left out; drivers not yet known good are tried in a child process first, and one that
 * crashes or hangs is logged and left out. No device at all is not an error: the list then has no
 * entry (`ref` is never in the list). $NNCL_PRETEND
 * ("work_group=64,local_memory=16384,allocation=…") lowers the limits that devices report and that
 * nncl keeps to, for tests. Free with nncl_device_list_free. Blocks while drivers load. Errors:
 * NNCL_OUT_OF_MEMORY, NNCL_USAGE for a malformed $NNCL_PRETEND. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_device_list_create(struct nncl_device_list **list);

/* Frees the list and clears the pointer; *list may be NULL. Thread-safety: one thread a list. */
NNCL_API void nncl_device_list_free(struct nncl_device_list **list);

/* Number of entries, aliases and ineligible devices included. Thread-safety: safe. */
NNCL_API size_t nncl_device_list_count(const struct nncl_device_list *list);

/* Entry `index` (below the count), owned by the list. Thread-safety: safe. */
NNCL_API const struct nncl_device_info *nncl_device_list_get(
    const struct nncl_device_list *list, size_t index);

/* Which entry a selector means; a selector is
 *   auto | cpu | gpu | igpu | acc, each with an optional number (gpu1) | P:D | part of a device's
 * or platform's name, without regard to case. Without a number, a kind means its first eligible
 * device; `gpu` counts integrated GPUs too, behind the discrete ones. `auto` takes the first
 * eligible device, emulators last. A whole name beats a part of one, and a device its aliases.
 * "ref" is no entry: NNCL_NO_DEVICE. *index is set on success. Errors: NNCL_USAGE for a malformed
 * selector or a part that matches several devices, NNCL_NO_DEVICE if nothing matches; the message
 * lists what there is, and is the diagnosis of nncl_device_diagnose if there is no device at all.
 * Thread-safety: safe. */
NNCL_API enum nncl_status nncl_device_list_find(
    const struct nncl_device_list *list, const char *selector, size_t *index);

/* An open device: an OpenCL context with one in-order queue, or the host for "ref". */
struct nncl_device;

/* Opens the device that `selector` names; NULL means $NNCL_DEVICE, and `auto` if that is unset too.
 * An explicit choice is never replaced; `auto` moves on to the next device if one fails to open,
 * with a warning to the log. Close with nncl_device_close. Blocks. Errors: as
 * nncl_device_list_find; NNCL_NO_DEVICE with the diagnosis of nncl_device_diagnose when there is no
 * device; NNCL_OUT_OF_MEMORY, NNCL_FAILED with the OpenCL error's name. Thread-safety: safe; each
 * thread may open devices of its own. */
NNCL_API enum nncl_status nncl_device_open(const char *selector, struct nncl_device **device);

/* Waits for the device, closes it and clears the pointer; *device may be NULL. Everything made on
 * the device must be freed before. Thread-safety: one thread a device. */
NNCL_API void nncl_device_close(struct nncl_device **device);

/* What is known about an open device; owned by the device. Thread-safety: safe. */
NNCL_API const struct nncl_device_info *nncl_device_get_info(const struct nncl_device *device);

/* Why this device was taken, in a few words: "auto: the only discrete GPU", "--device cpu0"-like
 * for an explicit choice ("named by the selector \"cpu0\""); owned by the device. Thread-safety:
 * safe. */
NNCL_API const char *nncl_device_choice(const struct nncl_device *device);

/* Makes the device as small as `bytes` of memory, or leaves it smaller: everything made on it from
 * now on must fit together, and its info says so. To see how something runs on a smaller device.
 * Errors: NNCL_USAGE if that much is in use already. Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_device_limit_memory(struct nncl_device *device, uint64_t bytes);

/* How convolutions are computed. */
enum nncl_convolution {
    NNCL_CONVOLUTION_AUTO,   /* the way that tuning found the faster one for convolutions like it
                                (nncl/tune.h); else as products on GPUs, directly elsewhere */
    NNCL_CONVOLUTION_DIRECT, /* by kernels of their own */
    NNCL_CONVOLUTION_PRODUCT /* as matrix products, wherever a provider can read pictures through
                                windows; those in groups directly */
};

/* How the convolutions of plans made on this device from now on are computed.
 * Thread-safety: one thread a device. */
NNCL_API void nncl_device_set_convolution(
    struct nncl_device *device, enum nncl_convolution convolution);

/* Waits until the device has done all that was enqueued. Counts as one host wait.
 * Errors: NNCL_DEVICE_LOST, NNCL_OUT_OF_MEMORY, NNCL_FAILED. Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_device_finish(struct nncl_device *device);

/* How often the host has waited for the device since it was opened (blocking reads and writes,
 * finishes, waits for events). Thread-safety: one thread a device. */
NNCL_API uint64_t nncl_device_host_waits(const struct nncl_device *device);

/* The diagnosis for a machine on which no (or not the expected) device is found, as several lines:
 * the libOpenCL loaded and its folder of .icd files, each .icd and whether its library opens,
 * driver libraries present without an .icd and the line that adds it, render nodes with their
 * permissions and the group that owns them, RUSTICL_ENABLE, the package for the hardware seen, and
 * how to go on without a device. Works without any driver. *text is set on success; free with
 * nncl_free. Errors: NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_device_diagnose(char **text);

/* Versions of the OpenCL loader in use and of CLBlast ("none" if built without), for --version and
 * bug reports; static storage. Thread-safety: safe. */
NNCL_API const char *nncl_opencl_loader(void);
NNCL_API const char *nncl_clblast_version(void);

#ifdef __cplusplus
}
#endif
#endif
