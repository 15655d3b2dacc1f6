/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl data */
#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/commands.h"
#include "mnist-cl/inspect.h"
#include "mnist-cl/setup.h"
#include "mnist-cl/sheet.h"
#include "mnist-cl/train_data.h"

static const char *data_folder, *labels, *preview_path, *augment;
static struct nncl_augmentation augmentation;
static bool as_json, checks, verbose;

static const char *const split_names[] = {"training", "test"};

static const struct nncl_dataset_source *set_of(const struct nncl_mnist *mnist, int test)
{
    return nncl_dataset_get(test ? mnist->test : mnist->train);
}

/* ---- As text ---- */

static void add_origin(const struct nncl_mnist *mnist, struct output *output)
{
    const struct nncl_dataset_source *train = set_of(mnist, 0);
    output_add(output, "Source: %s\n", mnist->source);
    if (mnist->name[0])
        output_add(output, "Data set: %s\n", mnist->name);
    if (mnist->sha256[0])
        output_add(output, "SHA-256: %s (%s)\n", mnist->sha256,
            mnist->genuine ? "MNIST's own files" : "not MNIST's files");
    output_add(output, "Pictures: %u x %u, %u channel%s, %s\nClasses: %u\n\n", train->shape.width,
        train->shape.height, train->shape.channels, train->shape.channels == 1 ? "" : "s",
        train->type == NNCL_UINT8 ? "bytes" : "floats", train->classes);
}

static void add_sets(
    const struct nncl_mnist *mnist, const struct inspection *inspection, struct output *output)
{
    static const char *const titles[] = {"set", "pictures", "mean", "deviation"};
    struct table *table = table_create(4, ~1u);
    for (size_t i = 0; i < 4; i++)
        table_cell(table, "%s", titles[i]);
    for (int test = 0; test < 2; test++) {
        const struct nncl_dataset_report *report = test ? &inspection->test : &inspection->train;
        table_cell(table, "%s", split_names[test]);
        table_cell(table, "%zu", set_of(mnist, test)->rows);
        table_cell(table, "%.3f", report->mean);
        table_cell(table, "%.3f", report->deviation);
    }
    table_finish(&table, output);
}

static double percent(uint64_t part, size_t whole)
{
    return 100.0 * (double)part / (double)whole;
}

static void add_balance(
    const struct nncl_mnist *mnist, const struct inspection *inspection, struct output *output)
{
    static const char *const titles[] = {"class", "name", "training", "%", "test", "%"};
    const struct nncl_dataset_source *train = set_of(mnist, 0);
    uint64_t least = UINT64_MAX, most = 0;
    struct table *table = table_create(6, ~2u);
    for (size_t i = 0; i < 6; i++)
        table_cell(table, "%s", titles[i]);
    for (uint32_t class = 0; class < train->classes; class ++) {
        uint64_t rows = inspection->train.class_rows[class],
                 test_rows = inspection->test.class_rows[class];
        table_cell(table, "%u", class);
        table_cell(table, "%s", train->class_names ? train->class_names[class] : "");
        table_cell(table, "%llu", (unsigned long long)rows);
        table_cell(table, "%.2f", percent(rows, train->rows));
        table_cell(table, "%llu", (unsigned long long)test_rows);
        table_cell(table, "%.2f", percent(test_rows, set_of(mnist, 1)->rows));
        least = rows < least ? rows : least;
        most = rows > most ? rows : most;
    }
    output_add(output, "\n");
    table_finish(&table, output);
    if (least > 0)
        output_add(output, "Balance: the largest class has %.2f times as many as the smallest\n",
            (double)most / (double)least);
    else
        output_add(output, "Balance: some classes have no training picture\n");
}

static void add_check(const struct inspection *inspection, struct output *output)
{
    struct remark remarks[REMARKS_MOST];
    const size_t count = inspection_remarks(inspection, remarks);
    output_add(output, "\nCheck:\n");
    for (size_t i = 0; i < count; i++)
        output_add(output, "%8llu %s\n", (unsigned long long)remarks[i].count, remarks[i].text);
}

static int print_text(const struct nncl_mnist *mnist, const struct inspection *inspection)
{
    struct output output = {0};
    add_origin(mnist, &output);
    add_sets(mnist, inspection, &output);
    add_balance(mnist, inspection, &output);
    if (checks)
        add_check(inspection, &output);
    return output_print(&output);
}

/* ---- As JSON ---- */

static json_t *classes_json(const struct nncl_mnist *mnist, const struct inspection *inspection)
{
    const struct nncl_dataset_source *train = set_of(mnist, 0);
    json_t *classes = json_array();
    for (uint32_t class = 0; class < train->classes; class ++) {
        json_t *one = json_pack("{s:i, s:I, s:I}", "class", (int)class, "train_rows",
            (json_int_t)inspection->train.class_rows[class], "test_rows",
            (json_int_t)inspection->test.class_rows[class]);
        if (train->class_names)
            json_object_set_new(one, "label", json_text(train->class_names[class]));
        json_array_append_new(classes, one);
    }
    return classes;
}

static json_t *set_json(
    const struct nncl_dataset_source *source, const struct nncl_dataset_report *report)
{
    return json_pack("{s:I, s:o, s:o}", "rows", (json_int_t)source->rows, "mean",
        json_number(report->mean), "deviation", json_number(report->deviation));
}

static json_t *check_json(const struct inspection *inspection)
{
    struct remark remarks[REMARKS_MOST];
    const size_t count = inspection_remarks(inspection, remarks);
    json_t *check = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(check, remarks[i].key, json_integer((json_int_t)remarks[i].count));
    return check;
}

static int print_json(const struct nncl_mnist *mnist, const struct inspection *inspection)
{
    const struct nncl_dataset_source *train = set_of(mnist, 0);
    json_t *document = json_pack("{s:o, s:s, s:s, s:b, s:b, s:[i,i,i], s:o, s:o, s:o}", "source",
        json_text(mnist->source), "name", mnist->name, "sha256", mnist->sha256, "genuine",
        (int)mnist->genuine, "generated", (int)mnist->generated, "shape", (int)train->shape.height,
        (int)train->shape.width, (int)train->shape.channels, "train",
        set_json(train, &inspection->train), "test", set_json(set_of(mnist, 1), &inspection->test),
        "classes", classes_json(mnist, inspection));
    if (checks && document)
        json_object_set_new(document, "check", check_json(inspection));
    return json_print(document);
}

/* ---- The command ---- */

static enum nncl_status look(struct nncl_mnist *mnist, struct inspection *inspection)
{
    enum nncl_status status = preview_path ? nncl_file_writable(preview_path) : NNCL_OK;
    if (status == NNCL_OK)
        status = setup_data(data_folder, labels, mnist);
    if (status == NNCL_OK)
        status = inspection_make(mnist, inspection);
    return status;
}

/* Draws the examples, changed if that is asked for. */
static int draw(const struct nncl_mnist *mnist)
{
    struct nncl_dataset *examples = NULL, *changed = NULL;
    enum nncl_status status = sheet_select(mnist->train, &examples);
    if (status == NNCL_OK && augment)
        status = nncl_dataset_augment(examples, &augmentation, 1, &changed);
    status = (enum nncl_status)message_status(status);
    if (status == NNCL_OK)
        status = sheet_write(nncl_dataset_get(changed ? changed : examples), preview_path);
    nncl_dataset_free(&examples);
    nncl_dataset_free(&changed);
    return (int)status;
}

static int run(const char *const *arguments, size_t count)
{
    (void)arguments;
    (void)count;
    struct nncl_mnist mnist = {0};
    struct inspection inspection = {0};
    if (verbose)
        nncl_log_set(message_log, NULL, NNCL_LOG_DEBUG);
    if (augment && !preview_path)
        return message_fail(NNCL_USAGE, "--augment changes what --preview draws");
    int status =
        augment ? message_status(nncl_augmentation_parse(augment, &augmentation)) : NNCL_OK;
    if (status == NNCL_OK)
        status = setup_exit_status(look(&mnist, &inspection));
    if (status == NNCL_OK && preview_path)
        status = draw(&mnist);
    if (status == NNCL_OK)
        status = as_json ? print_json(&mnist, &inspection) : print_text(&mnist, &inspection);
    inspection_free(&inspection);
    nncl_mnist_free(&mnist);
    return status;
}

static const struct option options[] = {SETUP_OPTION_DATA(data_folder), SETUP_OPTION_LABELS(labels),
    {.name = "preview",
        .kind = OPTION_TEXT,
        .value = &preview_path,
        .argument = "FILE.png",
        .help = "draw the first training pictures of each class"},
    {.name = "augment",
        .kind = OPTION_TEXT,
        .value = &augment,
        .argument = "TEXT",
        .help = "draw them changed as \"train\" would: \"shift=2 rotate=10\""},
    {.name = "check-data",
        .kind = OPTION_FLAG,
        .value = &checks,
        .help = "count pictures that are blank, doubled or in both sets"},
    {.name = "json",
        .kind = OPTION_FLAG,
        .value = &as_json,
        .help = "print JSON instead of tables"},
    SETUP_OPTION_VERBOSE(verbose), {.name = NULL}};

const struct command data_command = {.name = "data",
    .arguments = "",
    .summary = "show what a data set holds: counts, shapes, classes, balance",
    .details = "DIR may hold the files of MNIST, Fashion-MNIST, KMNIST, EMNIST, QMNIST or "
               "CIFAR-10, or PNG\n"
               "pictures in train/<class>/ and test/<class>/ or in <class>/.",
    .options = options,
    .run = run};
