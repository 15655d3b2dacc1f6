/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/setup.h"

#include <string.h>

#include "common/messages.h"

const char *const setup_last_model = "last.safetensors";

enum nncl_status setup_device(const char *selector, uint64_t memory, struct nncl_device **device)
{
    enum nncl_status status = nncl_device_open(selector, device);
    if (status != NNCL_OK)
        return status;
    const struct nncl_device_info *info = nncl_device_get_info(*device);
    if (info->kind == NNCL_DEVICE_REF)
        message("device ref: plain C on the host, one thread (%s)", nncl_device_choice(*device));
    else
        message("device %s: %s, %s, driver %s, %u compute units (%s)", info->selector, info->name,
            info->platform, info->driver, info->compute_units, nncl_device_choice(*device));
    return memory ? nncl_device_limit_memory(*device, memory) : NNCL_OK;
}

enum nncl_status setup_convolution(const char *way, struct nncl_device *device)
{
    static const char *const ways[] = {[NNCL_CONVOLUTION_AUTO] = "auto",
        [NNCL_CONVOLUTION_DIRECT] = "direct",
        [NNCL_CONVOLUTION_PRODUCT] = "product"};
    for (size_t i = 0; way && i < sizeof ways / sizeof *ways; i++)
        if (strcmp(way, ways[i]) == 0) {
            nncl_device_set_convolution(device, (enum nncl_convolution)i);
            return NNCL_OK;
        }
    return way ? (enum nncl_status)message_fail(
                     NNCL_USAGE, "--conv needs auto, direct or product, not \"%s\"", way)
               : NNCL_OK;
}

enum nncl_status setup_data(const char *folder, const char *labels, struct nncl_mnist *mnist)
{
    enum nncl_status status = nncl_mnist_open(folder, mnist);
    if (status == NNCL_OK && labels)
        status = nncl_mnist_name_classes(mnist, labels);
    if (status != NNCL_OK)
        return status;
    bool other = mnist->name[0] && !mnist->genuine; /* of MNIST itself the folder is enough */
    message("data: %s%s%s%s, %zu pictures to train, %zu to test", mnist->source, other ? " (" : "",
        other ? mnist->name : "", other ? ")" : "", nncl_dataset_get(mnist->train)->rows,
        nncl_dataset_get(mnist->test)->rows);
    if (mnist->set_aside)
        message(
            "there is no folder of test pictures: a tenth of each class was set aside for that");
    if (mnist->generated)
        message(
            "warning: THESE ARE NOT MNIST's PICTURES. MNIST is not on this machine and could not "
            "be fetched, so nncl draws digits of its own: easier ones, whose accuracy says "
            "nothing about MNIST. Put MNIST's four files in a folder and give it with --data");
    return NNCL_OK;
}

enum nncl_status setup_normalisation(const struct nncl_model *model, struct nncl_mnist *mnist)
{
    const struct nncl_model_input *input = nncl_model_get_input(model);
    return nncl_dataset_normalise(mnist->test, input->scale, input->shift);
}

enum nncl_status setup_model(const char *path, struct nncl_model **model)
{
    char *last = NULL;
    enum nncl_status status = NNCL_OK;
    if (!path)
        status = nncl_data_path(setup_last_model, false, &last);
    if (status == NNCL_OK)
        status = nncl_model_load(path ? path : last, model);
    if (status == NNCL_OK)
        message("model %s: %s", path ? path : last, nncl_model_text(*model));
    else if (!path)
        message("no MODEL was given, which means the last one that \"mnist-cl train\" saved");
    nncl_free(last);
    return status;
}

int setup_exit_status(enum nncl_status status)
{
    int caught = nncl_interrupted();
    if (!caught)
        return message_status(status);
    nncl_interrupt_acknowledge();
    message("interrupted");
    return 128 + caught;
}
