/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tuner: for each provider and product the built-in values, then better ones, then both again
 * in turns. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>

#include "base/log.h"
#include "base/status.h"
#include "tune/timing.h"
#include "tune/tune.h"

enum { TURNS = 3 };

/* What is tuned together: one product, or all of them for a provider with one set for all. */
struct job {
    const struct gemm_provider *provider;
    const struct tuning_shape *shapes;
    size_t shape_count;
    struct gemm_parameters defaults, best;
    bool default_works, best_known;
    bool earlier_waits; /* what an earlier tuning kept is still to be measured, and stays kept */
    struct tuning_time default_times[TUNE_MOST_SHAPES], best_times[TUNE_MOST_SHAPES];
};

static struct tune_candidate candidate_of(
    const struct job *job, const struct gemm_parameters *parameters)
{
    return (struct tune_candidate){job->provider, *parameters, job->shapes, job->shape_count};
}

/* The geometric mean of how much faster `one` is than `other`. */
static double speedup(const struct tuning_time *one, const struct tuning_time *other, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += log(other[i].median / one[i].median);
    return exp(sum / (double)count);
}

static double gflops(const struct tuning_shape *shape, const struct tuning_time *time)
{
    return time->repetitions
               ? 2e-9 * (double)shape->m * (double)shape->n * (double)shape->k / time->median
               : 0;
}

static void show(struct tune_run *run, const struct job *job)
{
    run->progress.provider = job->provider->name;
    run->progress.convolution = NULL;
    run->progress.shape = tune_public_shape(&job->shapes[0]);
    run->best[0] = 0;
    if (job->best_known)
        tuning_describe(job->provider, &job->best, run->best, sizeof run->best);
    run->progress.best_gflops = job->best_known ? gflops(job->shapes, job->best_times) : 0;
    run->progress.default_gflops = job->default_works ? gflops(job->shapes, job->default_times) : 0;
}

/* ---- Searching ---- */

/* Tries one set; takes it if it is the fastest so far. */
static enum nncl_status try_set(struct tune_run *run, struct job *job,
    const struct gemm_parameters *parameters, double seconds, bool *improved)
{
    enum nncl_status status = NNCL_OK;
    struct tune_candidate candidate = candidate_of(job, parameters);
    struct tune_outcome *outcome = calloc(1, sizeof *outcome);
    *improved = false;
    if (!outcome)
        return nncl_fail_memory("a measurement", sizeof *outcome);
    TRY(tune_measure(run, &candidate, seconds, false, outcome));
    const double enough = 1.02; /* less is noise */
    if (outcome->end != TUNING_MEASURED ||
        (job->best_known && speedup(outcome->times, job->best_times, job->shape_count) < enough))
        goto out;
    *improved = true;
    job->best = *parameters;
    job->best_known = true;
    memcpy(job->best_times, outcome->times, sizeof job->best_times);
    bool is_default = memcmp(parameters, &job->defaults, sizeof *parameters) == 0;
    if (is_default) {
        memcpy(job->default_times, outcome->times, sizeof job->default_times);
        job->default_works = true;
    }
    show(run, job);
    if (!job->earlier_waits)
        TRY(tune_keep(
            run, &candidate, job->best_times, job->default_works ? job->default_times : NULL));
out:
    free(outcome);
    return status;
}

/* What others found: earlier runs here, and the built-in values of all families. */
static enum nncl_status try_known(struct tune_run *run, struct job *job, struct tune_search *search,
    const struct gemm_parameters *earlier, double deadline)
{
    enum nncl_status status = NNCL_OK;
    bool improved;
    job->earlier_waits = false;
    if (earlier && tune_note(search, earlier))
        TRY(try_set(run, job, earlier, tune_time_for_one(run), &improved));
    for (const struct gemm_built_in *b = job->provider->built_in; b; b++) {
        double left = fmin(deadline - nncl_clock(), run->candidate_seconds);
        if (left > 0 && tune_note(search, &b->parameters))
            TRY(try_set(run, job, &b->parameters, left, &improved));
        if (b->family == GEMM_ANY)
            break;
    }
out:
    return status;
}

static enum nncl_status search_job(
    struct tune_run *run, struct job *job, const struct gemm_parameters *earlier, double deadline)
{
    enum nncl_status status = NNCL_OK;
    struct tune_search search = {.device = run->device,
        .provider = job->provider,
        .seed = run->options.seed,
        .shapes = job->shapes,
        .shape_count = job->shape_count};
    struct gemm_parameters next;
    tune_note(&search, &job->defaults);
    TRY(try_known(run, job, &search, earlier, deadline));
    while (nncl_clock() < deadline &&
           tune_propose(&search, job->best_known ? &job->best : &job->defaults, &next)) {
        bool improved;
        double left = fmin(deadline - nncl_clock(), run->candidate_seconds);
        TRY(try_set(run, job, &next, left, &improved));
        if (improved)
            tune_search_improved(&search);
    }
out:
    tune_search_clear(&search);
    return status;
}

/* ---- The last word ---- */

/* Measures both sets in turns; the medians over the turns are left in `job`. False if not all could
 * be measured. */
static enum nncl_status take_turns(struct tune_run *run, struct job *job, bool *complete)
{
    enum nncl_status status = NNCL_OK;
    struct samples *of = calloc(2 * job->shape_count, sizeof *of); /* best, then defaults */
    struct tune_outcome *outcome = calloc(1, sizeof *outcome);
    *complete = false;
    if (!of || !outcome)
        TRY(nncl_fail_memory("measurements", sizeof *outcome));
    for (unsigned turn = 0; turn < 2 * TURNS; turn++) {
        size_t side = turn % 2;
        const struct tune_candidate candidate =
            candidate_of(job, side == 0 ? &job->best : &job->defaults);
        TRY(tune_measure(run, &candidate, tune_time_for_one(run), true, outcome));
        if (outcome->end != TUNING_MEASURED)
            goto out;
        for (size_t i = 0; i < job->shape_count; i++)
            samples_add(&of[side * job->shape_count + i], outcome->times[i].median);
    }
    for (size_t i = 0; i < job->shape_count; i++) {
        job->best_times[i].median = samples_quantile(&of[i], 0.5);
        job->default_times[i].median = samples_quantile(&of[job->shape_count + i], 0.5);
        job->best_times[i].repetitions *= TURNS;
        job->default_times[i].repetitions *= TURNS;
    }
    *complete = true;
out:
    free(outcome);
    free(of);
    return status;
}

/* Keeps the better of the best found and the built-in values. */
static enum nncl_status finish_job(struct tune_run *run, struct job *job)
{
    bool complete = false;
    if (!job->best_known)
        return NNCL_OK;
    bool same = memcmp(&job->best, &job->defaults, sizeof job->best) == 0;
    if (!same && job->default_works) {
        enum nncl_status status = take_turns(run, job, &complete);
        if (status != NNCL_OK)
            return status;
        if (!complete || speedup(job->best_times, job->default_times, job->shape_count) <= 1) {
            job->best = job->defaults;
            memcpy(job->best_times, job->default_times, sizeof job->best_times);
        }
    }
    show(run, job);
    const struct tune_candidate candidate = candidate_of(job, &job->best);
    return tune_keep(
        run, &candidate, job->best_times, job->default_works ? job->default_times : NULL);
}

/* ---- One job after the other ---- */

static enum nncl_status run_job(struct tune_run *run, struct job *job, double deadline)
{
    enum nncl_status status = NNCL_OK;
    bool improved;
    const struct tuning_record *known =
        tuning_measured(&run->database, &job->shapes[0], job->provider);
    struct gemm_parameters earlier = known ? known->parameters : job->defaults;
    job->earlier_waits = memcmp(&earlier, &job->defaults, sizeof earlier) != 0;
    show(run, job);
    double begin = nncl_clock();
    TRY(try_set(run, job, &job->defaults, tune_time_for_one(run), &improved));
    /* The turns at the end come out of the same time. */
    double turns = fmin((nncl_clock() - begin) * 2 * TURNS, (deadline - begin) / 2);
    if (gemm_parameter_count(job->provider) > 0)
        TRY(search_job(run, job, known ? &earlier : NULL, deadline - turns));
    TRY(finish_job(run, job));
out:
    return status;
}

static bool wanted(const struct tune_run *run, const struct gemm_provider *provider,
    const struct tuning_shape *shape)
{
    const struct gemm gemm = tuning_gemm(shape);
    return (!run->options.gemm || strcmp(run->options.gemm, provider->name) == 0) &&
           provider->supports(run->device, &gemm);
}

/* The jobs of a provider for the shapes it supports, in `shapes`; NULL `jobs`: only counts. */
static size_t make_jobs(const struct tune_run *run, const struct gemm_provider *provider,
    const struct tuning_shape *shapes, size_t count, struct job *jobs)
{
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        if (!wanted(run, provider, &shapes[i]))
            continue;
        if (jobs) {
            const struct gemm gemm = tuning_gemm(&shapes[i]);
            jobs[made] = (struct job){.provider = provider,
                .shapes = &shapes[i],
                .shape_count = provider->one_set ? count - i : 1,
                .defaults = gemm_defaults(run->device, provider, &gemm)};
        }
        made++;
        if (provider->one_set)
            break;
    }
    return made;
}

static enum nncl_status run_jobs(
    struct tune_run *run, const struct tuning_shape *shapes, size_t count)
{
    enum nncl_status status = NNCL_OK;
    size_t job_count = 0, done = 0;
    for (size_t i = 0; i < gemm_provider_count(); i++)
        job_count += make_jobs(run, gemm_provider_get(i), shapes, count, NULL);
    struct job *jobs = calloc(job_count + 1, sizeof *jobs);
    if (!jobs)
        return nncl_fail_memory("measurements", job_count * sizeof *jobs);
    for (size_t i = 0; i < gemm_provider_count(); i++)
        done += make_jobs(run, gemm_provider_get(i), shapes, count, jobs + done);
    run->planned += job_count;
    for (size_t i = 0; i < job_count; i++) {
        double share = tune_seconds_left(run) / (double)(job_count - i);
        if (share <= 0)
            break;
        TRY(run_job(run, &jobs[i], nncl_clock() + share));
        run->done += jobs[i].best_known || tune_seconds_left(run) > 0;
    }
out:
    free(jobs);
    return status;
}

/* Before the products, whose search takes all the time that is left: half of it, if there are
 * any. */
static enum nncl_status run_convolutions(struct tune_run *run,
    const struct tuning_convolution *convolutions, size_t count, bool products_follow)
{
    const double kept = products_follow ? run->progress.budget / 2 : 0;
    run->planned += count;
    for (size_t i = 0; i < count && tune_seconds_left(run) > kept; i++) {
        double share = (tune_seconds_left(run) - kept) / (double)(count - i);
        enum nncl_status status = tune_convolution(run, &convolutions[i], nncl_clock() + share);
        if (status != NNCL_OK)
            return status;
        run->done++;
    }
    return NNCL_OK;
}

/* ---- Beginning and end ---- */

static const struct tuning_shape usual[] = {{1024, 1024, 1024, false, false},
    {256, 1024, 1024, false, false}, {512, 512, 512, false, false},
    {2048, 2048, 2048, false, false}, {256, 1024, 1024, false, true},
    {1024, 1024, 256, true, false}, {32, 128, 784, false, false}, {784, 128, 32, true, false}};

#define CONVOLUTION(pass, pictures, size, channels, filters)                                       \
    {                                                                                              \
        pass, pictures, size, size, channels, filters, 3, 3, 1, 1, 1, false                        \
    }
/* The networks of PyTorch's and Keras's examples. */
static const struct tuning_convolution usual_convolutions[] = {
    CONVOLUTION(TUNING_FORWARD, 64, 26, 32, 64), CONVOLUTION(TUNING_INPUT, 64, 26, 32, 64),
    CONVOLUTION(TUNING_WEIGHTS, 64, 26, 32, 64), CONVOLUTION(TUNING_FORWARD, 64, 28, 1, 32),
    CONVOLUTION(TUNING_WEIGHTS, 64, 28, 1, 32), CONVOLUTION(TUNING_FORWARD, 128, 13, 32, 64),
    CONVOLUTION(TUNING_INPUT, 128, 13, 32, 64), CONVOLUTION(TUNING_WEIGHTS, 128, 13, 32, 64)};
enum {
    USUAL = sizeof usual / sizeof usual[0],
    USUAL_QUICK = 2,
    USUAL_CONVOLUTIONS = sizeof usual_convolutions / sizeof usual_convolutions[0],
    USUAL_CONVOLUTIONS_QUICK = 3
};

/* What is tuned. */
struct work {
    struct tuning_shape shapes[TUNE_MOST_SHAPES];
    struct tuning_convolution convolutions[TUNE_MOST_SHAPES];
    size_t shape_count, convolution_count;
};

static enum nncl_status take_shapes(const struct nncl_tune_options *options, struct work *work)
{
    for (size_t i = 0; i < options->shape_count; i++) {
        const struct nncl_tune_shape *s = &options->shapes[i];
        if (s->m < 1 || s->n < 1 || s->k < 1 || s->m > INT32_MAX || s->n > INT32_MAX ||
            s->k > INT32_MAX)
            return nncl_fail(NNCL_USAGE, "a product's sizes are from 1 to 2147483647");
        work->shapes[work->shape_count++] =
            (struct tuning_shape){s->m, s->n, s->k, s->transpose_a, s->transpose_b};
    }
    for (size_t i = 0; i < options->convolution_count; i++) {
        enum nncl_status status = tune_take_convolution(
            &options->convolutions[i], &work->convolutions[work->convolution_count++]);
        if (status != NNCL_OK)
            return status;
    }
    return NNCL_OK;
}

static enum nncl_status take_work(const struct nncl_tune_options *options, struct work *work)
{
    *work = (struct work){0};
    const size_t most = options->shape_count > options->convolution_count
                            ? options->shape_count
                            : options->convolution_count;
    if (most > TUNE_MOST_SHAPES)
        return nncl_fail(NNCL_USAGE,
            "at most %d products and as many convolutions can be tuned at once, not %zu",
            TUNE_MOST_SHAPES, most);
    if (most > 0)
        return take_shapes(options, work);
    work->shape_count = options->full ? USUAL : USUAL_QUICK;
    memcpy(work->shapes, usual, work->shape_count * sizeof *usual);
    if (!options->gemm)
        work->convolution_count = options->full ? USUAL_CONVOLUTIONS : USUAL_CONVOLUTIONS_QUICK;
    memcpy(work->convolutions, usual_convolutions,
        work->convolution_count * sizeof *usual_convolutions);
    return NNCL_OK;
}

static enum nncl_status check_options(
    const struct nncl_device *device, const struct nncl_tune_options *options)
{
    const char *pretended = getenv("NNCL_PRETEND");
    if (device_is_host(device))
        return nncl_fail(NNCL_USAGE, "the device ref has nothing to tune");
    if (pretended && pretended[0])
        return nncl_fail(NNCL_USAGE, "what is measured under $NNCL_PRETEND tells nothing about the "
                                     "device; unset it to tune");
    if (!options->worker || !options->worker[0])
        return nncl_fail(NNCL_USAGE, "tuning needs a program that runs nncl_tune_worker");
    return options->gemm ? gemm_check_name(options->gemm) : NNCL_OK;
}

static enum nncl_status begin(struct tune_run *run)
{
    enum nncl_status status = NNCL_OK;
    bool full = run->options.full;
    double budget = run->options.budget > 0 ? run->options.budget : full ? 300 : 30;
    run->effort = full ? (struct tune_effort){15, 0.02, 2} : (struct tune_effort){7, 0.01, 0.4};
    double limit = run->options.set_limit;
    run->candidate_seconds = limit > 0 ? limit : full ? 60 : 15;
    run->begin = nncl_clock();
    run->deadline = run->begin + budget;
    run->progress.budget = budget;
    run->progress.parameters = run->best;
    TRY(tuning_path(run->device, true, &run->path));
    TRY(nncl_file_writable(run->path));
    TRY(tuning_read_file(run->device, run->path, &run->database));
out:
    return status;
}

static bool report_products(const struct tune_run *run, const struct work *work)
{
    bool any = false;
    for (size_t i = 0; i < work->shape_count; i++)
        for (size_t p = 0; p < gemm_provider_count(); p++) {
            const struct gemm_provider *provider = gemm_provider_get(p);
            const struct tuning_record *record =
                wanted(run, provider, &work->shapes[i])
                    ? tuning_measured(&run->database, &work->shapes[i], provider)
                    : NULL;
            any |= record != NULL;
            if (record)
                tune_report(
                    run->device, &run->database, record, run->options.report, run->options.user);
        }
    return any;
}

static bool report_convolutions(const struct tune_run *run, const struct work *work)
{
    bool any = false;
    for (size_t i = 0; i < work->convolution_count; i++)
        for (unsigned way = 0; way < 2; way++) {
            const struct tuning_convolution_record *record =
                tuning_convolution_find(&run->database, &work->convolutions[i], way == 1);
            any |= record && record->end == TUNING_MEASURED;
            if (record)
                tune_report_convolution(run->device, &run->database, record,
                    run->options.report_convolution, run->options.user);
        }
    return any;
}

static enum nncl_status report_all(const struct tune_run *run, const struct work *work)
{
    const bool products = report_products(run, work), convolutions = report_convolutions(run, work);
    if (products || convolutions)
        return NNCL_OK;
    return nncl_fail(NNCL_FAILED, "no %s could be measured on %s",
        work->shape_count ? "product" : "convolution", run->device->info.name);
}

static enum nncl_status run_all(struct tune_run *run, const struct work *work)
{
    enum nncl_status status;
    TRY(run_convolutions(run, work->convolutions, work->convolution_count, work->shape_count > 0));
    TRY(run_jobs(run, work->shapes, work->shape_count));
    if (run->done < run->planned)
        nncl_log(NNCL_LOG_WARNING,
            "no time was left for the last %zu of %zu convolutions and products by provider",
            run->planned - run->done, run->planned);
out:
    return status;
}

enum nncl_status nncl_tune(struct nncl_device *device, const struct nncl_tune_options *options)
{
    struct tune_run run = {.device = device, .options = *options};
    struct work work;
    enum nncl_status status;
    TRY(check_options(device, options));
    TRY(take_work(options, &work));
    TRY(begin(&run));
    status = run_all(&run, &work);
    if (status == NNCL_INTERRUPTED) {
        (void)report_all(&run, &work);
        status = nncl_fail(NNCL_INTERRUPTED, "the tuning was interrupted; what was found is kept");
    } else if (status == NNCL_OK) {
        status = report_all(&run, &work);
    }
out:
    tuning_free(&run.database);
    free(run.path);
    return status;
}

enum nncl_status nncl_tune_path(const struct nncl_device *device, char **path)
{
    return tuning_path(device, false, path);
}
