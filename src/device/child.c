/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "device/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <nncl/log.h>
#include <nncl/program.h>

enum { LENGTH_OF_END = 80 };

/* The child's whole life. An interrupt is its parent's business: the child goes when the parent
 * does. What the child may still have buffered belongs to the parent, so it leaves by _exit. */
_Noreturn static void live(void (*work)(void *user, int output), void *user, int output)
{
    nncl_log_set(NULL, NULL, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGALRM, SIG_DFL);
    work(user, output);
    _exit(0);
}

/* Waits until the pipe is closed, which the child's end does; false when the time is over. */
static bool wait_for_end(int pipe_end, int seconds, char *result, size_t size)
{
    const double deadline = nncl_clock() + seconds;
    size_t used = 0;
    for (;;) {
        double left = deadline - nncl_clock();
        struct pollfd waiting = {.fd = pipe_end, .events = POLLIN};
        int ready = left > 0 ? poll(&waiting, 1, (int)(left * 1000) + 1) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        char bytes[256];
        ssize_t count = read(pipe_end, bytes, sizeof bytes);
        if (count <= 0)
            return true;
        size_t kept = (size_t)count < size - 1 - used ? (size_t)count : size - 1 - used;
        memcpy(result + used, bytes, kept);
        used += kept;
        result[used] = 0;
    }
}

/* Collects the child and says how it ended; true if by itself. */
static bool collect(pid_t child, bool in_time, int seconds, char *end)
{
    int state = 0;
    if (!in_time)
        kill(child, SIGKILL);
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR)
            return true; /* somebody else collects this program's children */
    if (!in_time)
        snprintf(end, LENGTH_OF_END, "gave no answer within %d s", seconds);
    else if (WIFSIGNALED(state))
        snprintf(end, LENGTH_OF_END, "crashed (%s)", strsignal(WTERMSIG(state)));
    else if (WEXITSTATUS(state) != 0)
        snprintf(end, LENGTH_OF_END, "ended the program with status %d", WEXITSTATUS(state));
    else
        return true;
    return false;
}

bool child_run(void (*work)(void *user, int output), void *user, int seconds, char *result,
    size_t size, char end[80])
{
    int ends[2];
    result[0] = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return true; /* nothing can be tried here, so nothing is held against a driver */
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        live(work, user, ends[1]);
    }
    close(ends[1]);
    bool good = true;
    if (child > 0)
        good = collect(child, wait_for_end(ends[0], seconds, result, size), seconds, end);
    close(ends[0]);
    return good;
}

/* ---- Programs ---- */

/* After a fork in a process with threads, only what signal handlers may do. */
_Noreturn static void execute(const char *const *arguments, int output)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execv(arguments[0], (char *const *)(uintptr_t)arguments);
    _exit(127);
}

/* Reads until the program closes its output. */
static enum child_end listen_to(
    int output, double seconds, bool (*stop)(void *user), void *user, char *result, size_t size)
{
    const double deadline = nncl_clock() + seconds;
    size_t used = 0;
    for (;;) {
        enum { ASK_MILLISECONDS = 100 };
        struct pollfd waiting = {.fd = output, .events = POLLIN};
        int ready = poll(&waiting, 1, ASK_MILLISECONDS);
        if (stop && stop(user))
            return CHILD_STOPPED;
        if (ready > 0) {
            char bytes[4096];
            ssize_t count = read(output, bytes, sizeof bytes);
            if (count <= 0)
                return CHILD_DONE;
            size_t room = size - 1 - used, kept = (size_t)count < room ? (size_t)count : room;
            memcpy(result + used, bytes, kept);
            used += kept;
            result[used] = 0;
        }
        if (nncl_clock() > deadline)
            return CHILD_HANG;
    }
}

enum child_end child_execute(const char *const *arguments, double seconds, bool (*stop)(void *user),
    void *user, char *result, size_t size, char words[80])
{
    int ends[2];
    result[0] = 0;
    pid_t child = -1;
    if (pipe2(ends, O_CLOEXEC) == 0) {
        child = fork();
        if (child == 0)
            execute(arguments, ends[1]);
        close(ends[1]);
    }
    if (child < 0) {
        snprintf(words, LENGTH_OF_END, "could not be started (%s)", strerror(errno));
        return CHILD_CRASH;
    }
    enum child_end end = listen_to(ends[0], seconds, stop, user, result, size);
    if (end != CHILD_DONE)
        kill(-child, SIGKILL);
    bool good = collect(child, end == CHILD_DONE, (int)seconds, words);
    close(ends[0]);
    if (end == CHILD_STOPPED)
        snprintf(words, LENGTH_OF_END, "was stopped");
    return end == CHILD_DONE && !good ? CHILD_CRASH : end;
}
