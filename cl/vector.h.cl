/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Vectors of WIDTH floats (1, 2, 4, 8 or 16: a build option), and how work is cut: each work-item takes `span`
 * neighbouring elements, of a matrix `rows` rows of `span` columns. On GPUs span is WIDTH, so that
 * neighbouring work-items read neighbouring vectors; on CPUs it is as long as spreads the work. */
#ifndef VECTOR_H
#define VECTOR_H

#ifndef WIDTH
#define WIDTH 4
#endif

#define PASTE(a, b) a##b
#define JOIN(a, b) PASTE(a, b)
#if WIDTH == 1
#define floatn float
#define load_vector(offset, pointer) ((pointer)[offset])
#define store_vector(value, offset, pointer) ((pointer)[offset] = (value))
#define FIRST_LANE(value) (value)
#define to_floatn convert_float
#define to_intn convert_int
#define uintn uint
#define intn int
#else
#define floatn JOIN(float, WIDTH)
#define load_vector JOIN(vload, WIDTH)
#define store_vector JOIN(vstore, WIDTH)
#define FIRST_LANE(value) ((value).s0)
#define to_floatn JOIN(convert_float, WIDTH)
#define to_intn JOIN(convert_int, WIDTH)
#define uintn JOIN(uint, WIDTH)
#define intn JOIN(int, WIDTH)
#endif

/* A formula on vectors applied to one element: the element in every lane, the first lane of the result.
 * So no formula is written once more for what is left over at the end of a row. */
#define SPLAT(x) ((floatn)(x))

/* How a formula that is written once reaches whole vectors and single elements. */
#define LOAD_VECTOR(pointer) load_vector(0, pointer)
#define LOAD_ELEMENT(pointer) SPLAT(*(pointer))
#define STORE_ELEMENT(value, pointer) (*(pointer) = FIRST_LANE(value))

/* PoCL cuts vstore8 and vstore16 into stores of four: a store through a type of the elements' alignment
 * stays whole. Compilers made of Clang know both attributes. */
#if defined(__clang__) && WIDTH >= 8
typedef floatn loose_float __attribute__((aligned(sizeof(float))));
typedef JOIN(uchar, WIDTH) loose_uchar __attribute__((aligned(sizeof(uchar))));
#define STORE_WHOLE(space, element)                                                                 \
    static inline void __attribute__((overloadable)) store_whole(                                   \
        JOIN(element, WIDTH) value, space element *to)                                              \
    {                                                                                               \
        *(space JOIN(loose_, element) *)to = value;                                                 \
    }
STORE_WHOLE(global, float)
STORE_WHOLE(local, float)
STORE_WHOLE(private, float)
STORE_WHOLE(global, uchar)
#define STORE_VECTOR(value, pointer) store_whole(value, pointer)
#else
#define STORE_VECTOR(value, pointer) store_vector(value, 0, pointer)
#endif

/* A loop to be unrolled: OpenCL C 2.0's word for it, which compilers made of Clang know in 1.2 too. */
#if defined(__clang__) || __OPENCL_C_VERSION__ >= 200
#define UNROLL(count) __attribute__((opencl_unroll_hint(count)))
#else
#define UNROLL(count)
#endif

/* How numbers are kept that are needed only where a sum is finished: `volatile` in kernels whose inner loop
 * needs all registers. Compilers would keep these numbers there instead of the loop's own sums. */
#ifndef RARE
#define RARE const
#endif

/* The sum of a vector's lanes, halves first. */
static inline float sum_lanes(floatn v)
{
#if WIDTH == 1
    return v;
#else
#if WIDTH == 16
    const float8 eight = v.lo + v.hi;
#elif WIDTH == 8
    const float8 eight = v;
#endif
#if WIDTH >= 8
    const float4 four = eight.lo + eight.hi;
#elif WIDTH == 4
    const float4 four = v;
#endif
#if WIDTH >= 4
    const float2 two = four.lo + four.hi;
#else
    const float2 two = v;
#endif
    return two.x + two.y;
#endif
}

/* Elements [first, last). */
struct range {
    uint first, last;
};

static inline struct range range_of_item(uint n, uint span)
{
    const size_t first = get_global_id(0) * span;
    struct range range;
    range.first = (uint)min(first, (size_t)n);
    range.last = (uint)min(first + span, (size_t)n);
    return range;
}

/* Rows [top, bottom) and columns [left, right). */
struct part {
    uint top, bottom, left, right;
};

static inline struct part part_of_item(uint n, uint m, uint rows, uint span)
{
    const size_t across = (m - 1) / span + 1;
    const size_t down = get_global_id(0) / across;
    const size_t left = (get_global_id(0) - down * across) * span;
    const size_t top = down * rows;
    struct part part;
    part.top = (uint)min(top, (size_t)n);
    part.bottom = (uint)min(top + rows, (size_t)n);
    part.left = (uint)left;
    part.right = (uint)min(left + span, (size_t)m);
    return part;
}

/* to[first … last-1] = the same of from. */
static inline void copy_bytes(global const uchar *from, global uchar *to, uint first, uint last)
{
    uint i = first;
    for (; i + WIDTH <= last; i += WIDTH)
        STORE_VECTOR(load_vector(0, from + i), to + i);
    for (; i < last; i++)
        to[i] = from[i];
}

#endif
