/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Ranking, aliases and selectors on made-up tables of devices. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "device/list.h"

enum { MAX_DEVICES = 8 };

/* A table of devices: filled in loader's order, then ranked. */
static struct device_record records[MAX_DEVICES];
static struct nncl_device_list list = {records, 0};

static struct nncl_device_info *add(enum nncl_device_kind kind, const char *id, const char *name,
    const char *platform, unsigned version, uint32_t units)
{
    struct nncl_device_info *info = &records[list.count++].info;
    *info = (struct nncl_device_info){.kind = kind,
        .opencl_major = version / 10,
        .opencl_minor = version % 10,
        .compute_units = units,
        .available = true,
        .compiler = true};
    snprintf(info->id, sizeof info->id, "%s", id);
    snprintf(info->name, sizeof info->name, "%s", name);
    snprintf(info->platform, sizeof info->platform, "%s", platform);
    return info;
}

static void at_pci(struct nncl_device_info *info, uint32_t bus)
{
    info->has_pci = true;
    info->pci[1] = bus;
}

static void with_uuid(struct nncl_device_info *info, uint8_t byte)
{
    info->has_uuid = true;
    memset(info->uuid, byte, sizeof info->uuid);
}

/* The integrated GPU comes first, as Intel's loader entry sorts before NVIDIA's. */
static void laptop(void)
{
    add(NNCL_DEVICE_IGPU, "0:0", "Intel(R) UHD Graphics 630", "Intel(R) OpenCL HD Graphics", 30,
        24);
    add(NNCL_DEVICE_CPU, "1:0", "pthread-haswell-Core i7", "Portable Computing Language", 30, 8);
    add(NNCL_DEVICE_GPU, "2:0", "NVIDIA GeForce GTX 1080", "NVIDIA CUDA", 30, 20);
}

static void rank(void)
{
    devices_rank(list.records, list.count);
}

static const struct nncl_device_info *named(const char *selector)
{
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(records[i].info.selector, selector) == 0)
            return &records[i].info;
    cr_assert_fail("no device is called %s", selector);
    return NULL;
}

static void expect_found(const char *selector, const char *id)
{
    size_t index = 99;
    enum nncl_status status = nncl_device_list_find(&list, selector, &index);
    cr_assert_eq(status, NNCL_OK, "%s: %s", selector, nncl_last_error());
    cr_expect_str_eq(records[index].info.id, id, "%s finds %s", selector, records[index].info.id);
}

static void expect_failure(const char *selector, enum nncl_status expected, const char *mentions)
{
    size_t index = 99;
    enum nncl_status status = nncl_device_list_find(&list, selector, &index);
    cr_expect_eq(status, expected, "\"%s\" gives %d", selector, status);
    cr_expect_eq(index, 99);
    cr_expect_not_null(
        strstr(nncl_last_error(), mentions), "\"%s\": %s", selector, nncl_last_error());
}

Test(rank, kinds_come_in_order)
{
    laptop();
    rank();
    cr_expect_str_eq(records[0].info.selector, "gpu0");
    cr_expect_str_eq(records[1].info.selector, "igpu0");
    cr_expect_str_eq(records[2].info.selector, "cpu0");
    cr_expect(records[0].info.automatic);
    cr_expect_not(records[1].info.automatic || records[2].info.automatic);
    for (int i = 0; i < 3; i++)
        cr_expect(records[i].info.eligible && records[i].info.alias_of == -1);
}

Test(rank, numbers_follow_version_units_and_memory)
{
    add(NNCL_DEVICE_GPU, "0:0", "few units", "A", 12, 10);
    add(NNCL_DEVICE_GPU, "0:1", "little memory", "A", 12, 20)->global_memory = 1;
    add(NNCL_DEVICE_GPU, "0:2", "much memory", "A", 12, 20)->global_memory = 2;
    add(NNCL_DEVICE_GPU, "0:3", "new", "A", 30, 5);
    rank();
    cr_expect_str_eq(named("gpu0")->name, "new");
    cr_expect_str_eq(named("gpu1")->name, "much memory");
    cr_expect_str_eq(named("gpu2")->name, "little memory");
    cr_expect_str_eq(named("gpu3")->name, "few units");
}

/* Twins differ in nothing but their place on the bus. */
static void rig(void)
{
    at_pci(add(NNCL_DEVICE_GPU, "0:0", "Twin", "A", 30, 20), 9);
    at_pci(add(NNCL_DEVICE_GPU, "0:1", "Twin", "A", 30, 20), 3);
    at_pci(add(NNCL_DEVICE_GPU, "0:2", "Big", "A", 30, 40), 5);
    at_pci(add(NNCL_DEVICE_GPU, "1:0", "Big (other driver)", "B", 12, 40), 5);
    add(NNCL_DEVICE_CPU, "2:0", "CPU", "PoCL", 30, 8);
}

Test(rank, names_do_not_depend_on_the_order_of_enumeration)
{
    for (unsigned turn = 0; turn < 5; turn++) {
        list.count = 0;
        rig();
        for (unsigned i = 0; i < 5; i++) { /* reverse, then rotate */
            struct device_record other = records[i];
            unsigned j = (turn + 5 - i) % 5;
            if (j > i) {
                records[i] = records[j];
                records[j] = other;
            }
        }
        rank();
        cr_expect_str_eq(named("gpu0")->name, "Big");
        cr_expect_eq(named("gpu1")->pci[1], 3);
        cr_expect_eq(named("gpu2")->pci[1], 9);
        cr_expect_str_eq(named("gpu3")->name, "Big (other driver)");
        cr_expect_str_eq(named("cpu0")->name, "CPU");
    }
}

Test(rank, one_gpu_through_two_drivers_is_an_alias)
{
    with_uuid(add(NNCL_DEVICE_GPU, "0:0", "AMD Radeon (radeonsi, rusticl)", "rusticl", 30, 36), 7);
    with_uuid(add(NNCL_DEVICE_GPU, "1:0", "gfx803", "AMD APP", 20, 36), 7);
    rank();
    cr_expect_str_eq(records[0].info.id, "0:0");
    cr_expect_eq(records[1].info.alias_of, 0);
    cr_expect_not(records[1].info.eligible);
    cr_expect(device_usable(&records[1].info));
    cr_expect_not_null(strstr(records[1].info.reason, "gpu0"), "%s", records[1].info.reason);
    expect_found("1:0", "1:0");
    expect_found("gpu1", "1:0");
    expect_failure("auto1", NNCL_NO_DEVICE, "gpu1");
}

Test(rank, pci_addresses_find_aliases_of_different_kinds)
{
    at_pci(add(NNCL_DEVICE_IGPU, "0:0", "a", "A", 30, 36), 7);
    at_pci(add(NNCL_DEVICE_GPU, "1:0", "b", "B", 12, 36), 7);
    rank();
    cr_expect_eq(named("igpu0")->alias_of, 0);
}

Test(rank, equal_names_addresses_of_one_platform_and_cpus_are_no_aliases)
{
    add(NNCL_DEVICE_GPU, "0:0", "GeForce", "A", 30, 36);
    add(NNCL_DEVICE_GPU, "1:0", "GeForce", "B", 30, 36);
    at_pci(add(NNCL_DEVICE_GPU, "2:0", "tile 0", "C", 30, 36), 7);
    at_pci(add(NNCL_DEVICE_GPU, "2:1", "tile 1", "C", 30, 36), 7);
    with_uuid(add(NNCL_DEVICE_CPU, "3:0", "CPU", "D", 30, 8), 7);
    with_uuid(add(NNCL_DEVICE_CPU, "4:0", "CPU", "E", 30, 8), 7);
    rank();
    for (size_t i = 0; i < list.count; i++)
        cr_expect(records[i].info.eligible, "%s: %s", records[i].info.id, records[i].info.reason);
}

Test(rank, a_better_driver_that_cannot_compute_has_no_aliases)
{
    struct nncl_device_info *broken = add(NNCL_DEVICE_GPU, "0:0", "a", "A", 30, 36);
    at_pci(broken, 7);
    broken->compiler = false;
    at_pci(add(NNCL_DEVICE_GPU, "1:0", "b", "B", 12, 36), 7);
    rank();
    cr_expect_str_eq(named("gpu0")->name, "b");
    cr_expect(named("gpu0")->automatic);
    cr_expect_eq(named("gpu1")->alias_of, -1);
    cr_expect_not_null(strstr(named("gpu1")->reason, "compiler"));
}

Test(rank, what_cannot_compute_has_a_reason)
{
    add(NNCL_DEVICE_GPU, "0:0", "off", "A", 30, 1)->available = false;
    add(NNCL_DEVICE_GPU, "0:1", "old", "A", 11, 1);
    add(NNCL_DEVICE_ACCELERATOR, "0:2", "fixed", "A", 12, 1)->compiler = false;
    rank();
    for (size_t i = 0; i < 3; i++) {
        cr_expect_not(records[i].info.eligible || records[i].info.automatic);
        cr_expect_neq(records[i].info.reason[0], 0);
    }
    expect_found("gpu", named("gpu0")->id);
    expect_failure("auto", NNCL_NO_DEVICE, "older than OpenCL 1.2");
}

Test(rank, emulators_are_a_last_resort)
{
    add(NNCL_DEVICE_ACCELERATOR, "0:0", "Intel(R) FPGA Emulation Device", "Intel(R) FPGA", 12, 8);
    rank();
    cr_expect(records[0].info.automatic && records[0].info.eligible);
    add(NNCL_DEVICE_CPU, "1:0", "CPU", "PoCL", 30, 2);
    rank();
    cr_expect(named("cpu0")->automatic);
    cr_expect(named("acc0")->eligible);
    expect_found("auto", "1:0");
    expect_found("auto1", "0:0");
    expect_found("emulation", "0:0");
}

Test(select, grammar)
{
    laptop();
    rank();
    expect_found("auto", "2:0");
    expect_found("auto0", "2:0");
    expect_found("auto1", "0:0");
    expect_found("auto2", "1:0");
    expect_found("cpu", "1:0");
    expect_found("CPU0", "1:0");
    expect_found("gpu", "2:0");
    expect_found("gpu0", "2:0");
    expect_found("gpu1", "0:0"); /* an integrated GPU is a GPU */
    expect_found("igpu", "0:0");
    expect_found("0:0", "0:0");
    expect_found("02:00", "2:0");
    expect_found("nvidia", "2:0");
    expect_found("GTX 1080", "2:0");
    expect_found("portable computing", "1:0");
    expect_failure("ref", NNCL_NO_DEVICE, "ref");
}

Test(select, an_integrated_gpu_alone_is_a_gpu)
{
    add(NNCL_DEVICE_IGPU, "0:0", "Iris", "Intel", 30, 24);
    rank();
    expect_found("gpu", "0:0");
    expect_found("gpu0", "0:0");
    expect_found("auto", "0:0");
}

Test(select, malformed_selectors_are_wrong_usage)
{
    laptop();
    rank();
    static const char *const bad[] = {
        "", " ", "0:", ":0", ":", "0:x", "0:1:2", "1234567:0", "gpu99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_failure(bad[i], NNCL_USAGE, "igpu0");
}

Test(select, no_match_lists_what_there_is)
{
    laptop();
    rank();
    static const char *const absent[] = {"gpu9", "cpu1", "acc", "7:0", "0:3", "gpu-0", "voodoo"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        expect_failure(absent[i], NNCL_NO_DEVICE, "gpu0 (2:0, NVIDIA GeForce GTX 1080");
        expect_failure(absent[i], NNCL_NO_DEVICE, absent[i]);
    }
}

Test(select, words_win_over_names)
{
    add(NNCL_DEVICE_GPU, "0:0", "GPU1 of many", "cpu maker", 30, 24);
    add(NNCL_DEVICE_CPU, "1:0", "processor", "PoCL", 30, 24);
    rank();
    expect_found("cpu", "1:0");
    expect_failure("gpu1", NNCL_NO_DEVICE, "gpu0");
    expect_found("gpu1 of", "0:0");
}

Test(select, a_part_of_several_names_is_ambiguous)
{
    add(NNCL_DEVICE_GPU, "0:0", "GeForce GTX 1080", "NVIDIA CUDA", 30, 24);
    add(NNCL_DEVICE_GPU, "0:1", "GeForce GTX 1080 Ti", "NVIDIA CUDA", 30, 28);
    rank();
    expect_failure("1080", NNCL_USAGE, "several devices");
    expect_failure("nvidia", NNCL_USAGE, "gpu1");
    expect_found("1080 ti", "0:1");
    expect_found("geforce gtx 1080", "0:0"); /* the whole name */
}

Test(select, a_device_wins_over_its_aliases)
{
    at_pci(add(NNCL_DEVICE_GPU, "0:0", "Radeon by rusticl", "rusticl", 12, 36), 7);
    at_pci(add(NNCL_DEVICE_GPU, "1:0", "Radeon", "AMD", 20, 36), 7);
    rank();
    expect_found("radeon", "1:0");
    expect_found("rusticl", "0:0");
}

Test(select, nothing_at_all)
{
    rank();
    expect_failure("auto", NNCL_NO_DEVICE, "ref");
    expect_failure("gpu0", NNCL_NO_DEVICE, "no OpenCL device was found");
    expect_failure("voodoo", NNCL_NO_DEVICE, "OpenCL loader: ");
    expect_failure("0:", NNCL_USAGE, "only ref");
}
