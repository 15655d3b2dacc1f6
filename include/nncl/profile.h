/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What plans launch, and when it ran. */
#ifndef NNCL_PROFILE_H
#define NNCL_PROFILE_H

#include <nncl/device.h>
#include <nncl/status.h>
#include <nncl/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One launch of a kernel, or one call into a library that launches by itself. On `ref`, one op. An
 * op that takes several launches counts in the first of them. Texts live as long as the plan. */
struct nncl_launch {
    const char *kernel;   /* the call's or, on `ref`, the op's name */
    const char *provider; /* of a matrix product: "vector", "clblast"; else "own"; "ref" on `ref` */
    const char *op;       /* what is computed: "matmul" */
    const char *way;   /* of a convolution: how it is computed and why, "direct: tuned"; else "" */
    const char *fused; /* ops computed by the same launch: "gather, bias, relu"; "" if none */
    struct nncl_shape shape; /* of a product m, n, k; else of the tensor that the work goes over */
    double flop;  /* floating-point operations of the formulas; an addition, a product, a quotient,
                     a maximum, a root and an exponential count one each */
    double bytes; /* of the tensors read and of those written, each counted once; what stays inside
                     the launch is not counted, and of gathered data only the rows read are */
};

/* What a launch was for. */
enum nncl_phase {
    NNCL_PHASE_SETUP, /* warming up, checking the device, searching for the cause of a failure */
    NNCL_PHASE_TRAIN, /* a step of training */
    NNCL_PHASE_EVAL   /* validation, evaluation and prediction */
};

/* A launch that is done, in seconds of nncl_clock. A call into a library is one, from when the
 * device had done everything before it to its end. */
struct nncl_launch_time {
    const struct nncl_launch *launch; /* lives as long as its plan */
    enum nncl_phase phase;
    double begin, end;
};

/* Told of each launch; must not use the device. */
typedef void nncl_record_function(void *user, const struct nncl_launch_time *time);

/* Reports every launch from now on to `function`, in the order they ran, some time after they are
 * done and from within calls on the device, at the latest in nncl_device_finish or when their plan
 * is freed; NULL ends recording, after a last report. Results do not change, but launches take
 * somewhat longer. Devices tell their own time: it is brought to the host's clock, once, here.
 * Blocks; counts as a host wait. Errors: NNCL_OUT_OF_MEMORY, NNCL_DEVICE_LOST, NNCL_FAILED.
 * Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_device_record(
    struct nncl_device *device, nncl_record_function *function, void *user);

#ifdef __cplusplus
}
#endif
#endif
