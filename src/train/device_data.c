/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/status.h"
#include "data/dataset.h"
#include "device/device.h"
#include "train/parameters.h"

/* A model remembers the normalisation it was trained with: features that come in otherwise would
 * give results that are wrong without a sign of it. */
static enum nncl_status check_normalisation(
    const struct nncl_model *model, const struct nncl_dataset_source *source, const char *name)
{
    const struct nncl_model_input *input = nncl_model_get_input(model);
    if (source->scale == input->scale && source->shift == input->shift)
        return NNCL_OK;
    return nncl_fail(NNCL_USAGE,
        "the %s enters the network as feature * %.9g + %.9g, but the model was made for feature * "
        "%.9g + %.9g; give both the same scale and shift",
        name, (double)source->scale, (double)source->shift, (double)input->scale,
        (double)input->shift);
}

enum nncl_status data_check(const struct nncl_model *model,
    const struct nncl_dataset_source *source, const char *name, bool labels)
{
    size_t has = dataset_row_features(&source->shape);
    size_t wants = dataset_row_features(&nncl_model_get_input(model)->shape);
    uint32_t classes = nncl_model_classes(model);
    if (has != wants)
        return nncl_fail(
            NNCL_USAGE, "the %s has %zu features a row, but the model takes %zu", name, has, wants);
    if (source->rows > UINT32_MAX)
        return nncl_fail(
            NNCL_USAGE, "the %s has %zu rows; at most 4294967295 are possible", name, source->rows);
    if (labels && !source->labels)
        return nncl_fail(NNCL_USAGE, "the %s has no labels", name);
    if (labels && source->classes > classes)
        return nncl_fail(NNCL_USAGE, "the %s has %u classes, but the model tells only %u apart",
            name, source->classes, classes);
    return check_normalisation(model, source, name);
}

/* All rows, which stay on the device; where it shares the host's memory they are there already. */
static enum nncl_status borrow(
    struct nncl_device *device, const struct nncl_dataset_source *source, struct device_data *data)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_shape features = {2, {source->rows, dataset_row_features(&source->shape)}},
                            column = {1, {source->rows}};
    TRY(tensor_borrow(device, source->type, &features, source->features, &data->features[0]));
    TRY(tensor_borrow(device, NNCL_UINT32, &column, source->labels, &data->labels[0]));
out:
    return status;
}

/* A staging buffer. */
static enum nncl_status create_part(struct nncl_device *device,
    const struct nncl_dataset_source *source, size_t rows, struct device_data *data, unsigned part)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_shape features = {2, {rows, dataset_row_features(&source->shape)}},
                            column = {1, {rows}};
    TRY(nncl_tensor_create(device, source->type, &features, &data->features[part]));
    TRY(nncl_tensor_create(device, NNCL_UINT32, &column, &data->labels[part]));
out:
    return status;
}

enum nncl_status device_data_upload(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *name, uint32_t piece, struct device_data *data)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    *data = (struct device_data){.gather = {.scale = source->scale, .shift = source->shift},
        .piece = piece,
        .dataset = dataset};
    TRY(data_check(model, source, name, true));
    data->rows = (uint32_t)source->rows;
    if (piece == 0)
        TRY(borrow(device, source, data));
    for (unsigned part = 0; piece && part < 2; part++)
        TRY(create_part(device, source, piece, data, part));
out:
    if (status != NNCL_OK)
        device_data_free(data);
    return status;
}

static uint64_t tensor_bytes(const struct nncl_tensor *tensor)
{
    return tensor ? tensor->buffer->bytes : 0;
}

uint64_t device_data_bytes(const struct device_data *data)
{
    uint64_t bytes = 0;
    for (unsigned part = 0; part < 2; part++)
        bytes += tensor_bytes(data->features[part]) + tensor_bytes(data->labels[part]);
    return bytes;
}

void device_data_free(struct device_data *data)
{
    for (unsigned part = 0; part < 2; part++) {
        nncl_tensor_free(&data->features[part]);
        nncl_tensor_free(&data->labels[part]);
    }
}
