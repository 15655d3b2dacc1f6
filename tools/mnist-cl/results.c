/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/results.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "common/output.h"
#include "mnist-cl/canvas.h"
#include "mnist-cl/examples.h"
#include "mnist-cl/scores.h"

enum { WRONG = 24, RIGHT = 12 };

/* A picture of the data set as PNG in base64. */
static json_t *png_json(const struct nncl_dataset_source *source, size_t row)
{
    struct canvas canvas = {0};
    uint8_t *bytes = NULL;
    size_t size = 0;
    json_t *text = NULL;
    if (canvas_create(source->shape.width, source->shape.height, 0, &canvas) == NNCL_OK) {
        canvas_draw_row(&canvas, 0, 0, 1, source, row);
        if (canvas_encode(&canvas, &bytes, &size) == NNCL_OK) {
            unsigned char *encoded = malloc(4 * ((size + 2) / 3) + 1);
            if (encoded && EVP_EncodeBlock(encoded, bytes, (int)size) >= 0)
                text = json_string((const char *)encoded);
            free(encoded);
        }
    }
    free(bytes);
    canvas_free(&canvas);
    return text;
}

static json_t *example_json(const struct nncl_dataset_source *source, const struct example *example)
{
    return json_pack("{s:I, s:i, s:i, s:o, s:o}", "row", (json_int_t)example->row, "label",
        (int)example->label, "predicted", (int)example->predicted, "probability",
        json_number((double)example->probability), "png", png_json(source, example->row));
}

static json_t *examples_json(
    const struct nncl_dataset_source *source, const float *probabilities, bool wrong)
{
    struct examples examples;
    if (examples_find(source, probabilities, wrong, wrong ? WRONG : RIGHT, &examples) != NNCL_OK)
        return NULL;
    json_t *array = json_array();
    for (size_t i = 0; i < examples.count; i++)
        if (json_array_append_new(array, example_json(source, &examples.items[i])) != 0) {
            json_decref(array);
            array = NULL;
            break;
        }
    examples_free(&examples);
    return array;
}

enum nncl_status results_find(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *test, const char *gemm, struct nncl_evaluation *evaluation,
    json_t **results)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(test);
    const size_t classes = nncl_model_classes(model);
    float *p = malloc(source->rows * classes * sizeof *p);
    if (!p)
        return NNCL_OUT_OF_MEMORY;
    const struct nncl_evaluation_options settings = {.gemm = gemm, .probabilities = p};
    enum nncl_status status = nncl_evaluate(device, model, test, &settings, evaluation);
    if (status == NNCL_OK && results)
        *results = json_pack("{s:o, s:{s:o, s:o}}", "evaluation",
            scores_json(evaluation, nncl_model_class_names(model)), "examples", "wrong",
            examples_json(source, p, true), "right", examples_json(source, p, false));
    free(p);
    return status;
}
