/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl predict */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/commands.h"
#include "mnist-cl/setup.h"
#include "mnist-cl/watch.h"

enum { SIDE = 28, SHOWN = 3, MOST_TOGETHER = 500 };

static const char *device_selector, *gemm, *conv, *fit;
static uint64_t memory_limit;
static bool as_json, verbose;
static struct watch watch;

/* The pictures named on the command line. */
struct gallery {
    const char *const *paths;
    size_t count;
    char **errors;   /* why a picture could not be read; NULL: it could */
    uint8_t *pixels; /* [readable][size], in order */
    size_t readable;
    float *probabilities; /* [readable][classes] */
    uint32_t classes;
    const char *const *names; /* of the classes; NULL: numbers will do */
    struct nncl_picture_shape shape;
    size_t size; /* bytes of a picture */
    bool digits; /* pictures are fitted and centred as MNIST's are */
};

/* ---- Reading ---- */

/* Whether an argument is a picture and no model: by its first bytes, or its name if it is missing.
 */
static bool is_picture(const char *path)
{
    static const char signature[] = "\x89PNG\r\n\x1a\n";
    char begin[8] = {0};
    size_t length = strlen(path);
    FILE *file = fopen(path, "rb");
    bool is = false;
    if (file) {
        is = fread(begin, 1, sizeof begin, file) == sizeof begin &&
             memcmp(begin, signature, sizeof begin) == 0;
        fclose(file);
    }
    const char *ending = length > 4 ? path + length - 4 : "";
    return is || strcmp(ending, ".png") == 0 || strcmp(ending, ".PNG") == 0;
}

static bool gallery_create(struct gallery *gallery)
{
    gallery->errors = calloc(gallery->count, sizeof *gallery->errors);
    gallery->pixels = calloc(gallery->count, gallery->size);
    gallery->probabilities = calloc(gallery->count * gallery->classes, sizeof(float));
    return gallery->errors && gallery->pixels && gallery->probabilities;
}

static void gallery_free(struct gallery *gallery)
{
    for (size_t i = 0; gallery->errors && i < gallery->count; i++)
        free(gallery->errors[i]);
    free(gallery->errors);
    free(gallery->pixels);
    free(gallery->probabilities);
}

static enum nncl_status read_picture(const struct gallery *gallery, const char *path)
{
    uint8_t *pixels = gallery->pixels + gallery->readable * gallery->size;
    return gallery->digits ? nncl_picture_read(path, pixels)
                           : nncl_picture_read_whole(path, &gallery->shape, pixels);
}

/* Reads all pictures; one that is bad does not keep the others from being read. Returns the first
 * failure, each having been said. */
static enum nncl_status read_pictures(struct gallery *gallery)
{
    enum nncl_status first = NNCL_OK;
    for (size_t i = 0; i < gallery->count; i++) {
        enum nncl_status status = read_picture(gallery, gallery->paths[i]);
        if (status == NNCL_OK) {
            gallery->readable++;
            continue;
        }
        message_status(status);
        gallery->errors[i] = strdup(nncl_last_error());
        if (!gallery->errors[i])
            return NNCL_OUT_OF_MEMORY;
        first = first == NNCL_OK ? status : first;
    }
    return first;
}

/* What the model takes and gives. Without --fit, a model of grey pictures of 28 x 28 whose classes
 * have no names reads digits. */
static int set_form(const struct nncl_model *model, struct gallery *gallery)
{
    const struct nncl_picture_shape *shape = &nncl_model_get_input(model)->shape;
    const bool could = shape->height == SIDE && shape->width == SIDE && shape->channels == 1;
    gallery->shape = *shape;
    gallery->size = (size_t)shape->height * shape->width * shape->channels;
    gallery->classes = nncl_model_classes(model);
    gallery->names = nncl_model_class_names(model);
    gallery->digits = fit ? strcmp(fit, "digit") == 0 : could && !gallery->names;
    if (gallery->digits && !could)
        return message_fail(NNCL_USAGE,
            "--fit digit needs a model of grey pictures of 28 x 28, not of %u x %u x %u",
            shape->height, shape->width, shape->channels);
    if (shape->channels == 1 || shape->channels == 3)
        return NNCL_OK;
    return message_fail(NNCL_BAD_DATA,
        "the model takes %u x %u x %u features, not grey or coloured pictures", shape->height,
        shape->width, shape->channels);
}

static enum nncl_status compute(
    struct nncl_device *device, const struct nncl_model *model, struct gallery *gallery)
{
    const struct nncl_predictor_options settings = {.type = NNCL_UINT8, .gemm = gemm};
    const size_t batch = gallery->readable < MOST_TOGETHER ? gallery->readable : MOST_TOGETHER;
    struct nncl_predictor *predictor = NULL;
    enum nncl_status status = nncl_predictor_create(device, model, batch, &settings, &predictor);
    if (status == NNCL_OK)
        status = nncl_predictor_run(
            predictor, gallery->pixels, gallery->readable, gallery->probabilities, NULL);
    nncl_predictor_free(&predictor);
    return status;
}

/* ---- Showing ---- */

/* The most probable classes, best first. Returns how many there are, at most SHOWN. */
static size_t rank(const float *probabilities, uint32_t classes, uint32_t best[SHOWN])
{
    size_t count = 0;
    for (uint32_t class = 0; class < classes; class ++) {
        size_t at = count;
        while (at > 0 && probabilities[class] > probabilities[best[at - 1]])
            at--;
        if (at == SHOWN)
            continue;
        size_t end = count < SHOWN ? count++ : SHOWN - 1;
        memmove(best + at + 1, best + at, (end - at) * sizeof *best);
        best[at] = class;
    }
    return count;
}

static void add_line(struct output *output, const struct gallery *gallery, const char *path,
    const float *probabilities)
{
    uint32_t best[SHOWN];
    size_t count = rank(probabilities, gallery->classes, best);
    output_add(output, "%s:", path);
    for (size_t i = 0; i < count; i++) {
        output_add(output, "%s ", i == 0 ? "" : i == 1 ? ", then" : ",");
        if (gallery->names)
            output_add(output, "%s", gallery->names[best[i]]);
        else
            output_add(output, "%u", best[i]);
        output_add(output, " (%.4f)", (double)probabilities[best[i]]);
    }
    output_add(output, "\n");
}

static int print_text(const struct gallery *gallery)
{
    struct output output = {0};
    const float *probabilities = gallery->probabilities;
    for (size_t i = 0; i < gallery->count; i++) {
        if (gallery->errors[i])
            continue;
        add_line(&output, gallery, gallery->paths[i], probabilities);
        probabilities += gallery->classes;
    }
    return output_print(&output);
}

static json_t *guess_json(const struct gallery *gallery, const float *probabilities, uint32_t class)
{
    json_t *guess = json_pack("{s:i, s:o}", "class", (int)class, "probability",
        json_number((double)probabilities[class]));
    if (gallery->names)
        json_object_set_new(guess, "label", json_text(gallery->names[class]));
    return guess;
}

static json_t *picture_json(
    const struct gallery *gallery, const char *path, const float *probabilities)
{
    uint32_t best[SHOWN];
    size_t count = rank(probabilities, gallery->classes, best);
    json_t *next = json_array();
    for (size_t i = 1; i < count; i++)
        json_array_append_new(next, guess_json(gallery, probabilities, best[i]));
    json_t *picture = guess_json(gallery, probabilities, best[0]);
    json_object_set_new(picture, "file", json_text(path));
    json_object_set_new(picture, "next", next);
    return picture;
}

static int print_json(const struct gallery *gallery)
{
    json_t *pictures = json_array();
    const float *probabilities = gallery->probabilities;
    for (size_t i = 0; i < gallery->count; i++) {
        if (gallery->errors[i]) {
            json_array_append_new(
                pictures, json_pack("{s:o, s:o}", "file", json_text(gallery->paths[i]), "error",
                              json_text(gallery->errors[i])));
            continue;
        }
        json_array_append_new(pictures, picture_json(gallery, gallery->paths[i], probabilities));
        probabilities += gallery->classes;
    }
    return watch_print_json(&watch, json_pack("{s:o}", "predictions", pictures));
}

/* ---- The command ---- */

/* Reads and computes what can be read. Returns an exit status: that of the first bad picture if all
 * else went well. *shown: there is something to print. */
static int predict(const struct nncl_model *model, struct nncl_device *device,
    struct gallery *gallery, bool *shown)
{
    if (!gallery_create(gallery))
        return message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the pictures");
    enum nncl_status bad = read_pictures(gallery);
    trace_stage(watch.trace, "predict");
    enum nncl_status status = gallery->readable > 0 ? compute(device, model, gallery) : NNCL_OK;
    trace_stage(watch.trace, NULL);
    int exit_status = setup_exit_status(status);
    *shown = exit_status == NNCL_OK;
    return exit_status != NNCL_OK ? exit_status : (int)bad;
}

static int run_on(const char *model_path, struct gallery *gallery)
{
    struct nncl_model *model = NULL;
    struct nncl_device *device = NULL;
    bool shown = false;
    int status = watch_begin(&watch);
    if (status == NNCL_OK)
        status = setup_exit_status(setup_device(device_selector, memory_limit, &device));
    if (status == NNCL_OK)
        status = (int)setup_convolution(conv, device);
    if (status == NNCL_OK)
        status = setup_exit_status(watch_device(&watch, device));
    trace_stage(watch.trace, "read data");
    if (status == NNCL_OK)
        status = message_status(setup_model(model_path, &model));
    if (status == NNCL_OK)
        status = set_form(model, gallery);
    if (status == NNCL_OK)
        status = predict(model, device, gallery, &shown);
    if (shown) {
        int printed = as_json ? print_json(gallery) : print_text(gallery);
        if (printed == NNCL_OK && !as_json)
            printed = watch_print(&watch);
        status = status != NNCL_OK ? status : printed;
    }
    gallery_free(gallery);
    nncl_device_close(&device);
    nncl_model_free(&model);
    return watch_end(&watch, status);
}

static int run(const char *const *arguments, size_t count)
{
    if (verbose)
        nncl_log_set(message_log, NULL, NNCL_LOG_DEBUG);
    if (fit && strcmp(fit, "digit") != 0 && strcmp(fit, "whole") != 0)
        return message_fail(NNCL_USAGE, "--fit needs digit or whole, not \"%s\"", fit);
    bool has_model = !is_picture(arguments[0]);
    if (has_model && count == 1)
        return message_fail(NNCL_USAGE,
            "predict needs pictures: mnist-cl predict [MODEL] FILE.png...; \"%s\" is none",
            arguments[0]);
    struct gallery gallery = {.paths = arguments + has_model, .count = count - has_model};
    return run_on(has_model ? arguments[0] : NULL, &gallery);
}

static const struct option options[] = {SETUP_OPTION_DEVICE(device_selector),
    SETUP_OPTION_GEMM(gemm), SETUP_OPTION_CONV(conv),
    {.name = "fit",
        .kind = OPTION_TEXT,
        .value = &fit,
        .argument = "HOW",
        .help = "bring pictures into form: digit (centred) or whole (only scaled)"},
    {.name = "json", .kind = OPTION_FLAG, .value = &as_json, .help = "print JSON instead of lines"},
    SETUP_OPTION_MEM_LIMIT(memory_limit), WATCH_OPTION_PROFILE(watch), WATCH_OPTION_TRACE(watch),
    SETUP_OPTION_VERBOSE(verbose), {.name = NULL}};

const struct command predict_command = {.name = "predict",
    .arguments = "[MODEL] FILE.png...",
    .fewest = 1,
    .most = SIZE_MAX,
    .summary = "tell what pictures show",
    .details =
        "Pictures may be of any size, grey or coloured, dark on light or light on dark: the digit "
        "is\n"
        "fitted and centred as MNIST's are. For a model whose classes have names, or of other\n"
        "pictures than MNIST's, they are only scaled; --fit chooses. Each line has the digit, its "
        "probability and the next\n"
        "two. Without MODEL the last model that \"mnist-cl train\" saved is used.",
    .options = options,
    .run = run};
