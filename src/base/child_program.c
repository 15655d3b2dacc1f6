/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Programs that run beside this one. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <nncl/program.h>

#include "base/status.h"

struct nncl_child {
    pid_t process;
    bool ended;
    int status; /* then */
};

/* Only what signal handlers may do, for a caller with threads. */
_Noreturn static void execute(const char *const *arguments, int output)
{
    setpgid(0, 0); /* Ctrl-C on the terminal is the parent's business */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execv(arguments[0], (char *const *)(uintptr_t)arguments);
    _exit(127);
}

enum nncl_status nncl_child_start(
    const char *const *arguments, const char *output, struct nncl_child **child)
{
    struct nncl_child *made = calloc(1, sizeof *made);
    if (!made)
        return nncl_fail_memory("a program's record", sizeof *made);
    const int file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    made->process = file < 0 ? -1 : fork();
    if (made->process == 0)
        execute(arguments, file);
    const int cause = errno;
    if (file >= 0)
        close(file);
    if (made->process > 0) {
        *child = made;
        return NNCL_OK;
    }
    free(made);
    return nncl_fail(NNCL_FAILED, "cannot start %s with its output in %s: %s", arguments[0], output,
        strerror(cause));
}

bool nncl_child_ended(struct nncl_child *child, int *status)
{
    int state = 0;
    if (!child->ended) {
        const pid_t found = waitpid(child->process, &state, WNOHANG);
        child->ended = found == child->process || (found < 0 && errno != EINTR);
        child->status = found < 0            ? NNCL_FAILED
                        : WIFSIGNALED(state) ? 128 + WTERMSIG(state)
                                             : WEXITSTATUS(state);
    }
    if (child->ended)
        *status = child->status;
    return child->ended;
}

void nncl_child_wait(struct nncl_child *const *children, size_t count, double seconds)
{
    const struct timespec moment = {.tv_nsec = 10000000};
    const double end = nncl_clock() + seconds;
    do {
        int status;
        for (size_t i = 0; i < count; i++)
            if (children[i] && nncl_child_ended(children[i], &status))
                return;
        nanosleep(&moment, NULL);
    } while (!nncl_interrupted() && nncl_clock() < end);
}

void nncl_child_free(struct nncl_child **child)
{
    if (!*child)
        return;
    int status;
    if (!nncl_child_ended(*child, &status)) {
        kill(-(*child)->process, SIGKILL);
        kill((*child)->process, SIGKILL); /* it may not lead its group yet */
        while (waitpid((*child)->process, &status, 0) < 0 && errno == EINTR)
            ;
    }
    free(*child);
    *child = NULL;
}
