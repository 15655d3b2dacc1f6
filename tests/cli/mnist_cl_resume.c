/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl train --checkpoint and --resume: whatever happened in between, the model that is saved
 * at the end has the bytes of an uninterrupted training's. */
#include <criterion/criterion.h>
#include <nncl/nncl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pictures.h"
#include "run.h"

static void enter(void)
{
    scratch_enter();
    data_folder_make("data");
    setenv("NNCL_DATA_DIR", "data", 1);
    const char *device = getenv("NNCL_TEST_DEVICE");
    if (device)
        setenv("NNCL_DEVICE", device, 1);
}

TestSuite(mnist_cl_resume, .init = enter, .fini = scratch_leave);

#define TRAIN "mnist-cl train --epochs 4 --hidden 24 --batch-size 37 --lr 0.003 --seed 5 "

static void quietly(int expected, const char *command)
{
    struct outcome outcome = RUN(expected, "%s", command);
    outcome_free(&outcome);
}

static void expect_same(const char *one, const char *other)
{
    struct outcome outcome = RUN(0, "cmp %s %s", one, other);
    outcome_free(&outcome);
}

static bool exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* Kills trainings at times that differ in every run of the test, up to about the `seconds` that a
 * whole one takes, until enough that had been resumed were killed; `begin` starts the first. */
static void kill_until_done(const char *begin, double seconds, unsigned *state)
{
    enum { KILLED = 4, MAX_ROUNDS = 400 };
    unsigned killed = 0;
    for (unsigned round = 0; killed < KILLED && round < MAX_ROUNDS; round++) {
        const bool resumes = exists("check");
        const double time = seconds * (0.1 + 0.9 * rand_r(state) / RAND_MAX);
        struct outcome outcome = run(
            "timeout -s KILL %.3f %s", time, resumes ? "mnist-cl train -q --resume check" : begin);
        killed += resumes && outcome.status == 128 + 9;
        cr_expect(outcome.status == 0 || outcome.status == 128 + 9, "%d: %s", outcome.status,
            outcome.err);
        if (outcome.status == 0) { /* once more from the start */
            expect_same("model", "whole");
            quietly(0, "rm -f check model");
        }
        outcome_free(&outcome);
    }
    cr_expect_eq(killed, KILLED);
    quietly(0, exists("check") ? "mnist-cl train -q --resume check" : begin);
}

/* Different ways of training, each of which keeps something else from step to step. */
static const char *const manners[] = {"",
    "--optimizer nadam --clip-value 0.01 --weight-decay 0.001 --schedule 'cosine warmup=0.7' "
    "--validation-split 0.1 --keep-best --early-stop 2 --ema 0.9",
    "--optimizer 'sgd momentum=0.8' --validation-split 0.2 "
    "--schedule 'plateau patience=0 delta=0.9 factor=0.5'"};

Test(mnist_cl_resume, survives_being_killed_at_any_time)
{
    need_device();
    unsigned state = (unsigned)time(NULL) ^ (unsigned)getpid();
    cr_log_info("random state %u", state);
    for (unsigned every = 0; every <= 2; every++) {
        char begin[512];
        snprintf(begin, sizeof begin, TRAIN "-q %s --save whole", manners[every]);
        quietly(0, begin); /* and once more with all kernels built */
        snprintf(
            begin, sizeof begin, TRAIN "-q %s --save model --checkpoint check", manners[every]);
        if (every > 0)
            snprintf(begin + strlen(begin), sizeof begin - strlen(begin), " --checkpoint-every %u",
                2 * every - 1);
        const double start = nncl_clock();
        quietly(0, begin);
        const double seconds = nncl_clock() - start;
        quietly(0, "rm -f check model");
        kill_until_done(begin, seconds, &state);
        expect_same("model", "whole");
        quietly(0, "rm -f check check.* model model.*");
    }
}

/* An interrupt leaves a checkpoint, whose first line says where it goes on. */
Test(mnist_cl_resume, goes_on_after_an_interrupt)
{
    need_device();
    const unsigned epochs = getenv("NNCL_TEST_DEVICE") ? 15 : 200;
    struct outcome outcome =
        run(TRAIN "-q --epochs %u --save model --checkpoint check "
                  "--checkpoint-every 7 & training=$!; "
                  "for i in $(seq 1000); do [ -e check ] && break; sleep 0.02; done; "
                  "kill -TERM $training; wait $training",
            epochs);
    cr_expect_eq(outcome.status, 143, "%d %s", outcome.status, outcome.err);
    EXPECT_IN(outcome.err, "\"mnist-cl train --resume check\" goes on from here");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl train -q --resume check");
    cr_expect_eq(strncmp(outcome.err, "mnist-cl: resumed at epoch ", 27), 0, "%s", outcome.err);
    outcome_free(&outcome);
    outcome = RUN(0, TRAIN "-q --epochs %u --save whole", epochs);
    outcome_free(&outcome);
    expect_same("model", "whole");
}

Test(mnist_cl_resume, a_finished_training_only_saves)
{
    need_device();
    quietly(0, TRAIN "-q --save model --checkpoint check");
    struct outcome outcome = RUN(0, "mnist-cl train --resume check --save again --json record");
    EXPECT_IN(outcome.err, "resumed at epoch 5, step 0: 4 epochs are done");
    EXPECT_IN(outcome.out, "Test accuracy: ");
    EXPECT_NOT_IN(outcome.out, "Epoch ");
    outcome_free(&outcome);
    expect_same("model", "again");
    outcome = RUN(0, "mnist-cl train --resume check --epochs 5 --save more");
    EXPECT_IN(outcome.out, "Epoch 5/5 - ");
    EXPECT_NOT_IN(outcome.out, "Epoch 4/");
    outcome_free(&outcome);
    quietly(0, TRAIN "-q --epochs 5 --save five");
    expect_same("more", "five");
}

static void expect_refused(int status, const char *arguments, const char *said)
{
    struct outcome outcome = RUN(status, "mnist-cl train --resume check %s", arguments);
    EXPECT_IN(outcome.err, said);
    cr_expect_null(strstr(outcome.out, "Epoch"));
    outcome_free(&outcome);
}

Test(mnist_cl_resume, contradictions_name_both_values)
{
    need_device();
    quietly(0, TRAIN "-q --epochs 1 --validation-split 0.1 --save model --checkpoint check");
    expect_refused(
        2, "--lr 0.01", "--lr 0.01 contradicts check, whose training goes on with --lr 0.003");
    expect_refused(2, "--batch-size 32",
        "--batch-size 32 contradicts check, whose training goes on with --batch-size 37");
    expect_refused(2, "--seed 6", "--seed 5");
    expect_refused(2, "--optimizer sgd",
        "--optimizer sgd contradicts check, whose training goes on with --optimizer adam");
    expect_refused(2, "--schedule cosine",
        "--schedule cosine contradicts check, whose training goes on with --schedule constant");
    expect_refused(2, "--validation-split 0.2", "--validation-split 0.1");
    expect_refused(2, "--gemm vector", "--gemm vector contradicts check, whose training has none");
    expect_refused(2, "--hidden 24,24",
        "the checkpoint's network is \"dense 24 relu, dense 10\", and this one is \"dense 24 relu, "
        "dense 24 relu, dense 10\"");
    quietly(0, "mnist-cl train -q --resume check --lr 3e-3 --hidden 24 --epochs 2 --data data");
    quietly(2, "mnist-cl train --checkpoint-every 3");
    quietly(2, TRAIN "--schedule plateau");
    quietly(2, "mnist-cl train --checkpoint one --save one");
    expect_refused(
        2, "--keep-best", "--keep-best contradicts check, whose training goes on without it");
    expect_refused(
        2, "--early-stop 3", "--early-stop 3 contradicts check, whose training has none");
}

Test(mnist_cl_resume, what_is_no_whole_checkpoint_is_refused)
{
    need_device();
    quietly(0, TRAIN "-q --epochs 1 --save model --checkpoint check");
    quietly(0, "cp check whole; head -c 20000 whole >check");
    expect_refused(7, "", "checkpoint check: it is cut off");
    quietly(0, "cp model check");
    expect_refused(7, "", "it is no checkpoint");
    quietly(0, "rm check");
    expect_refused(7, "", "check");
    struct outcome outcome = RUN(7, "mnist-cl eval whole");
    EXPECT_IN(outcome.err, "it is a training's checkpoint and no model");
    outcome_free(&outcome);
}

/* Files of at most 100 KiB take the model, but no checkpoint. */
Test(mnist_cl_resume, a_full_disk_is_one_warning)
{
    need_device();
    static const char ends[] = "-q --save model --checkpoint-every 1 --checkpoint ";
    /* A driver's compiler writes large files, too. */
    const bool limited = getenv("NNCL_TEST_DEVICE") != NULL;
    quietly(0, "cp data/train-labels-idx1-ubyte old");
    struct outcome outcome = limited ? run("trap '' XFSZ; ulimit -f 200; " TRAIN "%sold", ends)
                                     : run(TRAIN "%s/dev/full", ends);
    cr_expect_eq(outcome.status, 0, "%s", outcome.err);
    const char *warning = strstr(outcome.err, "warning: no checkpoint was written");
    cr_assert_not_null(warning, "%s", outcome.err);
    EXPECT_NOT_IN(warning + 20, "no checkpoint was written");
    outcome_free(&outcome);
    expect_same("old", "data/train-labels-idx1-ubyte");
    cr_expect(exists("model"));
}

/* Another way of computing would not go on bit for bit. */
Test(mnist_cl_resume, other_choices_are_refused)
{
    need_device();
    if (getenv("NNCL_TEST_DEVICE"))
        cr_skip_test("plain C has one way of computing");
    quietly(0, TRAIN "-q --epochs 1 --save model --checkpoint check");
    setenv("NNCL_PRETEND", "gpu=1,local_memory=16384", 1);
    expect_refused(2, "--epochs 2", "other kernels than this device would use now");
}
