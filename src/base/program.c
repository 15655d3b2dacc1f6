/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Signals, the terminal and the clock: the operating system's side of a program. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <nncl/program.h>

#include "base/status.h"
#include "base/unfinished.h"

static volatile sig_atomic_t caught;
static const char *volatile farewell = "";

static void end_now(int signal_number)
{
    const char *words = farewell;
    ssize_t ignored = write(STDERR_FILENO, words, strlen(words));
    (void)ignored;
    unfinished_remove();
    _exit(128 + signal_number);
}

static void on_interrupt(int signal_number)
{
    if (caught)
        end_now(signal_number);
    caught = signal_number;
    const struct itimerval patience = {.it_value = {.tv_usec = 800000}};
    setitimer(ITIMER_REAL, &patience, NULL);
}

static void on_patience_over(int signal_number)
{
    (void)signal_number;
    if (caught)
        end_now(caught);
}

enum nncl_status nncl_interrupt_catch(const char *last_words)
{
    farewell = last_words;
    struct sigaction interrupt = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    struct sigaction patience = {.sa_handler = on_patience_over, .sa_flags = SA_RESTART};
    if (sigaction(SIGINT, &interrupt, NULL) != 0 || sigaction(SIGTERM, &interrupt, NULL) != 0 ||
        sigaction(SIGALRM, &patience, NULL) != 0)
        return nncl_fail(NNCL_FAILED, "cannot catch signals: %s", strerror(errno));
    return NNCL_OK;
}

int nncl_interrupted(void)
{
    return caught;
}

void nncl_interrupt_acknowledge(void)
{
    const struct itimerval never = {0};
    setitimer(ITIMER_REAL, &never, NULL);
}

bool nncl_terminal_is_live(FILE *stream)
{
    const char *terminal = getenv("TERM"), *no_color = getenv("NO_COLOR");
    return isatty(fileno(stream)) && !(no_color && no_color[0]) && terminal && terminal[0] &&
           strcmp(terminal, "dumb") != 0;
}

unsigned nncl_terminal_columns(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

double nncl_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

char *const *nncl_environment(void)
{
    static char *const empty[] = {NULL};
    return environ ? environ : empty;
}
