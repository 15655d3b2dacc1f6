/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ops/columns.h"

#include "base/status.h"

/* Parts share the work out to GPUs; fewer rows than this are not worth a work-item more. */
enum { MOST_PARTS = 64, LEAST_ROWS = 64 };

size_t columns_rows(size_t m)
{
    const size_t rows = (m + MOST_PARTS - 1) / MOST_PARTS;
    return rows < LEAST_ROWS ? LEAST_ROWS : rows;
}

static size_t part_count(size_t m)
{
    return (m - 1) / columns_rows(m) + 1;
}

struct nncl_shape columns_shape(size_t m, size_t c)
{
    return SHAPE(part_count(m), 2, c);
}

struct spread columns_spread(const struct nncl_device *device, size_t m, size_t c)
{
    const size_t rows = columns_rows(m);
    struct spread spread = spread_columns(device, c, m < rows ? m : rows);
    spread.rows = rows;
    spread.items *= part_count(m);
    spread.count = m > c ? m : c;
    return spread;
}

struct spread columns_total_spread(const struct nncl_device *device, size_t m, size_t c)
{
    return spread_columns(device, c, 2 * part_count(m));
}

enum nncl_status columns_total(struct op_site *site, size_t m, size_t c, const struct buffer *parts,
    const struct buffer *first, const struct buffer *second)
{
    const struct spread spread = columns_total_spread(site->device, m, c);
    return spread_launch(site, "columns", "column_totals", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(parts), ARG_BUFFER(first), ARG_BUFFER(second), ARG_SIZE(part_count(m)),
            ARG_SIZE(c), ARG_SIZE(spread.span)));
}

enum nncl_status columns_divide(
    const char *op, const struct nncl_op_list *list, nncl_tensor_id x, size_t c)
{
    const size_t features = op_shape(list, x).size[1];
    if (c > 0 && features % c == 0)
        return NNCL_OK;
    return nncl_fail(
        NNCL_USAGE, "%s: %zu channels do not divide rows of shape [%zu]", op, c, features);
}
