/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Candidates in child processes, and the file of results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nncl/version.h>

#include "base/file.h"
#include "base/status.h"
#include "device/child.h"
#include "tune/tune.h"

enum { MOST_ARGUMENTS = 8, ANSWER_SIZE = 16384, WORDS = 80 };

double tune_seconds_left(const struct tune_run *run)
{
    return run->deadline - nncl_clock();
}

static bool stop(void *user)
{
    struct tune_run *run = user;
    run->progress.seconds = nncl_clock() - run->begin;
    if (run->options.progress && !run->options.progress(run->options.user, &run->progress))
        run->interrupted = true;
    return run->interrupted;
}

static void stamp(struct tuning_record *record)
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(record->date, sizeof record->date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(record->nncl, sizeof record->nncl, "%s", nncl_version());
    snprintf(record->clblast, sizeof record->clblast, "%s", nncl_clblast_version());
}

static enum nncl_status save(const struct tune_run *run)
{
    char *text = NULL;
    enum nncl_status status = tuning_format(run->device, &run->database, &text);
    if (status == NNCL_OK)
        status = nncl_file_write(run->path, text, strlen(text));
    free(text);
    return status == NNCL_OK ? status : nncl_fail_while(status, "keeping what was tuned");
}

enum nncl_status tune_keep(struct tune_run *run, const struct tune_candidate *candidate,
    const struct tuning_time *times, const struct tuning_time *by_default)
{
    for (size_t i = 0; i < candidate->shape_count; i++) {
        struct tuning_record record = {.shape = candidate->shapes[i],
            .provider = candidate->provider,
            .parameters = candidate->parameters,
            .time = times[i]};
        if (by_default)
            record.by_default = by_default[i];
        stamp(&record);
        enum nncl_status status = tuning_put(&run->database, &record);
        if (status != NNCL_OK)
            return status;
    }
    return save(run);
}

static enum nncl_status keep_failure(struct tune_run *run, const struct tune_candidate *candidate,
    const struct tune_outcome *outcome)
{
    char parameters[TUNE_PARAMETERS_TEXT];
    struct tuning_record record = {.shape = candidate->shapes[0],
        .provider = candidate->provider,
        .parameters = candidate->parameters,
        .end = outcome->end};
    stamp(&record);
    snprintf(record.what, sizeof record.what, "%s", outcome->what);
    tuning_describe(candidate->provider, &candidate->parameters, parameters, sizeof parameters);
    const struct nncl_tune_failure failure = {.shape = tune_public_shape(&record.shape),
        .provider = candidate->provider->name,
        .parameters = parameters,
        .how = tuning_end_name(outcome->end),
        .what = outcome->what};
    run->progress.failed++;
    if (run->options.failure)
        run->options.failure(run->options.user, &failure);
    enum nncl_status status = tuning_add(&run->database, &record);
    return status == NNCL_OK ? save(run) : status;
}

static enum nncl_status ask(struct tune_run *run, const struct tune_candidate *candidate,
    double seconds, struct tune_outcome *outcome)
{
    const char *arguments[MOST_ARGUMENTS + 2];
    size_t count = 0;
    char *request = NULL, *answer = malloc(ANSWER_SIZE), words[WORDS] = "";
    enum nncl_status status = NNCL_OK;
    if (!answer)
        TRY(nncl_fail_memory("an answer", ANSWER_SIZE));
    TRY(tune_request(run->device, candidate, &run->effort, &request));
    for (; run->options.worker[count] && count < MOST_ARGUMENTS; count++)
        arguments[count] = run->options.worker[count];
    arguments[count++] = request;
    arguments[count] = NULL;
    enum child_end end = child_execute(arguments, seconds, stop, run, answer, ANSWER_SIZE, words);
    if (end == CHILD_STOPPED)
        TRY(nncl_fail(NNCL_INTERRUPTED, "the tuning was interrupted; what was found is kept"));
    if (end == CHILD_DONE)
        tune_take_answer(answer, candidate->shape_count, outcome);
    else
        outcome->end = end == CHILD_HANG ? TUNING_HANG : TUNING_CRASH;
    if (end != CHILD_DONE)
        snprintf(outcome->what, sizeof outcome->what, "%s", words);
out:
    free(request);
    free(answer);
    return status;
}

enum nncl_status tune_measure(struct tune_run *run, const struct tune_candidate *candidate,
    double seconds, struct tune_outcome *outcome)
{
    const struct tuning_record *known = tuning_failure(
        &run->database, candidate->provider, &candidate->shapes[0], &candidate->parameters);
    *outcome = (struct tune_outcome){.end = TUNING_FAILED};
    if (known) {
        outcome->end = known->end;
        return NNCL_OK;
    }
    bool cut = seconds < run->candidate_seconds;
    enum nncl_status status = ask(run, candidate, seconds, outcome);
    if (status != NNCL_OK)
        return status;
    run->progress.tried++;
    if (outcome->end == TUNING_HANG && cut)
        outcome->end = TUNING_FAILED;
    else if (outcome->end != TUNING_MEASURED)
        return keep_failure(run, candidate, outcome);
    return NNCL_OK;
}
