/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The diagnosis on hardware: render nodes and who may use them, graphics cards and their packages.
 */
#include <dirent.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "device/machine.h"

/* Calls `visit` for each entry of <root><folder> whose name starts with `start`; how many there
 * were. */
static unsigned each_entry(const struct machine *machine, const char *folder, const char *start,
    void (*visit)(const char *path, const char *shown, void *user), void *user)
{
    unsigned visited = 0;
    char *path = text_format("%s%s", machine->root, folder);
    struct dirent **entries = NULL;
    int count = path ? scandir(path, &entries, NULL, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        char *entry = text_format("%s/%s", path, name);
        if (entry && name[0] != '.' && strncmp(name, start, strlen(start)) == 0) {
            visit(entry, entry + strlen(machine->root), user);
            visited++;
        }
        free(entry);
        free(entries[i]);
    }
    free(entries);
    free(path);
    return visited;
}

static void describe_node(const char *path, const char *shown, void *user)
{
    struct text *text = user;
    struct stat node;
    if (stat(path, &node) != 0)
        return;
    char number[24], names[1024];
    struct group entry, *group = NULL;
    getgrgid_r(node.st_gid, &entry, names, sizeof names, &group);
    snprintf(number, sizeof number, "%u", (unsigned)node.st_gid);
    const char *name = group ? group->gr_name : number;
    text_append(text, "  %s: mode %04o, group %s, ", shown, (unsigned)(node.st_mode & 07777), name);
    if (access(path, R_OK | W_OK) == 0)
        text_append(text, "open to you\n");
    else
        text_append(text,
            "closed to you; this adds you to the group, from the next login on:\n"
            "    sudo usermod -aG %s $USER\n",
            name);
}

void diagnose_render_nodes(const struct machine *machine, struct text *text)
{
    text_append(text, "Render nodes, through which GPUs are reached:\n");
    if (each_entry(machine, "/dev/dri", "renderD", describe_node, text) == 0)
        text_append(text,
            "  none in /dev/dri: no GPU driver is loaded in the kernel, or a container "
            "does not pass them on\n");
}

/* Vendors of graphics hardware, by PCI number, and the Debian package with their OpenCL driver. */
static const struct vendor {
    unsigned long number;
    const char *name, *packages;
} vendors[] = {
    {0x10de, "NVIDIA", "sudo apt install nvidia-opencl-icd (from non-free)"},
    {0x1002, "AMD", "sudo apt install mesa-opencl-icd, or rocm-opencl-icd from AMD"},
    {0x8086, "Intel", "sudo apt install intel-opencl-icd"},
};

enum { VENDORS = sizeof vendors / sizeof *vendors };

/* A number that a file of /sys holds in hexadecimal; 0 if there is none. */
static unsigned long read_number(const char *folder, const char *file)
{
    char *path = text_format("%s/%s", folder, file);
    uint8_t *bytes = NULL;
    size_t size;
    unsigned long number = 0;
    if (path && file_exists(path) && file_read(path, 4096, &bytes, &size) == NNCL_OK)
        number = strtoul((char *)bytes, NULL, 16);
    free(bytes);
    free(path);
    return number;
}

static void note_vendor(unsigned long number, bool *seen)
{
    for (int i = 0; i < VENDORS; i++)
        if (vendors[i].number == number)
            seen[i] = true;
}

static void see_pci_device(const char *path, const char *shown, void *user)
{
    (void)shown;
    unsigned long class = read_number(path, "class") >> 16;
    if (class == 0x03 || class == 0x12) /* displays and processing accelerators */
        note_vendor(read_number(path, "vendor"), user);
}

static void see_card(const char *path, const char *shown, void *user)
{
    (void)shown;
    note_vendor(read_number(path, "device/vendor"), user);
}

void diagnose_hardware(const struct machine *machine, struct text *text)
{
    bool seen[VENDORS] = {0}, any = false;
    each_entry(machine, "/sys/bus/pci/devices", "", see_pci_device, seen);
    each_entry(machine, "/sys/class/drm", "card", see_card, seen);
    text_append(text, "Packages with a driver, on Debian and Ubuntu:\n");
    for (int i = 0; i < VENDORS; i++) {
        if (!seen[i])
            continue;
        any = true;
        text_append(
            text, "  %s graphics hardware is here: %s\n", vendors[i].name, vendors[i].packages);
    }
    text_append(text, "  %s: sudo apt install pocl-opencl-icd\n",
        any ? "for the processor"
            : "no graphics hardware known to nncl is here; for the processor");
}
