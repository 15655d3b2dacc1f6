/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How nncl reports failure: a status, and one sentence per thread that explains it. */
#ifndef NNCL_STATUS_H
#define NNCL_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define NNCL_API __attribute__((visibility("default")))
#else
#define NNCL_API
#endif

/* The outcome of every fallible function. The programs exit with the same numbers. */
enum nncl_status {
    NNCL_OK = 0,
    NNCL_FAILED = 1,        /* anything not named below: a file that cannot be written, … */
    NNCL_USAGE = 2,         /* a wrong argument, selector or network description */
    NNCL_NO_DEVICE = 3,     /* no such device, or none at all */
    NNCL_CHECK_FAILED = 4,  /* the device computes something wrong */
    NNCL_NOT_FINITE = 5,    /* the loss became NaN or infinite */
    NNCL_OUT_OF_MEMORY = 6, /* host or device memory, or a limit of the device */
    NNCL_BAD_DATA = 7,      /* a data or model file that is missing, damaged or not what it says */
    NNCL_DEVICE_LOST = 8,   /* the device hangs or has gone */
    NNCL_BUILD_FAILED = 9,  /* a kernel does not compile on this device */
    NNCL_INTERRUPTED = 130  /* the caller's callback, or a signal, asked to stop */
};

/* The name of a status in words, such as "out of memory"; never NULL.
 * Thread-safety: safe. */
NNCL_API const char *nncl_status_name(enum nncl_status status);

/* One sentence about the last failure in the calling thread: what was attempted, what went wrong
 * (with the OpenCL error's name and the device) and what can be done. "" if nothing failed yet.
 * The text stays valid until the thread's next failing call. Thread-safety: per thread. */
NNCL_API const char *nncl_last_error(void);

/* Frees memory that nncl allocated and whose header says "free with nncl_free"; NULL is fine.
 * Thread-safety: safe. */
NNCL_API void nncl_free(void *memory);

#ifdef __cplusplus
}
#endif
#endif
