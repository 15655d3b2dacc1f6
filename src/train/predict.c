/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Prediction: class probabilities, batch by batch. */
#include <nncl/train.h>

#include <math.h>

#include "base/status.h"
#include "device/device.h"
#include "train/session.h"

static enum nncl_status run(struct pass *pass, uint32_t classes, float *probabilities)
{
    enum nncl_status status = NNCL_OK;
    pass->device->phase = pass->phase;
    for (size_t row = 0; row < pass->rows; row += pass->full.rows) {
        const struct pass_batch *batch =
            row + pass->full.rows > pass->rows ? &pass->last : &pass->full;
        TRY(nncl_plan_run(batch->plan));
        TRY(nncl_plan_read(batch->plan, batch->probabilities, probabilities + row * classes));
    }
    for (size_t i = 0; i < (size_t)pass->rows * classes; i++)
        if (!isfinite(probabilities[i]))
            return nncl_fail(NNCL_NOT_FINITE,
                "a probability of row %zu is not finite: the model or the data hold numbers too "
                "large, or the device computes wrong (see \"cltool check\")",
                i / classes);
out:
    pass->device->phase = NNCL_PHASE_SETUP;
    return status;
}

enum nncl_status nncl_predict(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *gemm, float *probabilities)
{
    enum nncl_status status = NNCL_OK;
    struct session session = {0};
    struct session_order order = {
        .purpose = PASS_PREDICT, .model = model, .sets = {dataset}, .gemm = gemm};
    TRY(session_plan(device, &order, NULL));
    TRY(session_create(device, &order, &session));
    TRY(run(&session.passes[0], nncl_model_classes(model), probabilities));
out:
    session_clear(&session);
    return status;
}
