/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl on data sets other than MNIST, and mnist-cl data. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

TestSuite(mnist_cl_data, .init = enter, .fini = scratch_leave);

/* A folder of pictures: a bar at the left for one class, at the right for the other. */
static void make_pictures(void)
{
    static const char *const folders[] = {
        "p/train/left bar", "p/train/right bar", "p/test/left bar", "p/test/right bar"};
    struct outcome outcome =
        RUN(0, "mkdir -p 'p/train/left bar' 'p/train/right bar' 'p/test/left bar' 'p/test/right "
               "bar'");
    outcome_free(&outcome);
    for (int i = 0; i < 4 * 16; i++) {
        uint8_t pixels[PIXELS] = {0};
        char path[64];
        for (int y = 4; y < 24; y++)
            memset(pixels + y * SIDE + 4 + i % 2 * 16, 180 + i, 4);
        snprintf(path, sizeof path, "%s/%02d.png", folders[i % 2 + (i % 8 < 2 ? 2 : 0)], i);
        png_write(path, pixels, PNG_PLAIN);
    }
}

static const char *const schema =
    "{'source': 'string', 'name': 'string', 'sha256': 'string', 'genuine': 'boolean', 'generated': "
    "'boolean', 'shape': ['integer'], 'train': {'rows': 'integer', 'mean': 'number', 'deviation': "
    "'number'}, 'test': {'rows': 'integer', 'mean': 'number', 'deviation': 'number'}, 'classes': "
    "[{'class': 'integer', 'train_rows': 'integer', 'test_rows': 'integer', '?label': 'string'}], "
    "'?check': {'train_duplicates': 'integer', 'train_conflicts': 'integer', 'train_blank': "
    "'integer', 'test_duplicates': 'integer', 'test_conflicts': 'integer', 'test_blank': "
    "'integer', "
    "'shared': 'integer', 'empty_classes': 'integer', 'unseen_classes': 'integer'}}";

static json_int_t whole(const json_t *object, const char *part, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(object, part), key));
}

Test(mnist_cl_data, shows_what_was_loaded)
{
    struct outcome outcome = RUN(0, "mnist-cl data");
    EXPECT_IN(outcome.out, "Source: data\n");
    EXPECT_IN(outcome.out, "(not MNIST's files)");
    EXPECT_IN(outcome.out, "Pictures: 28 x 28, 1 channel, bytes\nClasses: 10\n");
    EXPECT_IN(outcome.out, "Balance: the largest class has 1.00 times as many");
    EXPECT_NOT_IN(outcome.out, "Check:");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl data --json --check-data --labels fashion-mnist");
    json_t *value = expect_json(outcome.out, schema);
    cr_expect_eq(whole(value, "train", "rows"), 640);
    cr_expect_eq(whole(value, "test", "rows"), 200);
    cr_expect_eq(whole(value, "check", "train_blank"), 0);
    json_t *last = json_array_get(json_object_get(value, "classes"), 9);
    cr_expect_str_eq(json_string_value(json_object_get(last, "label")), "Ankle boot");
    cr_expect_eq(json_integer_value(json_object_get(last, "train_rows")), 64);
    json_decref(value);
    outcome_free(&outcome);
    outcome = RUN(7, "printf 'a\\nb\\n' >few && mnist-cl data --labels few");
    EXPECT_IN(
        outcome.err, "few names 2 classes, but the labels of data go up to the class number 9");
    outcome_free(&outcome);
}

Test(mnist_cl_data, finds_what_is_wrong_with_pictures)
{
    make_pictures();
    uint8_t blank[PIXELS];
    memset(blank, 7, sizeof blank);
    png_write("p/train/left bar/blank.png", blank, PNG_PLAIN);
    struct outcome outcome = RUN(0,
        "cp 'p/train/left bar/10.png' 'p/train/right bar/copy.png' && mnist-cl data --data p "
        "--json --check-data");
    json_t *value = expect_json(outcome.out, schema);
    cr_expect_eq(whole(value, "check", "train_blank"), 1);
    cr_expect_eq(whole(value, "check", "train_duplicates"), 1);
    cr_expect_eq(whole(value, "check", "train_conflicts"), 1);
    cr_expect_eq(whole(value, "check", "empty_classes"), 0);
    json_decref(value);
    outcome_free(&outcome);
}

Test(mnist_cl_data, draws_examples)
{
    struct outcome outcome = RUN(0, "mnist-cl data --preview sheet.png >/dev/null && head -c 8 "
                                    "sheet.png | od -An -tx1");
    EXPECT_IN(outcome.out, "89 50 4e 47 0d 0a 1a 0a");
    EXPECT_IN(outcome.err, "examples drawn to sheet.png");
    outcome_free(&outcome);
    outcome = RUN(0,
        "mnist-cl data --preview same.png --augment shift=0 >/dev/null && cmp sheet.png "
        "same.png && mnist-cl data --preview other.png --augment 'rotate=20 elastic=34 mixup=0.4' "
        ">/dev/null && ! cmp -s sheet.png other.png");
    outcome_free(&outcome);
    outcome = RUN(2, "mnist-cl data --augment shift=2");
    EXPECT_IN(outcome.err, "--augment changes what --preview draws");
    outcome_free(&outcome);
    outcome = RUN(1, "mnist-cl data --preview missing/sheet.png");
    cr_expect_str_empty(outcome.out);
    outcome_free(&outcome);
}

/* The names of the folders go into the model and come out of eval and predict. */
Test(mnist_cl_data, a_folder_of_pictures_from_training_to_prediction)
{
    make_pictures();
    struct outcome outcome = RUN(0, "mnist-cl --data p -q --epochs 20 --save m && mnist-cl eval m "
                                    "--data p && mnist-cl predict m 'p/test/right bar/01.png'");
    EXPECT_IN(outcome.out, "Test accuracy: 1.0000\n");
    EXPECT_IN(outcome.out, " left bar 0 ");
    EXPECT_IN(outcome.out, "p/test/right bar/01.png: right bar (");
    EXPECT_IN(outcome.out, ", then left bar (");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl predict m --json 'p/test/right bar/01.png'");
    EXPECT_IN(outcome.out, "\"label\": \"right bar\"");
    outcome_free(&outcome);
    outcome = RUN(2, "mnist-cl predict m --fit nonsense 'p/test/right bar/01.png'");
    EXPECT_IN(outcome.err, "--fit needs digit or whole");
    outcome_free(&outcome);
}

/* The mean and deviation of the training pictures go with the model. */
Test(mnist_cl_data, normalisation_is_the_models)
{
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 3 --normalise standard --check-data "
                                    "--save m --json r && cat r && mnist-cl eval m --json >&2");
    EXPECT_IN(outcome.err, "mnist-cl: normalised: mean ");
    EXPECT_IN(outcome.err, "mnist-cl: check: ");
    json_t *record = json_loads(strchr(outcome.out, '{'), 0, NULL);
    json_t *evaluation = json_loads(strstr(outcome.err, "{\n"), 0, NULL);
    cr_expect_float_eq(json_number_value(json_object_get(record, "test_loss")),
        json_number_value(json_object_get(evaluation, "loss")), 1e-6);
    json_decref(record);
    json_decref(evaluation);
    outcome_free(&outcome);
    outcome = RUN(0, "strings m | grep -c '\"nncl.shift\":\"-[0-9]'");
    outcome_free(&outcome);
    outcome = RUN(2, "mnist-cl --normalise nonsense");
    EXPECT_IN(outcome.err, "--normalise needs unit or standard, not \"nonsense\"");
    outcome_free(&outcome);
}

/* Pictures change from epoch to epoch, by the seed and nothing else. */
Test(mnist_cl_data, augmentation_is_the_seeds)
{
    struct outcome outcome = RUN(0,
        "t() { mnist-cl -q --epochs 2 --save \"$1\" --seed \"$2\" ${3:+--augment \"$3\"}; }; "
        "a='shift=2 rotate=10 scale=0.1 shear=5 noise=0.05 cutout=8'; t one 1 \"$a\" && t two 1 "
        "\"$a\" && cmp one two && t plain 1 && ! cmp -s one plain && t nothing 1 'shift=0' && cmp "
        "plain nothing && t less 1 shift=2 && ! cmp -s one less && t bent 1 elastic=34 && t twice "
        "1 "
        "'elastic=34 sigma=4' && cmp bent twice && ! cmp -s bent plain && t mixed 1 mixup=0.2 && "
        "! cmp -s mixed plain");
    outcome_free(&outcome);
    outcome = RUN(2, "mnist-cl --augment sigma=4");
    EXPECT_IN(outcome.err, "sigma tells how smooth an elastic deformation is");
    outcome_free(&outcome);
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"turn=3", "the augmentation has no \"turn=3\": it is any of shift=PIXELS (to 1000)"},
        {"=3", "has no \"=3\""}, {"shift", "\"shift\" should be shift=a number from 0 to 1000"},
        {"shift=", "\"shift=\" should be"}, {"shift=-1", "\"shift=-1\" should be"},
        {"shift=2,rotate=3", "\"shift=2,rotate=3\" should be"},
        {"cutout=1.5", "should be cutout=a whole number from 0 to 65536"},
        {"rotate=3 scale=0.95", "\"scale=0.95\" should be scale=a number from 0 to 0.9"},
        {"shift=1001", "from 0 to 1000"}, {"noise=nan", "from 0 to 1"},
        {"rotate=10x", "from 0 to 180"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        outcome = RUN(2, "mnist-cl --augment '%s'", bad[i].text);
        EXPECT_IN(outcome.err, bad[i].message);
        outcome_free(&outcome);
    }
}

/* A learning rate is its optimizer's, and labels are smoothed for a cross-entropy: they give way
 * with these. */
Test(mnist_cl_data, a_presets_settings_give_way_together)
{
    make_pictures();
    static const char *const given[] = {"", "--optimizer sgd", "--loss mse"};
    static const double expected[][2] = {{0.005, 0.1}, {0.01, 0.1}, {0.005, 0}};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        struct outcome outcome =
            RUN(0, "mnist-cl -q --data p --model best --epochs 1 %s --json out.json", given[i]);
        json_t *record = json_load_file("out.json", 0, NULL);
        const json_t *options = json_object_get(record, "options");
        cr_expect_float_eq(
            json_number_value(json_object_get(options, "learning_rate")), expected[i][0], 1e-8);
        cr_expect_float_eq(
            json_number_value(json_object_get(options, "label_smoothing")), expected[i][1], 1e-8);
        cr_expect_not_null(
            strstr(json_string_value(json_object_get(options, "augment")), "elastic="));
        json_decref(record);
        outcome_free(&outcome);
    }
}
