/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The diagnosis of a machine without devices, on made-up machines. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "device/machine.h"
#include "support.h"

static const char usual_loader[] = "/usr/lib/x86_64-linux-gnu/libOpenCL.so.1";

static void make_machine(void)
{
    support_folder_make();
    for (size_t i = 0; machine_variables[i]; i++)
        unsetenv(machine_variables[i]);
}

TestSuite(diagnose, .init = make_machine, .fini = support_folder_remove);

/* Writes a file of the made-up machine; its path starts with no slash. */
static void put(const char *path, const char *text)
{
    char *folder = text_format("%s/%s", support_folder(), path);
    *strrchr(folder, '/') = 0;
    cr_assert_eq(folder_make(folder), NNCL_OK);
    free(folder);
    cr_assert_eq(nncl_file_write(path, text, strlen(text)), NNCL_OK, "%s", nncl_last_error());
}

static char *diagnosis(const char *loader)
{
    const struct machine machine = {support_folder(), loader};
    struct text text = {0};
    cr_assert_eq(diagnose_machine(&machine, &text), NNCL_OK, "%s", nncl_last_error());
    return text.bytes;
}

static void expect_says(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "\"%s\" is not in:\n%s", part, text);
}

static void expect_silent(const char *text, const char *part)
{
    cr_expect_null(strstr(text, part), "\"%s\" is in:\n%s", part, text);
}

Test(diagnose, an_empty_machine)
{
    char *text = diagnosis(usual_loader);
    expect_says(text, usual_loader);
    expect_says(text, "/etc/OpenCL/vendors:\n  none\n");
    expect_says(text, "none in /dev/dri");
    expect_says(text, "sudo apt install pocl-opencl-icd");
    expect_says(text, "--device ref");
    expect_silent(text, "nvidia");
    expect_silent(text, "RUSTICL_ENABLE");
    free(text);
}

Test(diagnose, each_driver_and_whether_it_opens)
{
    put("etc/OpenCL/vendors/a.icd", "libm.so.6\n");
    put("etc/OpenCL/vendors/b.icd", "libabsent-opencl.so.1 \r\n");
    put("etc/OpenCL/vendors/c.icd", "");
    put("etc/OpenCL/vendors/README", "libm.so.6\n");
    char *text = diagnosis(usual_loader);
    expect_says(text, "a.icd: libm.so.6 opens\n");
    expect_says(text, "b.icd: libabsent-opencl.so.1 does not open: libabsent-opencl.so.1: cannot");
    expect_says(text, "c.icd: names no library");
    expect_silent(text, "README");
    free(text);
}

Test(diagnose, nvidias_library_without_its_icd)
{
    put("usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1", "");
    char *text = diagnosis(usual_loader);
    expect_says(text, "no .icd file names it");
    expect_says(text, "echo libnvidia-opencl.so.1 | sudo tee");
    expect_says(text, "/etc/OpenCL/vendors/nvidia.icd");
    free(text);
    put("etc/OpenCL/vendors/nvidia.icd", "libnvidia-opencl.so.1\n");
    text = diagnosis(usual_loader);
    expect_silent(text, "no .icd file names it");
    free(text);
}

Test(diagnose, pocl_needs_sys)
{
    put("etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    char *text = diagnosis(usual_loader);
    expect_says(text, "because /sys is not mounted");
    free(text);
    put("sys/devices/system/cpu/present", "0-1\n");
    text = diagnosis(usual_loader);
    expect_silent(text, "/sys is not mounted");
    free(text);
}

Test(diagnose, rusticl_needs_its_variable)
{
    put("etc/OpenCL/vendors/rusticl.icd", "libRusticlOpenCL.so.1\n");
    char *text = diagnosis(usual_loader);
    expect_says(text, "export RUSTICL_ENABLE=");
    free(text);
    setenv("RUSTICL_ENABLE", "radeonsi", 1);
    text = diagnosis(usual_loader);
    expect_silent(text, "export RUSTICL_ENABLE=");
    expect_says(text, "RUSTICL_ENABLE=radeonsi");
    free(text);
}

Test(diagnose, render_nodes_and_their_group)
{
    put("dev/dri/renderD128", "");
    put("dev/dri/card0", "");
    cr_assert_eq(chmod("dev/dri/renderD128", 0060), 0);
    cr_assert(geteuid() != 0 || chown("dev/dri/renderD128", 0, 54321) == 0);
    char *text = diagnosis(usual_loader);
    expect_says(text, "/dev/dri/renderD128: mode 0060, group ");
    if (geteuid() == 0)
        expect_says(text, "group 54321, open to you");
    else
        expect_says(text, "sudo usermod -aG ");
    expect_silent(text, "card0");
    free(text);
}

Test(diagnose, the_package_for_the_hardware)
{
    put("sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n");
    put("sys/bus/pci/devices/0000:00:02.0/vendor", "0x8086\n");
    put("sys/bus/pci/devices/0000:01:00.0/class", "0x030200\n");
    put("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
    put("sys/bus/pci/devices/0000:02:00.0/class", "0x020000\n"); /* no display */
    put("sys/bus/pci/devices/0000:02:00.0/vendor", "0x1002\n");
    char *text = diagnosis(usual_loader);
    expect_says(text, "install intel-opencl-icd");
    expect_says(text, "install nvidia-opencl-icd");
    expect_silent(text, "mesa-opencl-icd");
    free(text);
    put("sys/class/drm/card1/device/vendor", "0x1002\n");
    text = diagnosis(usual_loader);
    expect_says(text, "install mesa-opencl-icd, or rocm-opencl-icd");
    free(text);
}

Test(diagnose, variables_move_the_loader)
{
    put("elsewhere/a.icd", "libm.so.6\n");
    put("etc/OpenCL/vendors/b.icd", "libm.so.6\n");
    char *folder = text_format("%s/elsewhere", support_folder());
    char *file = text_format("%s/elsewhere/a.icd", support_folder());
    const struct {
        const char *variable, *value, *says;
    } cases[] = {{"OPENCL_VENDOR_PATH", folder, "elsewhere/a.icd: libm.so.6 opens"},
        {"OCL_ICD_VENDORS", folder, "elsewhere/a.icd: libm.so.6 opens"},
        {"OCL_ICD_VENDORS", file, "elsewhere/a.icd: libm.so.6 opens"},
        {"OCL_ICD_VENDORS", "libm.so.6", "  libm.so.6 opens"},
        {"OCL_ICD_VENDORS", "x", "x:\n  none"},
        {"OCL_ICD_FILENAMES", "libm.so.6:libabsent.so", "  libabsent.so does not open"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setenv(cases[i].variable, cases[i].value, 1);
        char *text = diagnosis(usual_loader);
        expect_says(text, cases[i].says);
        expect_says(text, cases[i].variable);
        expect_silent(text, "b.icd");
        free(text);
        unsetenv(cases[i].variable);
    }
    free(folder);
    free(file);
}

Test(diagnose, condas_loader_looks_in_its_own_folder)
{
    put("etc/OpenCL/vendors/b.icd", "libm.so.6\n");
    setenv("CONDA_PREFIX", "/opt/conda/envs/x", 1);
    char *text = diagnosis("/opt/conda/envs/x/lib/libOpenCL.so.1");
    expect_says(text, "/opt/conda/envs/x/etc/OpenCL/vendors:\n  none");
    expect_says(text, "export OCL_ICD_VENDORS=/etc/OpenCL/vendors");
    free(text);
    text = diagnosis(usual_loader);
    expect_says(text, "b.icd");
    expect_silent(text, "export OCL_ICD_VENDORS");
    free(text);
}

Test(diagnose, a_users_folder_is_not_told)
{
    setenv("HOME", "/home/somebody", 1);
    setenv("CONDA_PREFIX", "/home/somebody/miniconda3", 1);
    char *text = diagnosis("/home/somebody/miniconda3/lib/libOpenCL.so.1");
    expect_silent(text, "somebody");
    expect_says(text, "~/miniconda3/lib/libOpenCL.so.1");
    free(text);
}

Test(diagnose, opening_without_a_driver_gives_the_diagnosis)
{
    setenv("OCL_ICD_VENDORS", support_folder(), 1);
    struct nncl_device *device = NULL;
    cr_assert_eq(nncl_device_open(NULL, &device), NNCL_NO_DEVICE);
    expect_says(nncl_last_error(), "no OpenCL device was found");
    expect_says(nncl_last_error(), "OpenCL loader: ");
    expect_says(nncl_last_error(), "--device ref");
    cr_assert_eq(nncl_device_open("ref", &device), NNCL_OK);
    nncl_device_close(&device);
    struct nncl_device_list *list = NULL;
    cr_assert_eq(nncl_device_list_create(&list), NNCL_OK);
    cr_expect_eq(nncl_device_list_count(list), 0);
    nncl_device_list_free(&list);
    cr_expect_neq(nncl_opencl_loader()[0], 0);
}
