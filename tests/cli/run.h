/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Running a program as a user does, in a scratch folder. */
#ifndef TESTS_CLI_RUN_H
#define TESTS_CLI_RUN_H

/* For a suite's .init and .fini: a fresh folder as support_folder_make makes it, and no variable
 * set that would change what the programs do. */
void scratch_enter(void);
void scratch_leave(void);

/* What a program did. */
struct outcome {
    int status; /* exit status; 128 + N after signal N */
    char *out, *err;
};

/* Runs a shell command line in the scratch folder with stdin empty; the program under test is on
 * the PATH by its name. Free with outcome_free. */
struct outcome run(const char *format, ...) __attribute__((format(printf, 1, 2)));
void outcome_free(struct outcome *outcome);

/* Run, and expect this exit status; the outcome's texts are shown if it is another one. */
#define RUN(expected, ...)                                                                         \
    run(__VA_ARGS__);                                                                              \
    cr_expect_eq(outcome.status, expected, "exit status %d, not %d\n%s%s", outcome.status,         \
        expected, outcome.out, outcome.err)

/* Expect a text in the output or among the messages. */
#define EXPECT_IN(text, part) cr_expect(strstr(text, part), "\"%s\" is missing in:\n%s", part, text)
#define EXPECT_NOT_IN(text, part)                                                                  \
    cr_expect_null(strstr(text, part), "\"%s\" is in:\n%s", part, text)

/* Skips the calling test where there is no OpenCL device, or fails it if NNCL_REQUIRE_DEVICE is 1.
 */
void need_device(void);

#endif
