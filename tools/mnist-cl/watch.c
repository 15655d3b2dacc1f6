/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/watch.h"

#include <stdio.h>

#include "common/output.h"
#include "mnist-cl/explain.h"

static void on_launch(void *user, const struct nncl_launch_time *time)
{
    struct watch *watch = user;
    if (watch->profiles)
        profile_add(&watch->profile, time);
    trace_launch(watch->trace, time);
}

int watch_begin(struct watch *watch)
{
    int status = watch->trace_path ? (int)trace_open(watch->trace_path, &watch->trace) : NNCL_OK;
    trace_stage(watch->trace, "open device");
    return status;
}

enum nncl_status watch_device(struct watch *watch, struct nncl_device *device)
{
    if (!watch->profiles && !watch->trace)
        return NNCL_OK;
    return nncl_device_record(device, on_launch, watch);
}

static void explain(struct watch *watch, const struct nncl_plan *plan)
{
    if (!watch->explains)
        return;
    watch->plan = explain_json(plan);
    if (explain_print(plan) != NNCL_OK)
        watch->failed = true;
}

static void end_epoch(struct watch *watch, const struct nncl_fit_progress *now)
{
    double trained = watch->epoch_begin + now->train_seconds;
    char name[32];
    snprintf(name, sizeof name, "epoch %u", now->epoch + 1);
    trace_span(watch->trace, name, watch->epoch_begin, watch->epoch_begin + now->seconds);
    trace_span(watch->trace, "steps", watch->epoch_begin, trained);
    if (now->has_validation)
        trace_span(watch->trace, "validation", trained, watch->epoch_begin + now->seconds);
}

void watch_fit(struct watch *watch, const struct nncl_fit_progress *now)
{
    switch (now->event) {
    case NNCL_FIT_BUILD:
        if (now->built == 0)
            trace_stage(watch->trace, "build");
        break;
    case NNCL_FIT_PLANNED:
        trace_stage(watch->trace, NULL);
        explain(watch, now->plan);
        break;
    case NNCL_FIT_CHECK:
        trace_stage(watch->trace, "check");
        break;
    case NNCL_FIT_WARM_UP:
        trace_stage(watch->trace, "warm up");
        break;
    case NNCL_FIT_EPOCH_BEGIN:
        trace_stage(watch->trace, NULL);
        watch->epoch_begin = nncl_clock();
        break;
    case NNCL_FIT_PROGRESS:
        break;
    case NNCL_FIT_EPOCH_END:
        end_epoch(watch, now);
        break;
    }
}

bool watch_add_json(struct watch *watch, json_t *object)
{
    bool whole = !watch->plan || json_object_set(object, "launches", watch->plan) == 0;
    if (watch->profiles && whole)
        whole = json_object_set_new(object, "profile", profile_json(&watch->profile)) == 0;
    return whole;
}

int watch_print_json(struct watch *watch, json_t *object)
{
    if (object && !watch_add_json(watch, object)) {
        json_decref(object);
        object = NULL;
    }
    return json_print(object);
}

int watch_print(struct watch *watch)
{
    return watch->profile.count > 0 || watch->profile.failed ? profile_print(&watch->profile)
                                                             : NNCL_OK;
}

int watch_end(struct watch *watch, int status)
{
    enum nncl_status traced = trace_close(&watch->trace);
    profile_free(&watch->profile);
    json_decref(watch->plan);
    watch->plan = NULL;
    if (status == NNCL_OK && watch->failed)
        status = NNCL_FAILED;
    return status == NNCL_OK ? (int)traced : status;
}
