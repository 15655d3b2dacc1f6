/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Adding steps where an op is prepared for a device. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "ops/op.h"

enum nncl_status op_step(struct op_site *site, struct step **step)
{
    if (site->step_count == site->step_capacity) {
        size_t capacity = 2 * site->step_capacity + 8;
        struct step *larger = realloc(site->steps, capacity * sizeof *larger);
        if (!larger)
            return nncl_fail_memory("the steps of a plan", capacity * sizeof *larger);
        site->steps = larger;
        site->step_capacity = capacity;
    }
    *step = &site->steps[site->step_count++];
    memset(*step, 0, sizeof **step);
    return NNCL_OK;
}

enum nncl_status op_launch(struct op_site *site, const struct step_launch *launch,
    const struct step_argument *arguments, size_t count)
{
    struct step *step = NULL;
    enum nncl_status status = op_step(site, &step);
    if (status == NNCL_OK)
        status = step_launch(site->device, launch, arguments, count, step);
    return status;
}
