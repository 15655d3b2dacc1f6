/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What applies to a device. */
#include <string.h>

#include "tune/tune.h"

struct nncl_tune_shape tune_public_shape(const struct tuning_shape *shape)
{
    return (struct nncl_tune_shape){
        shape->m, shape->n, shape->k, shape->transpose_a, shape->transpose_b};
}

void tune_report(const struct nncl_device *device, const struct tuning_database *database,
    const struct tuning_record *record,
    void (*report)(void *user, const struct nncl_tune_result *result), void *user)
{
    char parameters[TUNE_PARAMETERS_TEXT];
    if (!report)
        return;
    const struct gemm gemm = tuning_gemm(&record->shape);
    const struct gemm_parameters defaults = gemm_defaults(device, record->provider, &gemm);
    const struct gemm_provider *rule = gemm_built_in_rule(device, &gemm);
    const struct tuning_record *chosen = tuning_find(database, device, &gemm, NULL, rule);
    tuning_describe(record->provider, &record->parameters, parameters, sizeof parameters);
    const struct nncl_tune_result result = {.shape = tune_public_shape(&record->shape),
        .provider = record->provider->name,
        .parameters = parameters,
        .seconds = record->time.median,
        .spread = record->time.spread,
        .repetitions = record->time.repetitions,
        .default_seconds = record->by_default.median,
        .default_spread = record->by_default.spread,
        .is_default = memcmp(&record->parameters, &defaults, sizeof defaults) == 0,
        .chosen = (chosen ? chosen->provider : rule) == record->provider};
    report(user, &result);
}

/* Zeros leave the choice to the provider, as with CLBlast, whose own database knows GPUs. */
static bool is_providers_own(
    const struct gemm_provider *provider, const struct gemm_parameters *parameters)
{
    for (size_t i = 0; i < gemm_parameter_count(provider); i++)
        if (parameters->value[i] != 0)
            return false;
    return true;
}

enum nncl_status nncl_tune_list(struct nncl_device *device,
    void (*built_in)(void *user, const struct nncl_tune_built_in *built_in),
    void (*report)(void *user, const struct nncl_tune_result *result),
    void (*report_convolution)(void *user, const struct nncl_tune_convolution_result *result),
    void *user)
{
    const struct tuning_database *database = tuning_of_device(device);
    for (size_t i = 0; built_in && i < gemm_provider_count(); i++) {
        const struct gemm_provider *provider = gemm_provider_get(i);
        const struct gemm_built_in *values = gemm_built_in(device, provider);
        char parameters[TUNE_PARAMETERS_TEXT] = "";
        if (values && !is_providers_own(provider, &values->parameters))
            tuning_describe(provider, &values->parameters, parameters, sizeof parameters);
        const struct nncl_tune_built_in told = {.provider = provider->name,
            .family = gemm_family_name(values ? values->family : GEMM_ANY),
            .measured = values && values->measured,
            .parameters = parameters};
        built_in(user, &told);
    }
    for (size_t i = 0; report && i < database->count; i++)
        if (database->records[i].end == TUNING_MEASURED)
            tune_report(device, database, &database->records[i], report, user);
    for (size_t i = 0; i < database->convolution_count; i++)
        tune_report_convolution(
            device, database, &database->convolutions[i], report_convolution, user);
    return NNCL_OK;
}
