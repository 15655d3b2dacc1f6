/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Candidates in child processes, and the file of results. */
#include <math.h>
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

double tune_time_for_one(const struct tune_run *run)
{
    return fmin(run->candidate_seconds, fmax(tune_seconds_left(run), 1));
}

static bool stop(void *user)
{
    struct tune_run *run = user;
    run->progress.seconds = nncl_clock() - run->begin;
    if (run->options.progress && !run->options.progress(run->options.user, &run->progress))
        run->interrupted = true;
    return run->interrupted;
}

static void stamp(char date[TUNING_DATE], char nncl[TUNING_VERSION], char clblast[TUNING_VERSION])
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(date, TUNING_DATE, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(nncl, TUNING_VERSION, "%s", nncl_version());
    snprintf(clblast, TUNING_VERSION, "%s", nncl_clblast_version());
}

/* What another tuning has written meanwhile stays. A file that cannot be read is written anew. */
static enum nncl_status join_written(struct tune_run *run)
{
    enum { LIMIT = 16 << 20 };
    struct tuning_database written = {0};
    uint8_t *bytes = NULL;
    size_t size = 0, left_out = 0;
    enum nncl_status status = NNCL_OK;
    if (file_exists(run->path) && file_read(run->path, LIMIT, &bytes, &size) == NNCL_OK &&
        tuning_parse(run->device, (const char *)bytes, size, &written, &left_out) == NNCL_OK)
        status = tuning_join(&run->database, &written);
    free(bytes);
    tuning_free(&written);
    return status;
}

static enum nncl_status save(struct tune_run *run)
{
    char *text = NULL;
    enum nncl_status status = join_written(run);
    if (status == NNCL_OK)
        status = tuning_format(run->device, &run->database, &text);
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
        stamp(record.date, record.nncl, record.clblast);
        enum nncl_status status = tuning_put(&run->database, &record);
        if (status != NNCL_OK)
            return status;
    }
    return save(run);
}

enum nncl_status tune_keep_convolution(
    struct tune_run *run, struct tuning_convolution_record *record)
{
    stamp(record->date, record->nncl, record->clblast);
    enum nncl_status status = tuning_put_convolution(&run->database, record);
    return status == NNCL_OK ? save(run) : status;
}

static enum nncl_status keep_failure(struct tune_run *run, const struct tune_candidate *candidate,
    const struct tune_outcome *outcome)
{
    char parameters[TUNE_PARAMETERS_TEXT];
    struct tuning_record record = {.shape = candidate->shapes[0],
        .provider = candidate->provider,
        .parameters = candidate->parameters,
        .end = outcome->end};
    stamp(record.date, record.nncl, record.clblast);
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

enum nncl_status tune_ask(struct tune_run *run, const char *request, size_t count, double seconds,
    struct tune_outcome *outcome)
{
    const char *arguments[MOST_ARGUMENTS + 2];
    size_t used = 0;
    char *answer = malloc(ANSWER_SIZE), words[WORDS] = "";
    enum nncl_status status = NNCL_OK;
    if (!answer)
        TRY(nncl_fail_memory("an answer", ANSWER_SIZE));
    for (; run->options.worker[used] && used < MOST_ARGUMENTS; used++)
        arguments[used] = run->options.worker[used];
    arguments[used++] = request;
    arguments[used] = NULL;
    enum child_end end = child_execute(arguments, seconds, stop, run, answer, ANSWER_SIZE, words);
    if (end == CHILD_STOPPED)
        TRY(nncl_fail(NNCL_INTERRUPTED, "the tuning was interrupted; what was found is kept"));
    if (end == CHILD_DONE)
        tune_take_answer(answer, count, outcome);
    else
        outcome->end = end == CHILD_HANG ? TUNING_HANG : TUNING_CRASH;
    if (end != CHILD_DONE)
        snprintf(outcome->what, sizeof outcome->what, "%s", words);
out:
    free(answer);
    return status;
}

enum nncl_status tune_measure(struct tune_run *run, const struct tune_candidate *candidate,
    double seconds, bool proven, struct tune_outcome *outcome)
{
    const struct tuning_record *known = tuning_failure(
        &run->database, candidate->provider, &candidate->shapes[0], &candidate->parameters);
    *outcome = (struct tune_outcome){.end = TUNING_FAILED};
    if (known) {
        outcome->end = known->end;
        return NNCL_OK;
    }
    const bool excused = proven || seconds < run->candidate_seconds;
    char *request = NULL;
    enum nncl_status status = tune_request(run->device, candidate, &run->effort, &request);
    if (status == NNCL_OK)
        status = tune_ask(run, request, candidate->shape_count, seconds, outcome);
    free(request);
    if (status != NNCL_OK)
        return status;
    run->progress.tried++;
    if (outcome->end == TUNING_HANG && excused)
        outcome->end = TUNING_FAILED;
    else if (outcome->end != TUNING_MEASURED)
        return keep_failure(run, candidate, outcome);
    return NNCL_OK;
}
