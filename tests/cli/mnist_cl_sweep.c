/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl train --sweep and mnist-cl runs, on the reference. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pictures.h"
#include "run.h"
#include "schema.h"

static void enter(void)
{
    scratch_enter();
    data_folder_make("data");
    setenv("NNCL_DATA_DIR", "data", 1);
    setenv("NNCL_DEVICE", "ref", 1);
}

TestSuite(mnist_cl_sweep, .init = enter, .fini = scratch_leave);

#define TRAIN "mnist-cl train --epochs 1 --hidden 8 --runs runs "
#define SPLIT "--validation-split 0.25 "

static void quietly(int expected, const char *command)
{
    struct outcome outcome = RUN(expected, "%s", command);
    outcome_free(&outcome);
}

static const char *const sweep_schema =
    "{'nncl': 'string', 'sweep': 'string', 'trainings': 'integer', 'ranked': [{'rank': "
    "'integer|null', 'training': 'integer', 'settings': {'?lr': 'string', '?seed': 'string', "
    "'?keep-best': 'string', '?hidden': 'string'}, 'error': 'string|null', 'val_accuracy': "
    "'number|null', 'val_loss': 'number|null', 'test_accuracy': 'number|null', 'seconds': "
    "'number', "
    "'id': 'string|null'}]}";

static json_t *read_json(const char *path, const char *schema)
{
    struct outcome outcome = RUN(0, "cat %s", path);
    json_t *value = expect_json(outcome.out, schema);
    outcome_free(&outcome);
    return value;
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* Four trainings: two go well, two fail, and the better one's model is saved. */
Test(mnist_cl_sweep, all_combinations_are_ranked)
{
    struct outcome outcome = RUN(0, TRAIN SPLIT "--sweep 'lr=0.003,1e38 seed=1..2' --save model "
                                                "--json out.json");
    EXPECT_IN(outcome.out, "rank");
    EXPECT_IN(outcome.out, "\nfailed");
    EXPECT_IN(outcome.out, " failed: the loss is not finite at epoch 1, step ");
    EXPECT_IN(outcome.out, "\nTest accuracy: ");
    EXPECT_IN(outcome.err, "4 trainings\n");
    EXPECT_IN(outcome.err, "4/4: training ");
    outcome_free(&outcome);
    json_t *table = read_json("out.json", sweep_schema);
    const json_t *ranked = json_object_get(table, "ranked"), *best = json_array_get(ranked, 0);
    cr_assert_eq(json_array_size(ranked), 4);
    cr_expect_geq(
        number_of(best, "val_accuracy"), number_of(json_array_get(ranked, 1), "val_accuracy"));
    cr_expect(json_is_null(json_object_get(json_array_get(ranked, 2), "rank")));
    const int seed =
        atoi(json_string_value(json_object_get(json_object_get(best, "settings"), "seed")));
    outcome = RUN(0, TRAIN SPLIT "-q --lr 0.003 --seed %d --save one; cmp one model", seed);
    outcome_free(&outcome);
    json_decref(table);
    outcome = RUN(0, "ls runs");
    cr_expect_str_eq(outcome.out, "runs.jsonl\n", "nothing else is left there");
    outcome_free(&outcome);
}

Test(mnist_cl_sweep, any_setting_may_be_swept)
{
    struct outcome outcome = RUN(0,
        "mnist-cl --epochs 2 --runs runs " SPLIT
        "-q --sweep 'keep-best=on,off hidden=(8,4),8' --json out.json --sweep-devices ref,ref");
    cr_expect_eq(strncmp(outcome.out, "rank", 4), 0, "%s", outcome.out);
    EXPECT_NOT_IN(outcome.out, "failed");
    outcome_free(&outcome);
    json_decref(read_json("out.json", sweep_schema));
    outcome = RUN(0, "mnist-cl runs --runs runs");
    EXPECT_IN(outcome.out, "dense 8 relu, dense 4 relu, dense 10");
    outcome_free(&outcome);
}

/* The same seed draws the same trainings. */
Test(mnist_cl_sweep, a_random_sample_is_drawn_by_seed)
{
#define DRAW                                                                                       \
    TRAIN SPLIT "-q --sweep 'lr=0.001,0.002,0.003,0.004 batch-size=20..60' "                       \
                "--sweep-random 3 --json "
#define SETTINGS " && grep -o '\"\\(lr\\|batch-size\\)\": \"[^\"]*\"' "
    struct outcome outcome = RUN(0, DRAW "one.json" SETTINGS "one.json | sort >one && " DRAW
                                         "two.json" SETTINGS "two.json | sort >two && cmp one two "
                                         "&& wc -l <one");
    cr_expect_not_null(strstr(outcome.out, "\n6\n"), "%s", outcome.out);
    outcome_free(&outcome);
}

static void expect_usage(const char *arguments, const char *message)
{
    struct outcome outcome = RUN(2, "mnist-cl train --runs runs %s", arguments);
    EXPECT_IN(outcome.err, message);
    cr_expect_str_empty(outcome.out);
    outcome_free(&outcome);
}

Test(mnist_cl_sweep, errors_name_the_word)
{
    static const struct {
        const char *text, *message;
    } bad[] = {{"lr=1e-2 hiden=64", "word 2 (\"hiden=64\"): train has no option --hiden; did you "
                                    "mean hidden?"},
        {"lr", "word 1 (\"lr\"): expected an option's name, \"=\" and values"},
        {"lr=", "word 1 (\"lr=\"): expected a value"},
        {"lr=0.1,,0.2", "word 1 (\"lr=0.1,,0.2\"): expected a value"},
        {"lr=0.1 lr=0.2", "word 2 (\"lr=0.2\"): this option stands there twice"},
        {"lr=x", "--lr needs a number from 1e-30 to 1e+38, not \"x\""},
        {"seed=3..1", "word 1 (\"seed=3..1\"): expected a range of whole numbers"},
        {"seed=1..x", "expected a range of whole numbers"}, {"seed=1..99999999", "too many values"},
        {"epochs=0..2", "--epochs needs a whole number from 1"},
        {"hidden=(8,4", "its parentheses do not match"},
        {"hidden=8)", "its parentheses do not match"},
        {"keep-best=yes", "word 1 (\"keep-best=yes\"): expected on, off or both"},
        {"save=a,b", "--save cannot differ between trainings"},
        {" ", "--sweep needs options and their values"},
        {"seed=1..200 batch-size=1..200", "--sweep-random N draws some"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char arguments[160];
        snprintf(arguments, sizeof arguments, SPLIT "--sweep '%s'", bad[i].text);
        expect_usage(arguments, bad[i].message);
    }
    expect_usage("--sweep lr=0.1", "--sweep needs --validation-split X, such as 0.1: the test set");
    expect_usage("--sweep validation-split=0,0.1", "--sweep needs --validation-split X");
    expect_usage("--sweep-random 3", "--sweep-random needs --sweep TEXT");
    expect_usage(SPLIT "--sweep lr=0.1 --resume check", "--resume is for one training");
    expect_usage(SPLIT "--sweep lr=0.1 --sweep-devices ref,", "needs devices separated by commas");
}

/* Where all fail for the same reason, that is the exit status. */
Test(mnist_cl_sweep, none_may_come_to_an_end)
{
    struct outcome outcome = RUN(5, TRAIN SPLIT "--sweep lr=1e37,1e38 --save model");
    EXPECT_IN(outcome.err, "none of the trainings came to an end");
    outcome_free(&outcome);
    outcome = RUN(2, TRAIN SPLIT "-q --sweep 'init=nothing'");
    EXPECT_IN(outcome.out, "training 1 failed: ");
    EXPECT_IN(outcome.out, "nothing");
    outcome_free(&outcome);
    outcome = RUN(0, "[ ! -e model ] && grep -c '\"sweep_run\":1' runs/runs.jsonl");
    cr_expect_str_eq(outcome.out, "2\n");
    outcome_free(&outcome);
}

/* What is done before an interrupt is kept. */
Test(mnist_cl_sweep, an_interrupt_keeps_what_is_done)
{
    struct outcome outcome =
        RUN(143, TRAIN SPLIT "--sweep 'epochs=1,1000000' --save model & sweep=$!; "
                             "for i in $(seq 500); do grep -q done runs/runs.jsonl && break; "
                             "sleep 0.05; done; sleep 0.5; kill -TERM $sweep; wait $sweep");
    EXPECT_IN(outcome.err, "interrupted: 1 of 2 trainings are done");
    EXPECT_IN(outcome.out, "rank");
    outcome_free(&outcome);
    quietly(0, "mnist-cl eval model && [ \"$(ls runs)\" = runs.jsonl ]");
}

/* ---- The folder of runs ---- */

Test(mnist_cl_sweep, runs_are_listed_shown_and_compared)
{
    struct outcome outcome = RUN(0, "mnist-cl runs --runs runs");
    EXPECT_IN(outcome.err, "there are no runs yet");
    outcome_free(&outcome);
    quietly(0, TRAIN SPLIT "-q --lr 0.002 --keep-best");
    quietly(5, TRAIN "-q --lr 1e38");
    outcome = RUN(0, "mnist-cl runs --runs runs list");
    EXPECT_IN(outcome.out, "  done ");
    EXPECT_IN(outcome.out, "  failed ");
    char first[64];
    cr_assert_eq(sscanf(strchr(outcome.out, '\n'), "%63s", first), 1);
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl runs --runs runs show last");
    EXPECT_IN(outcome.out, "the loss is not finite at epoch 1, step 2");
    EXPECT_IN(outcome.out, "--batch-size");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl runs --runs runs compare %s last", first);
    EXPECT_IN(outcome.out, "--validation-split");
    EXPECT_IN(outcome.out, "--keep-best");
    EXPECT_NOT_IN(outcome.out, "--batch-size");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl runs --runs runs --json show %s", first);
    json_t *shown = json_loads(outcome.out, 0, NULL);
    const json_t *run = json_array_get(json_object_get(shown, "runs"), 0);
    cr_expect_str_eq(json_string_value(json_object_get(run, "id")), first);
    cr_expect_eq(number_of(run, "best_epoch"), 1);
    cr_expect_gt(number_of(run, "val_accuracy"), 0);
    json_decref(shown);
    outcome_free(&outcome);
    quietly(2, "mnist-cl runs --runs runs show nothing");
    quietly(2, "mnist-cl runs --runs runs compare last");
    quietly(2, "mnist-cl runs --runs runs shwo last");
    quietly(2, "mnist-cl runs --runs runs show 2");
}

/* Lines cut off by a crash and lines of something else harm no other. */
Test(mnist_cl_sweep, damaged_lines_are_left_out)
{
    quietly(0, TRAIN "-q; head -c 100 runs/runs.jsonl >cut; echo '{\"id\": 5}' >>runs/runs.jsonl; "
                     "cat cut >>runs/runs.jsonl");
    quietly(0, TRAIN "-q");
    struct outcome outcome = RUN(0, "mnist-cl runs --runs runs --json");
    EXPECT_IN(outcome.err, "runs/runs.jsonl, line 2 is damaged and left out");
    EXPECT_IN(outcome.err, "line 3 is damaged");
    json_t *list = json_loads(outcome.out, 0, NULL);
    cr_expect_eq(json_array_size(json_object_get(list, "runs")), 2);
    json_decref(list);
    outcome_free(&outcome);
}

Test(mnist_cl_sweep, a_full_disk_is_a_warning)
{
    quietly(0, "mkdir runs; ln -s /dev/full runs/runs.jsonl");
    struct outcome outcome = RUN(0, TRAIN "-q --save model");
    EXPECT_IN(outcome.err, "warning: the run is not recorded: cannot add to runs/runs.jsonl: No "
                           "space left on device");
    EXPECT_IN(outcome.out, "Test accuracy");
    outcome_free(&outcome);
}

/* Trainings that end at the same time do not mix their lines. */
Test(mnist_cl_sweep, many_write_at_once)
{
    quietly(0, "for i in 1 2 3 4 5 6; do " TRAIN "-q --save model$i & done; wait");
    struct outcome outcome = RUN(0, "mnist-cl runs --runs runs --json");
    cr_expect_str_empty(outcome.err);
    json_t *list = json_loads(outcome.out, 0, NULL);
    cr_expect_eq(json_array_size(json_object_get(list, "runs")), 6);
    json_decref(list);
    outcome_free(&outcome);
}
