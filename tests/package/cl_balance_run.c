/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cl_balance_run LIBRARY COMMAND...: runs a command with the counting library preloaded, prints how
 * many OpenCL handles of each kind were made and released, and fails if the numbers differ, if
 * there was no handle at all, or if the command failed. */
#include "cl_balance.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const kinds[] = {"context", "queue", "memory", "program", "kernel", "event"};

static struct handle_counts *share_counts(char *path)
{
    int file = mkstemp(path);
    if (file < 0 || ftruncate(file, sizeof(struct handle_counts)) != 0)
        return NULL;
    void *memory =
        mmap(NULL, sizeof(struct handle_counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return memory == MAP_FAILED ? NULL : memory;
}

static int run(const char *library, const char *path, char **command)
{
    pid_t child = fork();
    if (child == 0) {
        setenv("LD_PRELOAD", library, 1);
        setenv("CL_BALANCE_FILE", path, 1);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

int main(int count, char **arguments)
{
    if (count < 3) {
        fprintf(stderr, "usage: cl_balance_run LIBRARY COMMAND...\n");
        return 2;
    }
    char path[] = "/tmp/cl_balance_XXXXXX";
    struct handle_counts *counts = share_counts(path);
    if (counts == NULL) {
        perror(path);
        return 1;
    }
    int result = run(arguments[1], path, arguments + 2);
    unlink(path);
    if (result != 0) {
        fprintf(stderr, "the command failed (%d)\n", result);
        return result;
    }
    unsigned long total = 0;
    for (int kind = 0; kind < HANDLE_KINDS; kind++) {
        unsigned long made = counts->made[kind], released = counts->released[kind];
        total += made;
        fprintf(stderr, "%-8s %8lu made %8lu released%s\n", kinds[kind], made, released,
            made == released ? "" : "  UNBALANCED");
        if (made != released)
            result = 1;
    }
    if (total == 0)
        fprintf(stderr, "no OpenCL handle was made\n");
    return result != 0 || total == 0 ? 1 : 0;
}
