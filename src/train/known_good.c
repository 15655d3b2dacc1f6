/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Verdicts of the check before a training, one file each in the cache folder. A file that is
 * damaged or cannot be written only means that the check runs again. */
#include "train/known_good.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/version.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "device/device.h"
#include "gemm/tuning.h"
#include "train/checkpoint.h"

/* What the verdict depends on; NULL without memory. */
static char *describe(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_fit_options *options)
{
    const struct nncl_device_info *info = nncl_device_get_info(device);
    const struct nncl_picture_shape *shape = &nncl_model_get_input(model)->shape;
    const struct nncl_dataset_source *source = nncl_dataset_get(train);
    char tuning[GEMM_TUNING_KEY];
    gemm_tuning_key(device, tuning);
    char *settings = settings_of_step(options);
    if (!settings)
        return NULL;
    char *text =
        text_format("a training step was checked\ndevice: %s\nplatform: %s\ndriver: %s\nnncl: %s\n"
                    "CLBlast: %s\nproducts: %s\nconvolution: %d\nnetwork: %u x %u x %u, %s\nloss: "
                    "%s\n%sfeatures: %s%s\n",
            info->name, info->platform, info->driver, nncl_version(), nncl_clblast_version(),
            tuning, (int)device->convolution, (unsigned)shape->height, (unsigned)shape->width,
            (unsigned)shape->channels, nncl_model_text(model),
            nncl_loss_name(nncl_model_loss(model)), settings,
            source->type == NNCL_UINT8 ? "bytes" : "floats", source->shift != 0 ? ", shifted" : "");
    free(settings);
    return text;
}

/* The file for a description: its name is the description's 64-bit FNV-1a hash. */
static char *verdict_path(const char *description)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *c = description; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    char *name = text_format("checked-%016" PRIx64 ".txt", hash), *path = NULL;
    if (name && cache_path(name, &path) != NNCL_OK)
        nncl_log(NNCL_LOG_DEBUG, "the check's verdict is not kept: %s", nncl_last_error());
    free(name);
    return path;
}

/* Kernels that someone is editing are never known good. */
static bool kernels_replaced(void)
{
    const char *folder = getenv("NNCL_CL_DIR");
    return folder && folder[0];
}

bool known_good(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_fit_options *options)
{
    if (device_is_host(device))
        return true;
    if (kernels_replaced())
        return false;
    char *description = describe(device, model, train, options);
    char *path = description ? verdict_path(description) : NULL;
    uint8_t *bytes = NULL;
    size_t size;
    bool good = path && file_read(path, 65536, &bytes, &size) == NNCL_OK &&
                strcmp((const char *)bytes, description) == 0;
    free(bytes);
    free(path);
    free(description);
    return good;
}

void remember_good(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_fit_options *options)
{
    if (kernels_replaced())
        return;
    char *description = describe(device, model, train, options);
    char *path = description ? verdict_path(description) : NULL;
    if (path && nncl_file_write(path, description, strlen(description)) != NNCL_OK)
        nncl_log(NNCL_LOG_WARNING, "%s; the device is checked again next time", nncl_last_error());
    free(path);
    free(description);
}
