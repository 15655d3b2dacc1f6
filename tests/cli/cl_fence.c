/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A library to be preloaded: kernels work on copies of their buffers that lie against memory nobody
 * may touch. Each launch runs twice from the same contents, with the ends of its buffers there and
 * with their starts; what the second leaves is kept. A kernel that reads or writes outside is ended
 * by SIGSEGV, and named. For devices that use the host's memory in place, as PoCL does. */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cl_preload.h"

enum { MOST_ARGUMENTS = 64, TABLE_SIZE = 1 << 16 };

/* Without this library's work there is no test: nothing goes on behind a failure. */
static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "cl_fence: %s fails\n", what);
    abort();
}

/* The buffers that kernels have for arguments; those of a released kernel are overwritten by the
 * next at its address. */
static struct argument {
    cl_kernel kernel;
    cl_uint index;
    cl_mem memory; /* NULL: no buffer */
} arguments[TABLE_SIZE];

static struct argument *find_argument(cl_kernel kernel, cl_uint index)
{
    size_t place = ((uintptr_t)kernel / sizeof(void *) * 31 + index) % TABLE_SIZE, looked_at = 0;
    while (arguments[place].kernel &&
           !(arguments[place].kernel == kernel && arguments[place].index == index)) {
        place = (place + 1) % TABLE_SIZE;
        must(++looked_at < TABLE_SIZE, "remembering more arguments");
    }
    arguments[place].kernel = kernel;
    arguments[place].index = index;
    return &arguments[place];
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Every handle of a buffer there has been: to tell a buffer from a number among the arguments. */
static cl_mem handles[TABLE_SIZE];

static cl_mem *find_handle(cl_mem memory)
{
    size_t place = (uintptr_t)memory / sizeof(void *) * 31 % TABLE_SIZE, looked_at = 0;
    while (handles[place] && handles[place] != memory) {
        place = (place + 1) % TABLE_SIZE;
        must(++looked_at < TABLE_SIZE, "remembering more buffers");
    }
    return &handles[place];
}

static cl_mem note(cl_mem memory)
{
    pthread_mutex_lock(&lock);
    if (memory)
        *find_handle(memory) = memory;
    pthread_mutex_unlock(&lock);
    return memory;
}

CL_API_ENTRY cl_mem CL_API_CALL clCreateBuffer(
    cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *error)
{
    NEXT(clCreateBuffer);
    return note(original(context, flags, size, host, error));
}

CL_API_ENTRY cl_mem CL_API_CALL clCreateSubBuffer(cl_mem buffer, cl_mem_flags flags,
    cl_buffer_create_type type, const void *region, cl_int *error)
{
    NEXT(clCreateSubBuffer);
    return note(original(buffer, flags, type, region, error));
}

CL_API_ENTRY cl_int CL_API_CALL clSetKernelArg(
    cl_kernel kernel, cl_uint index, size_t size, const void *value)
{
    NEXT(clSetKernelArg);
    cl_int result = original(kernel, index, size, value);
    if (result != CL_SUCCESS)
        return result;
    pthread_mutex_lock(&lock);
    struct argument *argument = find_argument(kernel, index);
    cl_mem memory = NULL;
    if (value && size == sizeof memory)
        memcpy(&memory, value, size);
    argument->memory = memory ? *find_handle(memory) : NULL;
    pthread_mutex_unlock(&lock);
    return result;
}

/* A buffer of the launch: what it holds, and its copy inside `region`, whose first and last page
 * nobody may touch. */
struct fenced {
    cl_mem original, copy;
    cl_uint index; /* of the first argument that it is */
    size_t bytes, region_bytes;
    uint8_t *before, *region, *start;
    char text[2][256]; /* what to say of a touch before and behind it */
};

static struct launch {
    cl_command_queue queue;
    cl_kernel kernel;
    char name[128];
    struct fenced buffers[MOST_ARGUMENTS];
    size_t count;
    cl_uint arguments;
} launch;

static void say(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

/* Names the buffer beside which the address lies; the access is then made again, without handler.
 */
static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    const uint8_t *touched = info->si_addr;
    for (size_t i = 0; i < launch.count; i++) {
        const struct fenced *f = &launch.buffers[i];
        if (f->region && touched >= f->region && touched < f->region + f->region_bytes)
            say(f->text[touched >= f->start]);
    }
    signal(number, SIG_DFL);
}

__attribute__((constructor)) static void watch(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    must(sigaction(SIGSEGV, &action, NULL) == 0, "catching SIGSEGV");
}

/* Adds the buffer, unless another argument is it, too. */
static void add(cl_uint index, cl_mem memory)
{
    for (size_t i = 0; i < launch.count; i++)
        if (launch.buffers[i].original == memory)
            return;
    struct fenced *f = &launch.buffers[launch.count++];
    *f = (struct fenced){.original = memory, .index = index};
    must(clGetMemObjectInfo(memory, CL_MEM_SIZE, sizeof f->bytes, &f->bytes, NULL) == CL_SUCCESS,
        "asking for a buffer's size");
    f->before = malloc(f->bytes);
    must(f->before != NULL && clEnqueueReadBuffer(launch.queue, memory, CL_TRUE, 0, f->bytes,
                                  f->before, 0, NULL, NULL) == CL_SUCCESS,
        "reading a buffer");
    static const char *const sides[] = {"before", "behind"};
    for (int i = 0; i < 2; i++)
        snprintf(f->text[i], sizeof f->text[i],
            "cl_fence: the kernel %s touches what lies %s its argument %u of %zu bytes\n",
            launch.name, sides[i], (unsigned)index, f->bytes);
}

static void collect(cl_command_queue queue, cl_kernel kernel)
{
    launch = (struct launch){.queue = queue, .kernel = kernel};
    must(clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof launch.name, launch.name, NULL) ==
                 CL_SUCCESS &&
             clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof launch.arguments, &launch.arguments,
                 NULL) == CL_SUCCESS &&
             launch.arguments <= MOST_ARGUMENTS,
        "asking for a kernel's name");
    for (cl_uint i = 0; i < launch.arguments; i++) {
        cl_mem memory = find_argument(kernel, i)->memory;
        if (memory)
            add(i, memory);
    }
}

/* Makes the copy, which ends at a fence or starts at one. */
static void fence(struct fenced *f, bool at_end)
{
    NEXT(clCreateBuffer);
    cl_context context;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t inner = (f->bytes + page - 1) / page * page;
    f->region_bytes = inner + 2 * page;
    f->region = mmap(NULL, f->region_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(f->region != MAP_FAILED && mprotect(f->region + page, inner, PROT_READ | PROT_WRITE) == 0,
        "reserving memory");
    f->start = f->region + page + (at_end ? inner - f->bytes : 0);
    memcpy(f->start, f->before, f->bytes);
    cl_int error = clGetMemObjectInfo(f->original, CL_MEM_CONTEXT, sizeof context, &context, NULL);
    must(error == CL_SUCCESS, "asking for a buffer's context");
    f->copy =
        original(context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, f->bytes, f->start, &error);
    must(error == CL_SUCCESS, "a buffer in memory of its own");
}

static void unfence(struct fenced *f)
{
    clReleaseMemObject(f->copy);
    munmap(f->region, f->region_bytes);
    f->region = NULL;
}

/* Puts the copies into the place of the kernel's arguments, or the buffers back. */
static void exchange(bool copies)
{
    NEXT(clSetKernelArg);
    for (cl_uint i = 0; i < launch.arguments; i++) {
        for (size_t j = 0; j < launch.count; j++) {
            const struct fenced *f = &launch.buffers[j];
            if (i < f->index || find_argument(launch.kernel, i)->memory != f->original)
                continue;
            const cl_mem *memory = copies ? &f->copy : &f->original;
            must(original(launch.kernel, i, sizeof *memory, memory) == CL_SUCCESS,
                "setting an argument");
        }
    }
}

/* Writes back the bytes that have changed: buffers of a launch may overlap. */
static void keep(const struct fenced *f)
{
    uint8_t *now = malloc(f->bytes);
    must(now != NULL && clEnqueueReadBuffer(launch.queue, f->original, CL_TRUE, 0, f->bytes, now, 0,
                            NULL, NULL) == CL_SUCCESS,
        "reading a buffer");
    for (size_t i = 0; i < f->bytes; i++)
        if (f->start[i] != f->before[i])
            now[i] = f->start[i];
    must(clEnqueueWriteBuffer(
             launch.queue, f->original, CL_TRUE, 0, f->bytes, now, 0, NULL, NULL) == CL_SUCCESS,
        "writing a buffer");
    free(now);
}

CL_API_ENTRY cl_int CL_API_CALL clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel,
    cl_uint dimensions, const size_t *offset, const size_t *global, const size_t *local,
    cl_uint waits, const cl_event *wait, cl_event *event)
{
    NEXT(clEnqueueNDRangeKernel);
    cl_int result = CL_SUCCESS;
    pthread_mutex_lock(&lock);
    collect(queue, kernel);
    for (int at_start = 0; at_start < 2 && result == CL_SUCCESS; at_start++) {
        for (size_t i = 0; i < launch.count; i++)
            fence(&launch.buffers[i], !at_start);
        exchange(true);
        result = original(
            queue, kernel, dimensions, offset, global, local, waits, wait, at_start ? event : NULL);
        if (result == CL_SUCCESS)
            result = clFinish(queue);
        for (size_t i = 0; i < launch.count; i++) {
            if (at_start && result == CL_SUCCESS)
                keep(&launch.buffers[i]);
            unfence(&launch.buffers[i]);
        }
    }
    exchange(false);
    for (size_t i = 0; i < launch.count; i++)
        free(launch.buffers[i].before);
    launch.count = 0;
    pthread_mutex_unlock(&lock);
    return result;
}
