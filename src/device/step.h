/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A step of a plan: a kernel with its arguments bound and its sizes, or a call into a library that
 * enqueues by itself. */
#ifndef NNCL_DEVICE_STEP_H
#define NNCL_DEVICE_STEP_H

#include "device/opencl.h"

struct step {
    struct nncl_device *device;
    const char *provider; /* of a matrix product; NULL: it is none. Static storage */
    const char *way;      /* of a convolution: how it is computed, and why; NULL: it is none. Static
                             storage */
    const char *label;    /* what the step computes: static storage, or owned by an op type */
    bool beside; /* prepares for the op's next step, which all of the op's figures are told with */
    const struct nncl_launch *launch; /* for recording: owned by the plan; NULL: not recorded */
    cl_kernel kernel;                 /* a launch: this step's own kernel object … */
    cl_uint dimensions;
    size_t global[3], local[3]; /* … local[0] = 0: the driver chooses */
    size_t piece[2];            /* see step_launch */

    enum nncl_status (*call)(void *context, cl_command_queue queue); /* or a call */
    void (*free_context)(void *context);
    void *context;
};

/* An argument of a kernel. */
struct step_argument {
    enum { STEP_BUFFER, STEP_UINT, STEP_SIZE, STEP_FLOAT, STEP_LOCAL } kind;
    union {
        const struct buffer *buffer; /* NULL: a null pointer */
        uint64_t u; /* refused where the kernel's 32 bits do not hold it, with room for a vector */
        cl_float f;
    };
};

/* Kernels count in 32 bits, and by whole vectors beyond the last element. */
#define STEP_MAX_SIZE (UINT32_MAX - 1024)

#define ARG_BUFFER(value) ((struct step_argument){.kind = STEP_BUFFER, .buffer = (value)})
#define ARG_UINT(value) ((struct step_argument){.kind = STEP_UINT, .u = (cl_uint)(value)})
#define ARG_SIZE(value) ((struct step_argument){.kind = STEP_SIZE, .u = (value)})
/* Local memory of so many bytes. */
#define ARG_LOCAL(value) ((struct step_argument){.kind = STEP_LOCAL, .u = (value)})
#define ARG_FLOAT(value) ((struct step_argument){.kind = STEP_FLOAT, .f = (value)})

/* What to launch. */
struct step_launch {
    const char *program; /* cl/<program>.cl */
    const char *kernel;
    const char *options; /* "-DWIDTH=8"; NULL: none */
    cl_uint dimensions;
    size_t global[3];
    size_t local[3]; /* wanted; halved until the device and the kernel allow it: kernels ask for
                        their local size. 0: the driver chooses. global is rounded up to a multiple:
                        kernels check their range */
    /* Of the first two dimensions, how many work-items to enqueue at once, so that no launch takes
     * long: multiples of the local size; 0: all. They count and are timed as one step. */
    size_t piece[2];
};

/* Fills in `step`: builds the program if needed, makes the kernel and binds `count` arguments.
 * Errors: NNCL_BUILD_FAILED, NNCL_OUT_OF_MEMORY, NNCL_FAILED naming kernel and argument. */
enum nncl_status step_launch(struct nncl_device *device, const struct step_launch *launch,
    const struct step_argument *arguments, size_t count, struct step *step);

/* Enqueues the step, with its event if that is wanted (a launch's only; may be NULL). */
enum nncl_status step_start(struct step *step, cl_event *event);

/* The same, recorded if the device records; does not block otherwise. */
enum nncl_status step_enqueue(struct step *step);

/* Whether the step is enqueued as one launch of a kernel, which has an event of its own. */
static inline bool step_is_one_launch(const struct step *step)
{
    return !step->call && step->piece[0] == 0 && step->piece[1] == 0;
}

/* Frees what the step holds and clears it; a zeroed step is fine. */
void step_clear(struct step *step);

/* The largest of `wanted`, `wanted`/2, `wanted`/4 … that `device` allows as a work-group in one
 * dimension: a power of two stays one. */
size_t step_group(const struct nncl_device *device, size_t wanted);

#endif
