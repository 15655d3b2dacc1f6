/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl report: the page of a training. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>

#include "pictures.h"
#include "run.h"

static void enter(void)
{
    scratch_enter();
    data_folder_make("data");
    setenv("NNCL_DATA_DIR", "data", 1);
    setenv("NNCL_DEVICE", "ref", 1);
}

TestSuite(mnist_cl_report, .init = enter, .fini = scratch_leave);

/* Holds a page against page.py, which names what is wrong with it. */
static void expect_valid(const char *path)
{
    struct outcome outcome = RUN(0, "python3 \"$NNCL_SOURCE_DIR\"/tests/cli/page.py %s", path);
    cr_expect_str_empty(outcome.out);
    outcome_free(&outcome);
}

static void write_record(const char *path, const char *text)
{
    cr_assert_eq(nncl_file_write(path, text, strlen(text)), NNCL_OK);
}

Test(mnist_cl_report, a_training_becomes_a_page)
{
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 2 --hidden 4 --lr 0.002 --json run.json "
                                    "&& mnist-cl report run.json && cat run.html");
    EXPECT_IN(outcome.err, "mnist-cl: report written to run.html");
    static const char *const parts[] = {"<title>Training of dense 4 relu, dense 10</title>",
        "test accuracy", "<title>Loss</title>", "<title>Accuracy</title>",
        "<title>Learning rate</title>", "<title>Seconds an epoch</title>", "Confusion matrix",
        "Scores per class", "Accuracy over confidence", "weighted", "Read wrongly", "Read rightly",
        "src=\"data:image/png;base64,iVBOR", "Layers", "batch size", "compute units", "Settings"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        EXPECT_IN(outcome.out, parts[i]);
    EXPECT_NOT_IN(outcome.out, "http");
    EXPECT_NOT_IN(outcome.out, "nan");
    outcome_free(&outcome);
    expect_valid("run.html");
}

Test(mnist_cl_report, many_epochs_and_a_single_one_are_drawn)
{
    struct outcome outcome =
        RUN(0, "mnist-cl -q --epochs 130 --hidden 1 --batch-size 640 --json many.json && mnist-cl "
               "-q --epochs 1 --hidden 1 --json one.json && mnist-cl report many.json && mnist-cl "
               "report -o page.html one.json");
    outcome_free(&outcome);
    expect_valid("many.html");
    expect_valid("page.html");
}

static const char hostile[] =
    "{\"nncl\": \"0\", \"options\": {\"network\": \"</title><script>alert('1')</script>\", "
    "\"a\\\"<b\": \"\\u0001\\\"'&<>\"}, \"epochs\": [{\"loss\": null, \"accuracy\": \"x\", "
    "\"seconds\": 1e300}, 3, {\"loss\": -1e-300}, {\"loss\": 2, \"accuracy\": 1e308}, "
    "{\"accuracy\": -1e308, \"learning_rate\": 1e-310}, {\"learning_rate\": 1e-309}], \"layers\": "
    "[7, {\"type\": "
    "\"<i>\", \"output\": [\"<b>\"]}], \"device\": [], \"data\": {\"source\": \"<img src=x "
    "onerror=y>\"}, \"evaluation\": {\"confusion\": [[1, \"<u>\"], 5], \"classes\": [{\"class\": "
    "\"<u>\"}, 8], \"calibration\": {\"bins\": [1, {\"rows\": 1}]}}, \"examples\": {\"wrong\": "
    "[{\"png\": \"\\\"><script>\", \"row\": \"\\\" onload=z\", \"label\": \"<u>\"}, 4], "
    "\"right\": 5}}";

Test(mnist_cl_report, what_a_record_says_is_only_text)
{
    write_record("hostile.json", hostile);
    struct outcome outcome = RUN(0, "mnist-cl report hostile.json && cat hostile.html");
    EXPECT_NOT_IN(outcome.out, "<script");
    EXPECT_NOT_IN(outcome.out, "<img src=x");
    EXPECT_NOT_IN(outcome.out, "<u>");
    EXPECT_NOT_IN(outcome.out, "nan");
    EXPECT_IN(outcome.out, "&lt;script&gt;alert(&#39;1&#39;)");
    EXPECT_IN(outcome.out, "This training was not finished");
    outcome_free(&outcome);
    expect_valid("hostile.html");
}

static void expect_failure(int status, const char *arguments, const char *message)
{
    struct outcome outcome = RUN(status, "mnist-cl report %s", arguments);
    EXPECT_IN(outcome.err, message);
    cr_expect_str_empty(outcome.out);
    outcome_free(&outcome);
}

Test(mnist_cl_report, what_is_no_record_is_named)
{
    write_record("cut.json", "{\"nncl\": \"0\",\n \"options");
    write_record("other.json", "{\"loss\": 1}");
    write_record("list.json", "[]");
    expect_failure(7, "missing.json", "missing.json");
    expect_failure(7, ".", "JSON");
    expect_failure(7, "cut.json", "cut.json is not JSON: line 2");
    expect_failure(7, "other.json", "other.json is not the record of a training");
    expect_failure(7, "list.json", "list.json is not the record of a training");
    expect_failure(2, "", "report needs RUN.json");
    expect_failure(2, "one two", "report takes ");
    write_record("good.json", "{\"nncl\": \"0\", \"options\": {}, \"epochs\": []}");
    expect_failure(2, "good.json -o ./good.json", "would take the place of the record");
}

Test(mnist_cl_report, a_page_that_cannot_be_written_is_an_error)
{
    write_record("good.json", "{\"nncl\": \"0\", \"options\": {}, \"epochs\": []}");
    expect_failure(1, "good.json -o /dev/full", "/dev/full: No space left on device");
    expect_failure(1, "good.json -o no/such/page.html", "no/such/page.html");
    struct outcome outcome = RUN(0, "mnist-cl report good.json");
    outcome_free(&outcome);
    expect_valid("good.html");
}
