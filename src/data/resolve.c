/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where MNIST is taken from: the order is the one of nncl_mnist_open. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "data/digits.h"
#include "data/download.h"
#include "data/idx_set.h"
#include "data/loaded.h"
#include "data/mnist.h"

/* Loads whatever kind of data set a folder holds. */
static enum nncl_status load_any(const char *folder, struct nncl_mnist *mnist)
{
    const struct idx_layout *layout = NULL;
    bool found = false;
    struct text missing = {0};
    enum nncl_status status = idx_set_find(folder, &layout);
    if (status != NNCL_OK || layout)
        return status != NNCL_OK ? status : idx_set_load(folder, layout, mnist);
    status = cifar_load(folder, &found, mnist);
    if (status == NNCL_OK && !found)
        status = png_folder_load(folder, &found, mnist);
    if (status != NNCL_OK || found)
        return status;
    (void)mnist_folder_is_complete(folder, &missing);
    status = nncl_fail(NNCL_BAD_DATA,
        "it lacks %s (looked for each file plain and with .gz, and spelt as %s), nor are there the "
        "files of EMNIST, QMNIST or CIFAR-10, or PNG pictures in train/<class>/; put files there "
        "or "
        "name another folder",
        missing.failed ? "some files" : missing.bytes, mnist_files[0].dotted);
    free(missing.bytes);
    return status;
}

/* A folder the user asked for: an error if it is not good. `origin` says who named it. */
static enum nncl_status open_explicit(
    const char *folder, const char *origin, struct nncl_mnist *mnist)
{
    enum nncl_status status = load_any(folder, mnist);
    if (status != NNCL_OK)
        return nncl_fail_while(status, "cannot take data from the folder %s (%s)", folder, origin);
    return NNCL_OK;
}

/* A folder that may have MNIST. NNCL_BAD_DATA: it has not; a damaged one is worth a warning. */
static enum nncl_status open_if_genuine(const char *folder, struct nncl_mnist *mnist)
{
    if (!mnist_folder_is_complete(folder, NULL))
        return NNCL_BAD_DATA;
    enum nncl_status status = mnist_folder_load(folder, mnist);
    if (status == NNCL_BAD_DATA)
        nncl_log(NNCL_LOG_WARNING, "passing over the folder %s: %s", folder, nncl_last_error());
    return status;
}

static enum nncl_status open_below(const char *base, size_t length, struct nncl_mnist *mnist)
{
    static const char *const places[] = {"nncl/mnist", "mnist"};
    enum nncl_status status = NNCL_BAD_DATA;
    for (size_t i = 0; i < sizeof places / sizeof places[0] && status == NNCL_BAD_DATA; i++) {
        char *folder = text_format("%.*s/%s", (int)length, base, places[i]);
        if (!folder)
            return nncl_fail_memory("a folder's name", length);
        status = open_if_genuine(folder, mnist);
        free(folder);
    }
    return status;
}

/* The system's folders are those of the XDG base directory specification. */
static enum nncl_status open_system(struct nncl_mnist *mnist)
{
    const char *folders = getenv("XDG_DATA_DIRS");
    if (!folders || !folders[0])
        folders = "/usr/local/share:/usr/share";
    enum nncl_status status = NNCL_BAD_DATA;
    while (folders && status == NNCL_BAD_DATA) {
        const char *colon = strchr(folders, ':');
        size_t length = colon ? (size_t)(colon - folders) : strlen(folders);
        if (folders[0] == '/')
            status = open_below(folders, length, mnist);
        folders = colon ? colon + 1 : NULL;
    }
    return status;
}

/* Fetches what `folder` lacks and opens it. Without a network that fails with NNCL_FAILED. */
static enum nncl_status open_download(const char *folder, struct nncl_mnist *mnist)
{
    enum nncl_status status = folder_make(folder);
    if (status == NNCL_OK)
        status = download_mnist(folder);
    return status == NNCL_OK ? mnist_folder_load(folder, mnist) : status;
}

static enum nncl_status open_generated(struct nncl_mnist *mnist)
{
    struct nncl_mnist new = {.source = "generated digits", .generated = true};
    enum nncl_status status = digits_draw(&new.train, &new.test);
    if (status == NNCL_OK)
        *mnist = new;
    return status;
}

/* The user named no folder. `own` is nncl's own folder, NULL if there is no place for one. */
static enum nncl_status open_anywhere(const char *own, struct nncl_mnist *mnist)
{
    enum nncl_status status = own ? open_if_genuine(own, mnist) : NNCL_BAD_DATA;
    if (status == NNCL_BAD_DATA)
        status = open_system(mnist);
    if (status == NNCL_BAD_DATA && own)
        status = open_download(own, mnist);
    if (status != NNCL_BAD_DATA && status != NNCL_FAILED)
        return status;
    nncl_log(NNCL_LOG_WARNING,
        "MNIST is not on this machine and could not be fetched (%s); digits drawn by nncl take its "
        "place",
        own ? nncl_last_error() : "neither XDG_DATA_HOME nor HOME is set");
    return open_generated(mnist);
}

enum nncl_status nncl_mnist_open(const char *folder, struct nncl_mnist *mnist)
{
    if (folder)
        return open_explicit(folder, "asked for", mnist);
    const char *named = getenv("NNCL_DATA_DIR");
    if (named && named[0])
        return open_explicit(named, "named by NNCL_DATA_DIR", mnist);
    char *own = NULL;
    enum nncl_status status = nncl_data_path("mnist", false, &own);
    if (status == NNCL_OUT_OF_MEMORY)
        return status;
    status = open_anywhere(own, mnist);
    free(own);
    return status;
}

void nncl_mnist_free(struct nncl_mnist *mnist)
{
    nncl_dataset_free(&mnist->train);
    nncl_dataset_free(&mnist->test);
    *mnist = (struct nncl_mnist){0};
}
