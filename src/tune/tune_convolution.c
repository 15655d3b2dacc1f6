/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tuning of convolutions: each directly and as a product, in processes of their own. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>

#include "base/status.h"
#include "ops/conv2d.h"
#include "tune/timing.h"
#include "tune/tune.h"

enum { TURNS = 3 };

struct nncl_tune_convolution tune_public_convolution(const struct tuning_convolution *convolution)
{
    return (struct nncl_tune_convolution){.pass = (enum nncl_tune_pass)convolution->pass,
        .pictures = convolution->pictures,
        .channels = (uint32_t)convolution->channels,
        .filters = (uint32_t)convolution->filters,
        .down = (uint32_t)convolution->down,
        .across = (uint32_t)convolution->across,
        .how = {.height = (uint32_t)convolution->height,
            .width = (uint32_t)convolution->width,
            .stride = (uint32_t)convolution->stride,
            .dilation = (uint32_t)convolution->dilation,
            .groups = (uint32_t)convolution->groups,
            .same = convolution->same}};
}

enum nncl_status tune_take_convolution(
    const struct nncl_tune_convolution *from, struct tuning_convolution *convolution)
{
    struct window window;
    *convolution = (struct tuning_convolution){.pass = (enum tuning_pass)from->pass,
        .pictures = from->pictures,
        .height = from->how.height,
        .width = from->how.width,
        .channels = from->channels,
        .filters = from->filters,
        .down = from->down,
        .across = from->across,
        .stride = from->how.stride ? from->how.stride : 1,
        .dilation = from->how.dilation ? from->how.dilation : 1,
        .groups = from->how.groups ? from->how.groups : 1,
        .same = from->how.same};
    const struct tuning_convolution *c = convolution;
    if ((unsigned)c->pass >= TUNING_PASSES || c->pictures < 1 || c->pictures > INT32_MAX ||
        c->channels < 1 || c->filters < 1 || c->channels % c->groups || c->filters % c->groups ||
        !tune_window(c, &window))
        return nncl_fail(NNCL_USAGE, "a convolution to be tuned has sizes that do not fit");
    return NNCL_OK;
}

bool tune_window(const struct tuning_convolution *convolution, struct window *window)
{
    *window = (struct window){.height = (uint32_t)convolution->height,
        .width = (uint32_t)convolution->width,
        .down = (uint32_t)convolution->down,
        .across = (uint32_t)convolution->across,
        .stride = (uint32_t)convolution->stride,
        .dilation = (uint32_t)convolution->dilation};
    return window_fits(window, convolution->same);
}

/* ---- Measuring ---- */

static enum nncl_status request_text(const struct tune_run *run,
    const struct tuning_convolution *convolution, bool product, char **request)
{
    json_t *root = json_pack("{s:s, s:s, s:o, s:i, s:f, s:f}", "device", run->device->info.id,
        "way", tuning_way_name(product), "convolution", tuning_convolution_json(convolution),
        "samples", (int)run->effort.samples, "sample_seconds", run->effort.sample_seconds,
        "product_seconds", run->effort.product_seconds);
    *request = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return *request ? NNCL_OK : nncl_fail_memory("a request", 0);
}

/* What is known of one way, in turns. */
struct side {
    struct tuning_convolution_record record;
    struct samples medians; /* of the turns */
    unsigned repetitions;
    bool failed; /* before, and is not tried again */
};

static double flop_of(const struct tuning_convolution *c)
{
    struct window window;
    if (!tune_window(c, &window))
        return 0;
    return 2 * (double)c->pictures * window.out_height * window.out_width * (double)c->down *
           (double)c->across * (double)(c->channels / c->groups) * (double)c->filters;
}

static double gflops(const struct side *side)
{
    const struct tuning_convolution_record *record = &side->record;
    return record->end == TUNING_MEASURED && record->time.median > 0
               ? 1e-9 * flop_of(&record->convolution) / record->time.median
               : 0;
}

static void show(struct tune_run *run, const struct side sides[2], bool product)
{
    const double rates[] = {gflops(&sides[0]), gflops(&sides[1])};
    run->convolution = tune_public_convolution(&sides[product].record.convolution);
    run->progress = (struct nncl_tune_progress){.provider = tuning_way_name(product),
        .convolution = &run->convolution,
        .parameters = "",
        .best_gflops = fmax(rates[0], rates[1]),
        .default_gflops = rates[conv_rule_product(run->device)],
        .tried = run->progress.tried,
        .failed = run->progress.failed,
        .seconds = run->progress.seconds,
        .budget = run->progress.budget};
}

/* Measures one way once; *ended is false if the tuning's own end cut it off, or a busy machine one
 * that answered before. */
static enum nncl_status measure(struct tune_run *run, const struct side sides[2], bool product,
    struct tune_outcome *outcome, bool *ended)
{
    char *request = NULL;
    const struct side *side = &sides[product];
    const double seconds = tune_time_for_one(run);
    *outcome = (struct tune_outcome){.end = TUNING_FAILED};
    show(run, sides, product);
    enum nncl_status status = request_text(run, &side->record.convolution, product, &request);
    if (status == NNCL_OK)
        status = tune_ask(run, request, 1, seconds, outcome);
    free(request);
    run->progress.tried++;
    *ended = outcome->end != TUNING_HANG ||
             (seconds >= run->candidate_seconds && side->medians.count == 0);
    run->progress.failed += *ended && outcome->end != TUNING_MEASURED;
    return status;
}

static void note(struct side *side, const struct tune_outcome *outcome)
{
    struct tuning_convolution_record *record = &side->record;
    record->end = outcome->end;
    snprintf(record->provider, sizeof record->provider, "%s", outcome->provider);
    snprintf(record->what, sizeof record->what, "%s", outcome->what);
    if (outcome->end != TUNING_MEASURED)
        return;
    samples_add(&side->medians, outcome->times[0].median);
    side->repetitions += outcome->times[0].repetitions;
    record->time = (struct tuning_time){
        samples_quantile(&side->medians, 0.5), outcome->times[0].spread, side->repetitions};
}

/* Whether another turn could change who is faster. */
static bool are_close(const struct side sides[2])
{
    const double clear = 1.5;
    const double direct = sides[0].record.time.median, product = sides[1].record.time.median;
    return sides[0].record.end == TUNING_MEASURED && sides[1].record.end == TUNING_MEASURED &&
           direct < clear * product && product < clear * direct;
}

static enum nncl_status take_turn(struct tune_run *run, struct side sides[2], bool *complete)
{
    enum nncl_status status = NNCL_OK;
    struct tune_outcome *outcome = malloc(sizeof *outcome);
    if (!outcome)
        return nncl_fail_memory("a measurement", sizeof *outcome);
    *complete = false;
    for (unsigned way = 0; way < 2; way++) {
        struct side *side = &sides[way];
        bool ended;
        if (side->failed)
            continue;
        TRY(measure(run, sides, way == 1, outcome, &ended));
        if (!ended)
            goto out;
        note(side, outcome);
        TRY(tune_keep_convolution(run, &side->record));
    }
    *complete = true;
out:
    free(outcome);
    return status;
}

enum nncl_status tune_convolution(
    struct tune_run *run, const struct tuning_convolution *convolution, double deadline)
{
    struct side sides[2] = {{.record = {.convolution = *convolution}},
        {.record = {.convolution = *convolution, .product = true}}};
    bool complete = true;
    for (unsigned way = 0; way < 2; way++) {
        const struct tuning_convolution_record *known =
            tuning_convolution_find(&run->database, convolution, way == 1);
        sides[way].failed = known && known->end != TUNING_MEASURED;
        if (sides[way].failed)
            sides[way].record = *known;
    }
    for (unsigned turn = 0; turn < TURNS && complete; turn++) {
        if (turn > 0 && (nncl_clock() >= deadline || !are_close(sides)))
            break;
        enum nncl_status status = take_turn(run, sides, &complete);
        if (status != NNCL_OK)
            return status;
    }
    return NNCL_OK;
}

/* ---- Telling ---- */

void tune_report_convolution(const struct nncl_device *device,
    const struct tuning_database *database, const struct tuning_convolution_record *record,
    void (*report)(void *user, const struct nncl_tune_convolution_result *result), void *user)
{
    char failure[TUNING_WHAT + 16];
    if (!report)
        return;
    const bool measured = record->end == TUNING_MEASURED, by_rule = conv_rule_product(device);
    const struct tuning_convolution_record *rule =
        tuning_convolution_find(database, &record->convolution, by_rule);
    bool product = by_rule;
    (void)tuning_convolution_way(database, &record->convolution, &product);
    snprintf(failure, sizeof failure, "%s: %s", tuning_end_name(record->end), record->what);
    const struct nncl_tune_convolution_result result = {
        .convolution = tune_public_convolution(&record->convolution),
        .flop = flop_of(&record->convolution),
        .product = record->product,
        .provider = record->provider,
        .failure = measured ? NULL : failure,
        .seconds = record->time.median,
        .spread = record->time.spread,
        .repetitions = record->time.repetitions,
        .rule_seconds = rule ? rule->time.median : 0,
        .chosen = product == record->product};
    report(user, &result);
}
