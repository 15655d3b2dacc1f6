/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool where no device is needed: usage, help, and machines without OpenCL drivers. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run.h"
#include "schema.h"

TestSuite(cltool, .init = scratch_enter, .fini = scratch_leave);

/* An OpenCL loader that finds no driver: its folder of .icd files is empty. */
static void without_drivers(void)
{
    cr_assert_eq(mkdir("no drivers", 0700), 0);
    char path[256];
    snprintf(path, sizeof path, "%s/no drivers", getenv("HOME"));
    setenv("OCL_ICD_VENDORS", path, 1);
    setenv("OPENCL_VENDOR_PATH", path, 1);
}

static void expect_usage(const char *arguments, const char *message)
{
    struct outcome outcome = RUN(2, "cltool %s", arguments);
    EXPECT_IN(outcome.err, message);
    cr_expect(strncmp(outcome.err, "cltool: ", 8) == 0, "%s", outcome.err);
    cr_expect_str_empty(outcome.out);
    outcome_free(&outcome);
}

Test(cltool, usage_errors_say_what_was_meant)
{
    expect_usage("lst", "no command \"lst\"; did you mean \"list\"?");
    expect_usage("nonsense", "no command \"nonsense\"");
    expect_usage("--json", "the command must come before");
    expect_usage("--list", "did you mean \"list\"?");
    expect_usage("LIST", "did you mean \"list\"?");
    expect_usage("list --jsn", "did you mean \"--json\"?");
    expect_usage("list --quick", "\"check\" has it");
    expect_usage("list --json=yes", "--json takes no value");
    expect_usage("list cpu0", "list takes no argument, but was given \"cpu0\"");
    expect_usage("info", "info needs SEL");
    expect_usage("info ref cpu0", "info takes only SEL, but was also given \"cpu0\"");
    expect_usage("check ref --op", "--op needs a value");
    expect_usage("check ref --op ''", "--op needs NAME");
    expect_usage("check --op relus ref", "did you mean \"relu\"?");
    expect_usage("bench ref --only pek", "there is no part \"pek\"; did you mean \"peak\"?");
    expect_usage("bench ref --only peak,", "the parts are peak, bandwidth");
    expect_usage("bench ref --only", "--only needs a value");
    expect_usage("bench --op relu", "\"check\" has it");
    expect_usage("bench cpu0 gpu0", "bench takes only [SEL], but was also given \"gpu0\"");
    expect_usage("tune ref", "the device ref has nothing to tune");
    expect_usage("tune ref --quick --full", "--quick and --full exclude each other");
    expect_usage("tune ref --list --full", "--list shows what is known");
    expect_usage("tune ref --budget soon", "--budget takes a time such as 120s or 5m");
    expect_usage("tune ref --budget 0s", "--budget takes a time such as 120s or 5m");
    expect_usage("tune ref --shapes 12,0,3", "--shapes takes sizes such as 32,128,784");
    expect_usage("tune ref --shapes 12,13", "--shapes takes sizes such as 32,128,784");
    expect_usage("check ref list", "the command \"list\" must come first");
}

Test(cltool, alone_shows_the_help_on_stderr)
{
    struct outcome outcome = RUN(2, "cltool");
    EXPECT_IN(outcome.err, "Usage: cltool COMMAND");
    cr_expect_str_empty(outcome.out);
    outcome_free(&outcome);
}

Test(cltool, help_and_version_need_no_driver)
{
    without_drivers();
    static const char *const calls[] = {"--help", "-h", "help", "list --help", "info --help",
        "check --help", "bench --help", "tune --help", "report --help", "help check"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct outcome outcome = RUN(0, "cltool %s", calls[i]);
        EXPECT_IN(outcome.out, "Usage: cltool ");
        EXPECT_IN(outcome.out, "--help");
        cr_expect_str_empty(outcome.err);
        outcome_free(&outcome);
    }
    struct outcome outcome = RUN(0, "cltool --version");
    EXPECT_IN(outcome.out, "cltool 0.1.0\n");
    EXPECT_IN(outcome.out, "OpenCL loader: ");
    EXPECT_IN(outcome.out, "CLBlast: ");
    outcome_free(&outcome);
}

Test(cltool, without_drivers_list_gives_the_diagnosis)
{
    without_drivers();
    struct outcome outcome = RUN(3, "cltool list");
    cr_expect_str_empty(outcome.out);
    EXPECT_IN(outcome.err, "libOpenCL");
    EXPECT_IN(outcome.err, "no drivers"); /* the folder is named */
    EXPECT_IN(outcome.err, "--device ref");
    outcome_free(&outcome);

    outcome = RUN(3, "cltool list --json");
    cr_expect_str_eq(outcome.out, "{\n  \"devices\": []\n}\n");
    EXPECT_IN(outcome.err, "libOpenCL");
    outcome_free(&outcome);
}

Test(cltool, without_drivers_other_commands_fail_with_the_diagnosis)
{
    without_drivers();
    static const char *const calls[] = {"info auto", "info cpu0", "check", "check cpu0",
        "check all", "bench", "bench cpu0 --quick", "tune", "tune cpu0 --list"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct outcome outcome = RUN(3, "cltool %s", calls[i]);
        cr_expect_str_empty(outcome.out);
        EXPECT_IN(outcome.err, "cltool: ");
        EXPECT_IN(outcome.err, "ref");
        outcome_free(&outcome);
    }
    struct outcome outcome = RUN(3, "cltool info cpu0 --json");
    json_t *value = expect_json(outcome.out, "{'error': 'string'}");
    json_decref(value);
    outcome_free(&outcome);
}

Test(cltool, without_drivers_ref_is_there)
{
    without_drivers();
    struct outcome outcome = RUN(0, "cltool info ref");
    EXPECT_IN(outcome.out, "ref");
    outcome_free(&outcome);
    outcome = RUN(0, "cltool check ref --quick");
    EXPECT_IN(outcome.out, "relu ");
    EXPECT_IN(outcome.out, " within their bounds");
    outcome_free(&outcome);
}

Test(cltool, without_drivers_a_report_is_written)
{
    without_drivers();
    setenv("USER", "willhelmine", 1);
    setenv("POCL_CACHE_DIR", "/srv/willhelmine/cache", 1);
    setenv("NNCL_MIRROR", "https://me:secret@example.org/mnist", 1);
    struct outcome outcome = RUN(0, "cltool report");
    EXPECT_IN(outcome.out, "nncl: 0.1.0");
    EXPECT_IN(outcome.out, "OCL_ICD_VENDORS=~/no drivers");
    EXPECT_IN(outcome.out, "POCL_CACHE_DIR=/srv/<user>/cache");
    EXPECT_IN(outcome.out, "NNCL_MIRROR=https://<hidden>@example.org/mnist");
    EXPECT_IN(outcome.out, "libOpenCL");
    EXPECT_IN(outcome.out, "Last error");
    EXPECT_NOT_IN(outcome.out, "willhelmine");
    EXPECT_NOT_IN(outcome.out, "secret");
    EXPECT_NOT_IN(outcome.out, getenv("HOME"));
    outcome_free(&outcome);

    outcome = RUN(0, "cltool report --output 'a report' && cat 'a report'");
    EXPECT_IN(outcome.out, "nncl: 0.1.0");
    EXPECT_NOT_IN(outcome.out, getenv("HOME"));
    outcome_free(&outcome);
}

Test(cltool, lost_output_is_an_error)
{
    without_drivers();
    static const char *const calls[] = {
        "--help", "--version", "info ref", "info ref --json", "check ref --quick", "report"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct outcome outcome = RUN(1, "cltool %s >/dev/full", calls[i]);
        EXPECT_IN(outcome.err, "cltool: cannot write to standard output: No space left on device");
        outcome_free(&outcome);
    }
    struct outcome outcome = RUN(1, "cltool report -o /no/such/folder/report");
    EXPECT_IN(outcome.err, "/no/such/folder/report");
    outcome_free(&outcome);
    outcome = RUN(1, "cltool report -o /dev/full");
    EXPECT_IN(outcome.err, "/dev/full");
    outcome_free(&outcome);
}

Test(cltool, the_cache_is_listed_and_cleared)
{
    static const char *const schema =
        "{'folder': 'string', 'files': [{'name': 'string', 'bytes': 'integer', 'age': 'number',"
        " 'device': 'string|null'}]}";
    struct outcome outcome = RUN(0,
        "mkdir -p \"$XDG_CACHE_HOME/nncl/folder\" && cd \"$XDG_CACHE_HOME/nncl\" && "
        "printf 'a check\\ndevice: some card\\n' >checked-1.txt && head -c 9 /dev/zero >odd && "
        "cltool cache --json");
    json_t *list = expect_json(outcome.out, schema);
    json_t *first = json_array_get(json_object_get(list, "files"), 0);
    cr_expect_eq(json_array_size(json_object_get(list, "files")), 2);
    cr_expect_str_eq(json_string_value(json_object_get(first, "device")), "some card");
    json_decref(list);
    outcome_free(&outcome);
    outcome = RUN(0, "cltool cache clear && ls \"$XDG_CACHE_HOME/nncl\"");
    EXPECT_NOT_IN(outcome.out, "checked-1");
    EXPECT_IN(outcome.out, "folder\n");
    outcome_free(&outcome);
    expect_usage("cache remove", "cache takes list or clear");
}
