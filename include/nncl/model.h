/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Models: what a network is, with its parameters on the host, and its file format.
 *
 * Between layers go pictures [height, width, channels] or flat rows [features], as many as a batch
 * has. A picture lies in memory row by row, each pixel's channels together, as data come (NHWC). */
#ifndef NNCL_MODEL_H
#define NNCL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/loss.h>
#include <nncl/status.h>
#include <nncl/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nncl_model;

/* What goes into a network and comes out. */
struct nncl_model_input {
    struct nncl_picture_shape shape;
    float scale, shift; /* normalisation: feature · scale + shift; scale 0 means 1 */
    uint32_t classes;   /* what "classes" in a network's text stands for; 0: it is no word then */
};

/* Makes a model. `network` is the name of a preset ("mlp", see nncl_preset_get), the path of a file
 * that ends in ".nncl" and holds the text form, or the text form itself: layers from input to
 * output, separated by commas or ends of lines, as in
 *   "dense 128 relu, dense 10"
 * Behind a layer's name stand its own words and then activations, which may be layers of their own
 * as well. '#' begins a comment, to the end of the line. The layers are:
 * - dense N: fully connected, with bias: N outputs, or "classes" for as many as there are classes.
 *   Further word: "nobias"
 * - conv M HxW: convolution by M windows of H x W weights, with bias each. Further words, in any
 *   order: "same" pads the picture so that its size stays (without, only whole windows count),
 *   "stride N", "dilation N", "groups N", "nobias"
 * - maxpool N, avgpool N: the largest, or the mean, of each N x N (or HxW) pixels by channel, side
 *   by side. Further words: "same", "stride N"
 * - globalavgpool: the mean of all pixels by channel
 * - batchnorm: each channel of a picture, or feature of a row, minus its mean over the batch, over
 *   its standard deviation √(variance + epsilon), times a weight plus a bias. Further words:
 *   "momentum X" (0.1), "epsilon X" (1e-5). Inference takes running statistics instead: in training
 *   they move towards the batch's by the momentum's share (see nncl_op_batchnorm_running)
 * - layernorm: all values of a row or picture, for each one minus their mean over their standard
 *   deviation √(variance + epsilon), times a weight plus a bias each. Further words: "channels"
 *   (first), which takes the channels of each pixel together instead, and "epsilon X" (1e-5)
 * - lrn N: each value of a picture over (k + alpha · the squares of its pixel's N nearest
 *   channels)^beta; N is odd (5). Further words: "k X" (2), "alpha X" (1e-4, not divided by N),
 *   "beta X" (0.75)
 * - add NAME: what reaches it plus the output, of the same shape, of the earlier layer that
 *   "as NAME" gives that name: "conv 8 3x3 relu as start, ..., add start relu"
 * - dropout P: in training each number becomes 0 with probability P and the others grow
 * - flatten: a picture as a row of its numbers (dense does so by itself)
 * and the activations relu, leakyrelu [A] with slope A below 0 (0.01), elu [A] with depth A below 0
 * (1), gelu, gelutanh, silu, sigmoid, tanh, softplus and, of rows, softmax.
 * Behind any layer's words may stand "as NAME", a letter and then letters, digits, '-' and '_'.
 * The last layer's outputs are what the loss takes (nncl_model_set_loss): logits, unless it is the
 * mean squared error. A softmax at the end is the one that categorical cross-entropy takes anyway:
 * it is not applied twice.
 * The parameters are zero; see nncl_model_initialise. Free with nncl_model_free. Errors: NNCL_USAGE
 * naming the word, what was expected and the shape that reached it, or the file that cannot be
 * read; NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_model_create(
    const char *network, const struct nncl_model_input *input, struct nncl_model **model);

/* Frees the model and clears the pointer; *model may be NULL. Thread-safety: one thread a model. */
NNCL_API void nncl_model_free(struct nncl_model **model);

/* Draws the weights from the Glorot uniform distribution U(-r, r), r = √(6 / (inputs + outputs))
 * (Glorot and Bengio 2010, eq. 16), by Philox keyed with `seed`; biases become 0, and the
 * weights and variances of normalisations 1. The same seed gives the same bits on every machine.
 * Thread-safety: one thread a model. */
NNCL_API void nncl_model_initialise(struct nncl_model *model, uint64_t seed);

/* The same with another initialiser of the weights, by name, where "in" and "out" are the numbers
 * of inputs and outputs that a weight belongs to:
 * - glorot-uniform, glorot-normal: variance 2/(in + out) (Glorot and Bengio 2010)
 * - he-uniform, he-normal: variance 2/in (He et al. 2015)
 * - lecun-uniform, lecun-normal: variance 1/in (LeCun et al. 1998)
 * - orthogonal: the columns, or the rows if they are fewer, are orthonormal (Saxe et al. 2014)
 * - zeros, constant:X
 * Normal ones are not cut off, and their bits depend on the C library's log and cos. Errors:
 * NNCL_USAGE for an unknown name, nothing being changed; NNCL_OUT_OF_MEMORY. Thread-safety: one
 * thread a model. */
NNCL_API enum nncl_status nncl_model_initialise_by(
    struct nncl_model *model, const char *initialiser, uint64_t seed);

/* The model's text form, in full and owned by the model. Thread-safety: safe for reading. */
NNCL_API const char *nncl_model_text(const struct nncl_model *model);

/* The input the model was made for, owned by the model. Thread-safety: safe for reading. */
NNCL_API const struct nncl_model_input *nncl_model_get_input(const struct nncl_model *model);

/* Number of classes: outputs of the last layer. Thread-safety: safe for reading. */
NNCL_API uint32_t nncl_model_classes(const struct nncl_model *model);

/* Gives the classes these names (nncl_model_classes of them, copied, each 1 to 255 bytes of UTF-8),
 * which are saved with the model; NULL takes them away. Errors: NNCL_USAGE naming the class,
 * NNCL_OUT_OF_MEMORY. Thread-safety: one thread a model. */
NNCL_API enum nncl_status nncl_model_name_classes(
    struct nncl_model *model, const char *const *names);

/* The names of the classes, owned by the model; NULL if they have none, as digits do not need any.
 * Thread-safety: safe for reading. */
NNCL_API const char *const *nncl_model_class_names(const struct nncl_model *model);

/* Sets the loss that training makes small and evaluation tells, which is saved with the model; at
 * first it is NNCL_SPARSE_CATEGORICAL_CROSSENTROPY. It says how predictions become probabilities,
 * too: by softmax; for NNCL_BINARY_CROSSENTROPY by the sigmoid, of each output for itself; for
 * NNCL_MEAN_SQUARED_ERROR they are the outputs as they are, probabilities only if the last layer
 * makes them so ("dense 10 sigmoid"). Errors: NNCL_USAGE. Thread-safety: one thread a model. */
NNCL_API enum nncl_status nncl_model_set_loss(struct nncl_model *model, enum nncl_loss loss);

/* The model's loss. Thread-safety: safe for reading. */
NNCL_API enum nncl_loss nncl_model_loss(const struct nncl_model *model);

/* A loss's name, "sparse_categorical_crossentropy", "binary_crossentropy" or "mean_squared_error";
 * NULL if there is no such loss. Thread-safety: safe. */
NNCL_API const char *nncl_loss_name(enum nncl_loss loss);

/* The loss of that name, or of its short form "xent", "bce" or "mse". Errors: NNCL_USAGE naming
 * those that there are. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_loss_find(const char *name, enum nncl_loss *loss);

/* A layer as `summary` shows it. */
struct nncl_layer_info {
    const char *type;        /* "dense", "relu"; static storage */
    struct nncl_shape shape; /* of its output, without the batch */
    size_t parameters;       /* numbers trained in it */
    const char *name;        /* that "as" gives it, owned by the model; NULL: none */
    const char *joined;      /* of "add": the name of the layer added; NULL for others */
};

/* Number of layers, activations included, and layer `index` (below that) into *info.
 * Thread-safety: safe for reading. */
NNCL_API size_t nncl_model_layer_count(const struct nncl_model *model);
NNCL_API void nncl_model_layer(
    const struct nncl_model *model, size_t index, struct nncl_layer_info *info);

/* One parameter tensor. A dense layer has weight [inputs, outputs] and bias [outputs]. */
struct nncl_parameter {
    const char *name;        /* as in PyTorch's state_dict of an nn.Sequential: "0.weight" */
    struct nncl_shape shape; /* of `values`, row-major; a dense weight is stored transposed to this,
                                [outputs, inputs], in files */
    bool trained;            /* by the optimizer; else a statistic that training keeps up to date */
    float *values;           /* owned by the model; may be written */
};

/* Number of parameter tensors, and parameter `index` (below that), owned by the model.
 * Thread-safety: one thread a model for writing. */
NNCL_API size_t nncl_model_parameter_count(const struct nncl_model *model);
NNCL_API const struct nncl_parameter *nncl_model_parameter(
    const struct nncl_model *model, size_t index);

/* How a network is usually trained: for nncl_fit_options, where 0 and NULL are defaults, too. */
struct nncl_recipe {
    uint32_t epochs, batch_size;
    const char *optimizer;
    float learning_rate;
    const char *schedule;
    float label_smoothing;
    const char *augment;   /* as nncl_augmentation_parse reads it */
    const char *normalise; /* "unit" or "standard", as `mnist-cl train --normalise` has it */
};

/* A network known by name. */
struct nncl_preset {
    const char *name;     /* "mlp" */
    const char *network;  /* its text form, in which "classes" may stand */
    const char *summary;  /* what it is, in one line */
    const char *accuracy; /* what to expect on MNIST's test set: "0.976"; NULL: not measured */
    struct nncl_recipe recipe;
};

/* Number of presets, and preset `index` (below that); static storage. Thread-safety: safe. */
NNCL_API size_t nncl_preset_count(void);
NNCL_API const struct nncl_preset *nncl_preset_get(size_t index);

/* The preset of that name, in static storage; NULL if there is none. Thread-safety: safe. */
NNCL_API const struct nncl_preset *nncl_preset_find(const char *name);

/* Makes a model for inference of a trained one, to be freed with nncl_model_free: each batchnorm
 * right behind a dense or conv layer becomes part of that layer's weights and bias, of which it
 * gets one if it has none. It gives the same up to rounding; other layers, the input and the names
 * of the classes stay. What stands behind a product with a name ("as NAME") is not folded, since
 * the product's own output has another reader. Errors: NNCL_OUT_OF_MEMORY. Thread-safety: safe for
 * reading. */
NNCL_API enum nncl_status nncl_model_fold(
    const struct nncl_model *model, struct nncl_model **folded);

/* Writes the model in the safetensors format: float32 tensors, dense weights as [outputs, inputs],
 * the architecture, normalisation and class count in `__metadata__` (keys nncl.*; see
 * docs/model-format.md). No time, path or host goes into the file: equal models give equal bytes.
 * The file is written beside `path`, flushed and renamed, so a crash leaves the old file or the
 * new. Errors: NNCL_FAILED naming the path, NNCL_OUT_OF_MEMORY. Thread-safety: safe for reading. */
NNCL_API enum nncl_status nncl_model_save(const struct nncl_model *model, const char *path);

/* Reads what nncl_model_save wrote, every size and offset checked. Free with nncl_model_free.
 * Errors: NNCL_BAD_DATA naming the file and what is wrong with it, NNCL_OUT_OF_MEMORY.
 * Thread-safety: safe. */
NNCL_API enum nncl_status nncl_model_load(const char *path, struct nncl_model **model);

#ifdef __cplusplus
}
#endif
#endif
