/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The checker's own data: only for the files that make it up. */
#ifndef NNCL_CHECK_RUN_H
#define NNCL_CHECK_RUN_H

#include "check/checker.h"
#include "device/device.h"
#include "ops/op.h"
#include "plan/plan.h"

enum { CASE_TENSORS = 16, CASE_OUTPUTS = 16 };

struct case_input {
    nncl_tensor_id id;
    void *values;
};

struct case_output {
    const char *name;
    nncl_tensor_id id;
    struct check_bound bound;
    float *known; /* NULL: held against the reference, else against these */
};

struct check_case {
    struct checker *checker;
    char name[128];
    enum nncl_status status; /* of what was done so far */
    struct nncl_op_list *list;
    struct case_input inputs[CASE_TENSORS]; /* in order of id */
    size_t input_count;
    struct case_output outputs[CASE_OUTPUTS];
    size_t output_count;
    uint32_t drawn; /* random tensors so far */
    bool fused;
    uint32_t steps; /* training steps that the list runs; 0: it is none, and runs once */
};

struct checker {
    struct nncl_device *device, *reference;
    bool quick, brief;
    unsigned runs;    /* of each case */
    const char *gemm; /* provider of products; NULL: auto */
    struct check_case current;
    enum nncl_status error; /* the first failure to run a case at all … */
    char error_text[1024];  /* … and its sentence */
    size_t completed;       /* cases that ran */
    char label[64], failure[1024];
    struct nncl_check_result result; /* of the op being checked */
};

/* What the tensors of a case held before and after running on one device. */
struct execution {
    const struct check_case *c;
    struct nncl_device *device;
    struct nncl_plan *plan;
    struct buffer *arena;        /* the declared tensors, between guards */
    struct nncl_tensor *tensors; /* [inputs], slices of it */
    size_t *offsets;             /* [inputs], in bytes */
    uint8_t *before, *after;     /* the arena's contents */
    uint8_t *inner;              /* the plan's own arena afterwards */
    bool deterministic;          /* all runs gave the same bytes */
};

/* Prepares the case and runs it `runs` times, with the absolute values of its inputs if `absolute`.
 * Free with execution_free, also after a failure. */
enum nncl_status execution_run(struct execution *execution, const struct check_case *c,
    struct nncl_device *device, unsigned runs, bool absolute);
void execution_free(struct execution *execution);

/* The contents of a tensor after running (for declared ones: or before). */
const void *execution_after(const struct execution *execution, nncl_tensor_id id);
const void *execution_before(const struct execution *execution, nncl_tensor_id id);

/* Whether everything but outputs and updated tensors is as it was; if not, `text` says what is not.
 */
bool execution_intact(const struct execution *execution, char *text, size_t size);

/* A product of one provider kept alive: see hold.c. A failure leaves nothing to hold, and does not
 * matter: the cases themselves will fail. */
struct hold {
    struct nncl_tensor *factors[2];
    struct nncl_plan *plan;
};
enum nncl_status hold_products(struct nncl_device *device, const char *gemm, struct hold *hold);
void hold_release(struct hold *hold);

/* nncl_check, but an op is done with at its first case that fails: for tests that break kernels. */
enum nncl_status check_briefly(
    struct nncl_device *device, const struct nncl_check_options *options);

/* Whether the op's further cases are left out. */
bool checker_is_done(const struct checker *checker);

/* Records that the present op fails; only the first time counts. */
void checker_fail(struct checker *checker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Counts a case that has run, or failed to. */
void checker_count(struct checker *checker, const char *name, enum nncl_status status);

/* Keeps the pair of error and bound with the largest ratio. */
void checker_note_error(struct checker *checker, double error, double bound);

/* Holds the outputs of a case against the reference and known values; records what is wrong. */
enum nncl_status compare_outputs(
    const struct check_case *c, const struct execution *got, const struct execution *wanted);

#endif
