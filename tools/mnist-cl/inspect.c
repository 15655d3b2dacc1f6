/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/inspect.h"

#include "common/messages.h"

enum nncl_status inspection_make(const struct nncl_mnist *mnist, struct inspection *inspection)
{
    enum nncl_status status = nncl_dataset_inspect(mnist->train, NULL, &inspection->train);
    return status == NNCL_OK ? nncl_dataset_inspect(mnist->test, mnist->train, &inspection->test)
                             : status;
}

void inspection_free(struct inspection *inspection)
{
    nncl_dataset_report_free(&inspection->train);
    nncl_dataset_report_free(&inspection->test);
}

/* Classes of a set that have no picture. */
static uint64_t empty_classes(const struct nncl_dataset_report *report)
{
    uint64_t empty = 0;
    for (uint32_t class = 0; class < report->classes; class ++)
        empty += report->class_rows[class] == 0;
    return empty;
}

/* Classes with test pictures, but none to train with. */
static uint64_t unseen_classes(const struct inspection *inspection)
{
    const struct nncl_dataset_report *train = &inspection->train, *test = &inspection->test;
    uint64_t unseen = 0;
    for (uint32_t class = 0; class < test->classes; class ++)
        unseen += test->class_rows[class] > 0 &&
                  (class >= train->classes || train->class_rows[class] == 0);
    return unseen;
}

size_t inspection_remarks(const struct inspection *inspection, struct remark remarks[REMARKS_MOST])
{
    const struct nncl_dataset_report *train = &inspection->train, *test = &inspection->test;
    const struct remark all[] = {
        {"train_duplicates", "training pictures that are there twice", train->duplicates},
        {"train_conflicts", "of these with another label", train->conflicts},
        {"train_blank", "blank training pictures", train->blank},
        {"test_duplicates", "test pictures that are there twice", test->duplicates},
        {"test_conflicts", "of these with another label", test->conflicts},
        {"test_blank", "blank test pictures", test->blank},
        {"shared", "test pictures that are in the training set, too", test->shared},
        {"empty_classes", "classes without a training picture", empty_classes(train)},
        {"unseen_classes", "classes with test pictures, but none to train with",
            unseen_classes(inspection)}};
    const size_t count = sizeof all / sizeof *all;
    for (size_t i = 0; i < count; i++)
        remarks[i] = all[i];
    return count;
}

void inspection_say(const struct inspection *inspection)
{
    struct remark remarks[REMARKS_MOST] = {{0}};
    const size_t count = inspection_remarks(inspection, remarks);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (remarks[i].count == 0)
            continue;
        any = true;
        message("check: %llu %s", (unsigned long long)remarks[i].count, remarks[i].text);
    }
    if (!any)
        message("check: no picture is blank or there twice, and every class has some");
}
