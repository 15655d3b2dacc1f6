/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A library to be preloaded: it counts the OpenCL handles that a program and its libraries make,
 * retain and release, in a file that cl_balance_run reads when the program has ended, however it
 * ended. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cl_balance.h"
#include "cl_preload.h"

static struct handle_counts unread; /* where counts go without $CL_BALANCE_FILE */
static struct handle_counts *counts = &unread;

__attribute__((constructor)) static void map_counts(void)
{
    const char *path = getenv("CL_BALANCE_FILE");
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return;
    void *memory = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory != MAP_FAILED)
        counts = memory;
    close(file);
}

/* A function that returns a new handle. */
#define CREATES(kind, handle, name, parameters, arguments)                                         \
    CL_API_ENTRY handle CL_API_CALL name parameters                                                \
    {                                                                                              \
        NEXT(name);                                                                                \
        handle made = original arguments;                                                          \
        if (made != NULL)                                                                          \
            atomic_fetch_add(&counts->made[kind], 1);                                              \
        return made;                                                                               \
    }

/* clRetain… and clRelease…. */
#define COUNTS(kind, handle, name, field)                                                          \
    CL_API_ENTRY cl_int CL_API_CALL name(handle object)                                            \
    {                                                                                              \
        NEXT(name);                                                                                \
        cl_int result = original(object);                                                          \
        if (result == CL_SUCCESS)                                                                  \
            atomic_fetch_add(&counts->field[kind], 1);                                             \
        return result;                                                                             \
    }

/* clEnqueue…, which makes an event where the caller asks for one. */
#define ENQUEUES(name, parameters, arguments)                                                      \
    CL_API_ENTRY cl_int CL_API_CALL name parameters                                                \
    {                                                                                              \
        NEXT(name);                                                                                \
        cl_int result = original arguments;                                                        \
        if (result == CL_SUCCESS && event != NULL)                                                 \
            atomic_fetch_add(&counts->made[HANDLE_EVENT], 1);                                      \
        return result;                                                                             \
    }

typedef void CL_CALLBACK context_notify(const char *, const void *, size_t, void *);
typedef void CL_CALLBACK program_notify(cl_program, void *);

CREATES(HANDLE_CONTEXT, cl_context, clCreateContext,
    (const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,
        context_notify *notify, void *user, cl_int *error),
    (properties, count, devices, notify, user, error))
CREATES(HANDLE_CONTEXT, cl_context, clCreateContextFromType,
    (const cl_context_properties *properties, cl_device_type type, context_notify *notify,
        void *user, cl_int *error),
    (properties, type, notify, user, error))
CREATES(HANDLE_QUEUE, cl_command_queue, clCreateCommandQueue,
    (cl_context context, cl_device_id device, cl_command_queue_properties properties,
        cl_int *error),
    (context, device, properties, error))
CREATES(HANDLE_QUEUE, cl_command_queue, clCreateCommandQueueWithProperties,
    (cl_context context, cl_device_id device, const cl_queue_properties *properties, cl_int *error),
    (context, device, properties, error))
CREATES(HANDLE_MEMORY, cl_mem, clCreateBuffer,
    (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *error),
    (context, flags, size, host, error))
CREATES(HANDLE_MEMORY, cl_mem, clCreateSubBuffer,
    (cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type, const void *information,
        cl_int *error),
    (buffer, flags, type, information, error))
CREATES(HANDLE_MEMORY, void *, clSVMAlloc,
    (cl_context context, cl_svm_mem_flags flags, size_t size, cl_uint alignment),
    (context, flags, size, alignment))
CREATES(HANDLE_PROGRAM, cl_program, clCreateProgramWithSource,
    (cl_context context, cl_uint count, const char **texts, const size_t *sizes, cl_int *error),
    (context, count, texts, sizes, error))
CREATES(HANDLE_PROGRAM, cl_program, clCreateProgramWithBinary,
    (cl_context context, cl_uint count, const cl_device_id *devices, const size_t *sizes,
        const unsigned char **binaries, cl_int *status, cl_int *error),
    (context, count, devices, sizes, binaries, status, error))
CREATES(HANDLE_PROGRAM, cl_program, clLinkProgram,
    (cl_context context, cl_uint count, const cl_device_id *devices, const char *options,
        cl_uint program_count, const cl_program *programs, program_notify *notify, void *user,
        cl_int *error),
    (context, count, devices, options, program_count, programs, notify, user, error))
CREATES(HANDLE_KERNEL, cl_kernel, clCreateKernel,
    (cl_program program, const char *name, cl_int *error), (program, name, error))
CREATES(HANDLE_EVENT, cl_event, clCreateUserEvent, (cl_context context, cl_int *error),
    (context, error))

COUNTS(HANDLE_CONTEXT, cl_context, clRetainContext, made)
COUNTS(HANDLE_CONTEXT, cl_context, clReleaseContext, released)
COUNTS(HANDLE_QUEUE, cl_command_queue, clRetainCommandQueue, made)
COUNTS(HANDLE_QUEUE, cl_command_queue, clReleaseCommandQueue, released)
COUNTS(HANDLE_MEMORY, cl_mem, clRetainMemObject, made)
COUNTS(HANDLE_MEMORY, cl_mem, clReleaseMemObject, released)
COUNTS(HANDLE_PROGRAM, cl_program, clRetainProgram, made)
COUNTS(HANDLE_PROGRAM, cl_program, clReleaseProgram, released)
COUNTS(HANDLE_KERNEL, cl_kernel, clRetainKernel, made)
COUNTS(HANDLE_KERNEL, cl_kernel, clReleaseKernel, released)
COUNTS(HANDLE_EVENT, cl_event, clRetainEvent, made)
COUNTS(HANDLE_EVENT, cl_event, clReleaseEvent, released)

CL_API_ENTRY void CL_API_CALL clSVMFree(cl_context context, void *memory)
{
    NEXT(clSVMFree);
    original(context, memory);
    atomic_fetch_add(&counts->released[HANDLE_MEMORY], memory != NULL);
}

CL_API_ENTRY cl_int CL_API_CALL clCreateKernelsInProgram(
    cl_program program, cl_uint count, cl_kernel *kernels, cl_uint *made)
{
    NEXT(clCreateKernelsInProgram);
    cl_uint number = 0;
    cl_int result = original(program, count, kernels, &number);
    if (made != NULL)
        *made = number;
    if (result == CL_SUCCESS && kernels != NULL)
        atomic_fetch_add(&counts->made[HANDLE_KERNEL], number);
    return result;
}

ENQUEUES(clEnqueueNDRangeKernel,
    (cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
        const size_t *global, const size_t *local, cl_uint waits, const cl_event *wait,
        cl_event *event),
    (queue, kernel, dimensions, offset, global, local, waits, wait, event))
ENQUEUES(clEnqueueReadBuffer,
    (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
        void *host, cl_uint waits, const cl_event *wait, cl_event *event),
    (queue, buffer, blocking, offset, size, host, waits, wait, event))
ENQUEUES(clEnqueueWriteBuffer,
    (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
        const void *host, cl_uint waits, const cl_event *wait, cl_event *event),
    (queue, buffer, blocking, offset, size, host, waits, wait, event))
ENQUEUES(clEnqueueCopyBuffer,
    (cl_command_queue queue, cl_mem source, cl_mem target, size_t source_offset,
        size_t target_offset, size_t size, cl_uint waits, const cl_event *wait, cl_event *event),
    (queue, source, target, source_offset, target_offset, size, waits, wait, event))
ENQUEUES(clEnqueueFillBuffer,
    (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size, size_t offset,
        size_t size, cl_uint waits, const cl_event *wait, cl_event *event),
    (queue, buffer, pattern, pattern_size, offset, size, waits, wait, event))
ENQUEUES(clEnqueueUnmapMemObject,
    (cl_command_queue queue, cl_mem memory, void *mapped, cl_uint waits, const cl_event *wait,
        cl_event *event),
    (queue, memory, mapped, waits, wait, event))
ENQUEUES(clEnqueueMarkerWithWaitList,
    (cl_command_queue queue, cl_uint waits, const cl_event *wait, cl_event *event),
    (queue, waits, wait, event))
ENQUEUES(clEnqueueBarrierWithWaitList,
    (cl_command_queue queue, cl_uint waits, const cl_event *wait, cl_event *event),
    (queue, waits, wait, event))

CL_API_ENTRY void *CL_API_CALL clEnqueueMapBuffer(cl_command_queue queue, cl_mem buffer,
    cl_bool blocking, cl_map_flags flags, size_t offset, size_t size, cl_uint waits,
    const cl_event *wait, cl_event *event, cl_int *error)
{
    NEXT(clEnqueueMapBuffer);
    void *mapped =
        original(queue, buffer, blocking, flags, offset, size, waits, wait, event, error);
    if (mapped != NULL && event != NULL)
        atomic_fetch_add(&counts->made[HANDLE_EVENT], 1);
    return mapped;
}
