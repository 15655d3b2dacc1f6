/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a model is made of. A kind of layer is one table of functions: src/model/layer_<name>.c,
 * with its name in src/model/meson.build; nothing else knows one layer from another. */
#ifndef NNCL_MODEL_MODEL_H
#define NNCL_MODEL_MODEL_H

#include <stdalign.h>
#include <stdbool.h>

#include <nncl/model.h>
#include <nncl/ops.h>

#include "base/text.h"
#include "model/words.h"

enum {
    LAYER_ATTRIBUTE_BYTES = 32,
    LAYER_NAME_BYTES = 32,
    LAYER_MAX_PARAMETERS = 4,
    LAYER_MAX_KEPT = 4,
    MODEL_MAX_LAYERS = 1000,
    MODEL_MAX_TEXT = 65536
};

/* Ops count elements with 32 bits; this holds for a layer's output and for all parameters together,
 * whose bytes must be countable as well. */
#define MODEL_MAX_ELEMENTS (SIZE_MAX / 8 < INT32_MAX ? SIZE_MAX / 8 : (size_t)INT32_MAX)

struct model_layer {
    const struct layer_type *type;
    struct nncl_shape input, output; /* without the batch */
    size_t first_parameter, parameter_count;
    char name[LAYER_NAME_BYTES]; /* by which later layers know it; "": none */
    size_t joined;               /* if the type joins: the other layer's index */
    alignas(8) unsigned char attributes[LAYER_ATTRIBUTE_BYTES]; /* the type's own struct */
};

enum initialiser {
    INITIALISE_ZERO,
    INITIALISE_ONE,
    INITIALISE_WEIGHT /* by the initialiser asked for, which knows the fans */
};

/* What a layer says of one of its parameters. */
struct parameter_form {
    const char *name;                    /* "weight"; static storage */
    struct nncl_shape shape;             /* in memory */
    unsigned stored_axis[NNCL_MAX_RANK]; /* axis i in a file is this one in memory */
    enum initialiser initialiser;
    size_t fan_in, fan_out;
    bool statistic; /* no optimizer trains it: the layer's `update` does */
};

struct model_parameter {
    struct nncl_parameter base;
    struct parameter_form form;
};

/* The pass that an op list makes. */
struct model_pass {
    bool training; /* else layers act as in inference: nothing is dropped, statistics stand */
    uint64_t seed; /* training: keys what is drawn at random … */
    nncl_tensor_id state; /* … together with the step in this state, [NNCL_STATE_SIZE] */
};

/* The tensors of a layer in an op list: what its backward pass may need. Pictures stand in op lists
 * as rows, [N, height · width · channels], in the order [height][width][channels] (NHWC); the sizes
 * are those of layer->input and layer->output. */
struct layer_record {
    const struct model_pass *pass; /* for forward; set, as are: */
    size_t index;                  /* of the layer: keeps random numbers of two layers apart */
    nncl_tensor_id input;
    nncl_tensor_id joined; /* if the type joins: the other layer's output */
    nncl_tensor_id parameter[LAYER_MAX_PARAMETERS];

    nncl_tensor_id output;               /* for forward to set */
    nncl_tensor_id kept[LAYER_MAX_KEPT]; /* what else forward keeps for backward, as it likes */
};

/* What an output channel goes through: y = x · scale + shift. */
struct layer_scale {
    double scale, shift;
};

/* A kind of layer. Functions that have nothing to do are NULL. */
struct layer_type {
    const char *name;
    bool activation;   /* may stand behind another layer's words: "dense 128 relu" */
    bool left_to_loss; /* at a network's end categorical cross-entropy computes it by itself */
    const char *words; /* that may follow, in any order, for messages; NULL: none */
    bool joins; /* takes a second input of the same shape, an earlier layer's output, whose name is
                   its only word */

    /* Reads the words behind the name into layer->attributes. */
    enum nncl_status (*parse)(struct model_layer *layer, struct words *words);
    /* Appends those words in their canonical form, each with a space in front. */
    void (*write)(const struct model_layer *layer, struct text *text);
    /* Sets layer->output from layer->input; the output is the input where this is NULL. `name` is
     * at the layer's name, for words_fail. */
    enum nncl_status (*shape)(struct model_layer *layer, const struct words *name);
    /* Fills in the forms of its parameters and returns their number. */
    size_t (*parameters)(
        const struct model_layer *layer, struct parameter_form forms[LAYER_MAX_PARAMETERS]);

    /* Appends the ops that make record->output, [N, …], from record->input. */
    enum nncl_status (*forward)(
        const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record);
    /* Appends the ops that make, from the gradient dy of the output, the gradient of each parameter
     * but statistics and, unless dx is NULL, of the input. All are assigned. */
    enum nncl_status (*backward)(const struct model_layer *layer, struct nncl_op_list *list,
        const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
        nncl_tensor_id *dx);
    /* Appends the ops that bring the layer's statistics up to date at the end of a training step,
     * in which nothing may change unless batch_loss is finite. */
    enum nncl_status (*update)(const struct model_layer *layer, struct nncl_op_list *list,
        const struct layer_record *record, nncl_tensor_id batch_loss);

    /* For folding (src/model/fold.c). What the layer does to a channel in inference, if that is all
     * it does; parameters: its own. */
    struct layer_scale (*scaling)(
        const struct model_layer *layer, const struct model_parameter *parameters, size_t channel);
    /* Of products with weights, outputs along their last axis, and perhaps a bias, in this order:
     * makes it a product with a bias. */
    void (*give_bias)(struct model_layer *layer);
};

/* All kinds of layers, in the order of src/model/meson.build; NULL behind the last one. */
extern const struct layer_type *const layer_types[];

struct nncl_model {
    struct nncl_model_input input;
    enum nncl_loss loss;
    char *text;
    struct model_layer *layers;
    size_t layer_count;
    struct model_parameter *parameters;
    size_t parameter_count;
    size_t elements;                /* of all parameters */
    const char *const *class_names; /* one piece of memory; NULL: none */
};

/* A model of a network's text form whose parameters have no values yet, so that a file's claims
 * cost no memory. Errors: as nncl_model_create. */
enum nncl_status model_outline(
    const char *text, const struct nncl_model_input *input, struct nncl_model **model);

/* Gives the parameters of an outline their values, zeros. */
enum nncl_status model_allocate(struct nncl_model *model);

/* Adds the layers that `text` names to a model that has its input only, and sets its text. `source`
 * says where the text comes from, for messages. */
enum nncl_status model_parse(struct nncl_model *model, const char *source, const char *text);

/* Sets the model's text, the canonical form of its layers; freed with the model. */
enum nncl_status model_write_text(struct nncl_model *model);

/* Products of numbers that a layer makes of one row: its weights are used once for each pixel of
 * its output. */
double model_layer_products(const struct nncl_model *model, const struct model_layer *layer);

/* The shape of a row that enters the first layer, and of one that leaves the last. */
struct nncl_shape model_input_shape(const struct nncl_model *model);
const struct nncl_shape *model_output(const struct nncl_model *model);

#endif
