/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Finding the devices. Every query may fail: then that field stays as it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "device/list.h"
#include "device/opencl.h"

/* Queries of extensions, by number: headers of 2020 lack some of them. */
enum {
    QUERY_UUID = 0x106A,       /* cl_khr_device_uuid */
    QUERY_PCI = 0x410F,        /* cl_khr_pci_bus_info */
    QUERY_NV_PCI_BUS = 0x4008, /* cl_nv_device_attribute_query */
    QUERY_NV_PCI_SLOT = 0x4009,
    QUERY_NV_PCI_DOMAIN = 0x400A,
    QUERY_AMD_TOPOLOGY = 0x4037, /* cl_amd_device_attribute_query */
    QUERY_SUBGROUPS = 0x105C     /* OpenCL 2.1 */
};

enum { MIN_ALIGNMENT = 64 }; /* for vectors of 16 floats, whatever a driver promises */

/* How a property is stored in struct nncl_device_info. */
enum field { FIELD_TEXT, FIELD_UINT32, FIELD_UINT64, FIELD_SIZE, FIELD_BOOL };

static const struct property {
    cl_device_info query;
    enum field field;
    size_t offset, size;
} properties[] = {
#define PROPERTY(query, field, member)                                                             \
    {                                                                                              \
        query, field, offsetof(struct nncl_device_info, member),                                   \
            sizeof(((struct nncl_device_info *)NULL)->member)                                      \
    }
    PROPERTY(CL_DEVICE_NAME, FIELD_TEXT, name),
    PROPERTY(CL_DEVICE_VENDOR, FIELD_TEXT, vendor),
    PROPERTY(CL_DRIVER_VERSION, FIELD_TEXT, driver),
    PROPERTY(CL_DEVICE_VERSION, FIELD_TEXT, version),
    PROPERTY(CL_DEVICE_OPENCL_C_VERSION, FIELD_TEXT, c_version),
    PROPERTY(CL_DEVICE_MAX_COMPUTE_UNITS, FIELD_UINT32, compute_units),
    PROPERTY(CL_DEVICE_MAX_CLOCK_FREQUENCY, FIELD_UINT32, clock_mhz),
    PROPERTY(CL_DEVICE_GLOBAL_MEM_SIZE, FIELD_UINT64, global_memory),
    PROPERTY(CL_DEVICE_MAX_MEM_ALLOC_SIZE, FIELD_UINT64, max_allocation),
    PROPERTY(CL_DEVICE_LOCAL_MEM_SIZE, FIELD_UINT64, local_memory),
    PROPERTY(CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, FIELD_UINT64, global_cache),
    PROPERTY(CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE, FIELD_UINT32, cache_line),
    PROPERTY(CL_DEVICE_MAX_WORK_GROUP_SIZE, FIELD_SIZE, max_work_group),
    PROPERTY(CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT, FIELD_UINT32, preferred_vector_float),
    PROPERTY(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, FIELD_UINT32, native_vector_float),
    PROPERTY(CL_DEVICE_HOST_UNIFIED_MEMORY, FIELD_BOOL, unified_memory),
    PROPERTY(CL_DEVICE_AVAILABLE, FIELD_BOOL, available),
    PROPERTY(CL_DEVICE_COMPILER_AVAILABLE, FIELD_BOOL, compiler),
#undef PROPERTY
};

/* Cuts trailing and leading blanks: names of some CPUs have both. */
static void trim(char *text)
{
    size_t skip = strspn(text, " ");
    memmove(text, text + skip, strlen(text + skip) + 1);
    for (size_t size = strlen(text); size > 0 && text[size - 1] == ' ';)
        text[--size] = 0;
}

/* The start of `long_text` as far as it fits. */
static void copy_text(char *to, size_t size, const char *long_text)
{
    snprintf(to, size, "%.*s", (int)size - 1, long_text);
    trim(to);
}

/* A text property in full, to be freed; NULL if the query fails. */
static char *query_text(cl_device_id id, cl_device_info query)
{
    size_t size = 0;
    if (clGetDeviceInfo(id, query, 0, NULL, &size) != CL_SUCCESS || size == 0)
        return NULL;
    char *text = calloc(size + 1, 1);
    if (text && clGetDeviceInfo(id, query, size, text, NULL) != CL_SUCCESS) {
        free(text);
        text = NULL;
    }
    return text;
}

static bool query(cl_device_id id, cl_device_info what, size_t size, void *value)
{
    return clGetDeviceInfo(id, what, size, value, NULL) == CL_SUCCESS;
}

static void read_property(
    cl_device_id id, const struct property *property, struct nncl_device_info *info)
{
    void *field = (char *)info + property->offset;
    cl_bool yes;
    size_t size;
    char *text;
    switch (property->field) {
    case FIELD_TEXT:
        text = query_text(id, property->query);
        if (text)
            copy_text(field, property->size, text);
        free(text);
        break;
    case FIELD_UINT32:
    case FIELD_UINT64:
        query(id, property->query, property->size, field);
        break;
    case FIELD_SIZE:
        if (query(id, property->query, sizeof size, &size))
            *(uint64_t *)field = size;
        break;
    case FIELD_BOOL:
        if (query(id, property->query, sizeof yes, &yes))
            *(bool *)field = yes;
        break;
    }
}

static bool has_extension(const char *extensions, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = extensions; (at = strstr(at, name)); at += length)
        if ((at == extensions || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0))
            return true;
    return false;
}

/* A device that says to be several kinds is an emulator on the host's processor. */
static enum nncl_device_kind read_kind(cl_device_id id, bool unified)
{
    cl_device_type type = 0;
    query(id, CL_DEVICE_TYPE, sizeof type, &type);
    if (type & CL_DEVICE_TYPE_CPU)
        return NNCL_DEVICE_CPU;
    if (type & CL_DEVICE_TYPE_GPU)
        return unified ? NNCL_DEVICE_IGPU : NNCL_DEVICE_GPU;
    return NNCL_DEVICE_ACCELERATOR;
}

static void read_uuid(cl_device_id id, const char *extensions, struct nncl_device_info *info)
{
    info->has_uuid = has_extension(extensions, "cl_khr_device_uuid") &&
                     query(id, QUERY_UUID, sizeof info->uuid, info->uuid);
}

/* AMD's answer: a type that must be 1 (PCI Express), padding, then bus, device and function. */
static bool read_amd_topology(cl_device_id id, uint32_t pci[4])
{
    unsigned char topology[24] = {0};
    cl_uint type;
    if (!query(id, QUERY_AMD_TOPOLOGY, sizeof topology, topology))
        return false;
    memcpy(&type, topology, sizeof type);
    pci[0] = 0;
    for (int i = 1; i < 4; i++)
        pci[i] = topology[20 + i];
    return type == 1;
}

static bool read_nv_pci(cl_device_id id, uint32_t pci[4])
{
    cl_uint slot = 0;
    if (!query(id, QUERY_NV_PCI_BUS, sizeof pci[1], &pci[1]) ||
        !query(id, QUERY_NV_PCI_SLOT, sizeof slot, &slot))
        return false;
    if (!query(id, QUERY_NV_PCI_DOMAIN, sizeof pci[0], &pci[0]))
        pci[0] = 0;
    pci[2] = slot >> 3; /* the slot's lower three bits are the function */
    pci[3] = slot & 7;
    return true;
}

static void read_pci(cl_device_id id, const char *extensions, struct nncl_device_info *info)
{
    if (has_extension(extensions, "cl_khr_pci_bus_info"))
        info->has_pci = query(id, QUERY_PCI, sizeof info->pci, info->pci);
    if (!info->has_pci && has_extension(extensions, "cl_nv_device_attribute_query"))
        info->has_pci = read_nv_pci(id, info->pci);
    if (!info->has_pci && has_extension(extensions, "cl_amd_device_attribute_query"))
        info->has_pci = read_amd_topology(id, info->pci);
    static const uint32_t nowhere[4] = {0};
    if (memcmp(info->pci, nowhere, sizeof nowhere) == 0)
        info->has_pci = false;
}

/* Notes which of the extensions that matter the device has. */
static void note_extensions(const char *extensions, struct nncl_device_info *info)
{
    static const char *const used[] = {"cl_khr_fp16", "cl_khr_fp64", "cl_khr_subgroups",
        "cl_khr_command_buffer", "cl_khr_device_uuid", "cl_khr_pci_bus_info",
        "cl_nv_device_attribute_query", "cl_amd_device_attribute_query"};
    struct text text = {0};
    for (size_t i = 0; i < sizeof used / sizeof *used; i++)
        if (has_extension(extensions, used[i]))
            text_append(&text, "%s ", used[i]);
    if (!text.failed && text.size > 0)
        copy_text(info->extensions, sizeof info->extensions, text.bytes);
    free(text.bytes);
}

static void read_extensions(cl_device_id id, struct nncl_device_info *info)
{
    char *all = query_text(id, CL_DEVICE_EXTENSIONS);
    const char *extensions = all ? all : "";
    cl_uint count = 0;
    note_extensions(extensions, info);
    info->fp16 = has_extension(extensions, "cl_khr_fp16");
    info->fp64 = has_extension(extensions, "cl_khr_fp64");
    info->command_buffers = has_extension(extensions, "cl_khr_command_buffer");
    info->subgroups =
        has_extension(extensions, "cl_khr_subgroups") ||
        (info->opencl_major >= 3 && query(id, QUERY_SUBGROUPS, sizeof count, &count) && count > 0);
    read_uuid(id, extensions, info);
    read_pci(id, extensions, info);
    free(all);
}

static void read_sizes(cl_device_id id, struct nncl_device_info *info)
{
    cl_uint bits = 0;
    size_t items[8] = {0}; /* one per dimension, of which devices may have more than three */
    cl_device_local_mem_type local = CL_NONE;
    cl_uint dimensions = 0;
    if (query(id, CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS, sizeof dimensions, &dimensions) &&
        dimensions <= 8 &&
        query(id, CL_DEVICE_MAX_WORK_ITEM_SIZES, dimensions * sizeof *items, items))
        for (int i = 0; i < 3; i++)
            info->max_work_items[i] = items[i];
    query(id, CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof bits, &bits);
    info->base_alignment = bits / 8 > MIN_ALIGNMENT ? bits / 8 : MIN_ALIGNMENT;
    query(id, CL_DEVICE_LOCAL_MEM_TYPE, sizeof local, &local);
    info->dedicated_local_memory = local == CL_LOCAL;
}

static void read_device(cl_device_id id, struct nncl_device_info *info)
{
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
        read_property(id, &properties[i], info);
    if (sscanf(info->version, "OpenCL %u.%u", &info->opencl_major, &info->opencl_minor) != 2)
        info->opencl_major = info->opencl_minor = 0;
    info->kind = read_kind(id, info->unified_memory);
    info->alias_of = -1;
    read_sizes(id, info);
    read_extensions(id, info);
}

static enum nncl_status list_add(struct nncl_device_list *list, const char *platform_name,
    cl_platform_id platform, unsigned platform_number, cl_device_id id, unsigned number)
{
    struct device_record *grown = realloc(list->records, (list->count + 1) * sizeof *list->records);
    if (!grown)
        return nncl_fail_memory("the list of devices", (list->count + 1) * sizeof *grown);
    list->records = grown;
    struct device_record *record = &grown[list->count];
    *record = (struct device_record){.platform = platform, .device = id};
    read_device(id, &record->info);
    copy_text(record->info.platform, sizeof record->info.platform, platform_name);
    snprintf(record->info.id, sizeof record->info.id, "%u:%u", platform_number, number);
    enum nncl_status status = pretend_limits(&record->info);
    if (status == NNCL_OK)
        list->count++;
    return status;
}

/* The platform's devices of one type; 0 if it has none. *ids is to be freed. */
static cl_uint find_devices(
    cl_platform_id platform, const char *name, cl_device_type type, cl_device_id **ids)
{
    cl_uint count = 0;
    cl_int error = clGetDeviceIDs(platform, type, 0, NULL, &count);
    *ids = NULL;
    if (error == CL_SUCCESS && count > 0) {
        *ids = calloc(count, sizeof **ids);
        if (*ids)
            error = clGetDeviceIDs(platform, type, count, *ids, NULL);
    }
    if (error == CL_SUCCESS && *ids)
        return count;
    /* Custom devices are unknown to OpenCL 1.1; to have none is an error code too. */
    if (error != CL_SUCCESS && error != CL_DEVICE_NOT_FOUND && type == CL_DEVICE_TYPE_ALL)
        nncl_log(NNCL_LOG_WARNING,
            "the OpenCL platform \"%s\" is left out: clGetDeviceIDs: %s (%d)", name,
            opencl_error_name(error), (int)error);
    return 0;
}

static enum nncl_status add_platform(
    struct nncl_device_list *list, cl_platform_id platform, unsigned platform_number)
{
    char name[256] = "unnamed platform";
    clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name, name, NULL);
    const cl_device_type types[] = {CL_DEVICE_TYPE_ALL, CL_DEVICE_TYPE_CUSTOM};
    unsigned number = 0; /* custom devices are not part of "all" and count on behind */
    enum nncl_status status = NNCL_OK;
    for (int i = 0; i < 2; i++) {
        cl_device_id *ids;
        cl_uint count = find_devices(platform, name, types[i], &ids);
        for (cl_uint d = 0; d < count && status == NNCL_OK; d++)
            status = list_add(list, name, platform, platform_number, ids[d], number++);
        free(ids);
    }
    return status;
}

enum nncl_status devices_enumerate(struct nncl_device_list *list)
{
    cl_uint count = 0;
    cl_int error = clGetPlatformIDs(0, NULL, &count);
    if (error != CL_SUCCESS || count == 0) {
        nncl_log(NNCL_LOG_DEBUG, "no OpenCL platform: clGetPlatformIDs: %s (%d)",
            opencl_error_name(error), (int)error);
        return NNCL_OK;
    }
    cl_platform_id *platforms = calloc(count, sizeof *platforms);
    if (!platforms)
        return nncl_fail_memory("the list of platforms", count * sizeof *platforms);
    enum nncl_status status = NNCL_OK;
    if (clGetPlatformIDs(count, platforms, NULL) == CL_SUCCESS)
        for (cl_uint p = 0; p < count && status == NNCL_OK; p++)
            status = add_platform(list, platforms[p], p);
    free(platforms);
    return status;
}
