/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pictures changed at random, each by numbers of its own, keyed by the seed, the epoch and the picture's
 * position in it. N pictures of H x W pixels and C channels; x, out [N, H, W, C].
 *
 * One resampling does all that moves pixels: out(p) = x(S·K·R·(p - c - t) + c), bilinear between the
 * four neighbours, with c the picture's middle, t the shift, R a rotation, K a shear along the lines and
 * S a scaling by 1 / (1 + s). Outside of the picture there is `fill`. Then comes normal noise (Box and
 * Muller 1958), then a square of `fill` whose middle may be any pixel (DeVries and Taylor 2017,
 * "Improved regularization of convolutional neural networks with cutout"). */
#include "philox.h.cl"

/* With the build option ELASTIC a displacement of the pixel's own is added to where it comes from: field
 * [N, 2, H, W], along the lines and across them. */
#ifdef ELASTIC
#define FIELD_PARAMETER global const float *field,
#define DISPLACE(from, i, pixel, count)                                                             \
    {                                                                                               \
        from.x += get(field + (size_t)(i) * 2u * H * W + (pixel), count);                           \
        from.y += get(field + ((size_t)(i) * 2u + 1u) * H * W + (pixel), count);                    \
    }
#else
#define FIELD_PARAMETER
#define DISPLACE(from, i, pixel, count)
#endif

struct change {
    float cosine, sine, shear, scale_x, scale_y, shift_x, shift_y;
    uint cut_x, cut_y;
};

/* In [-1, 1). */
static inline float signed_uniform(uint bits)
{
    return (float)(bits >> 8) * 0x1p-23f - 1.0f;
}

/* A block of Philox in every lane. */
static inline struct philox draw(uint2 seed, uint position, uintn block, uint epoch)
{
    const struct philox counter = {
        (uintn)(position), block, (uintn)(epoch), (uintn)(STREAM_AUGMENT)};
    return philox(counter, seed);
}

static inline struct change change_of(
    uint2 seed, uint position, uint epoch, uint H, uint W, float4 amounts)
{
    const struct philox a = draw(seed, position, (uintn)(0u), epoch),
                        b = draw(seed, position, (uintn)(1u), epoch);
    const float angle = amounts.y * signed_uniform(FIRST_LANE(a.z));
    struct change change;
    change.shift_x = amounts.x * signed_uniform(FIRST_LANE(a.x));
    change.shift_y = amounts.x * signed_uniform(FIRST_LANE(a.y));
    change.cosine = cos(angle);
    change.sine = sin(angle);
    change.scale_x = 1.0f / (1.0f + amounts.z * signed_uniform(FIRST_LANE(a.w)));
    change.scale_y = 1.0f / (1.0f + amounts.z * signed_uniform(FIRST_LANE(b.x)));
    change.shear = tan(amounts.w * signed_uniform(FIRST_LANE(b.y)));
    change.cut_x = mul_hi(FIRST_LANE(b.z), W);
    change.cut_y = mul_hi(FIRST_LANE(b.w), H);
    return change;
}

/* WIDTH places, by column and line. */
struct places {
    floatn x, y;
};

/* Where pixels (x, y) of the result come from. */
static inline struct places source_of(struct change change, uintn x, uint y, uint H, uint W)
{
    const float middle_x = 0.5f * (float)(W - 1u), middle_y = 0.5f * (float)(H - 1u);
    const floatn across = to_floatn(x) - change.shift_x - middle_x;
    const float down = (float)y - change.shift_y - middle_y;
    const floatn turned_x = change.cosine * across + change.sine * down,
                 turned_y = change.cosine * down - change.sine * across;
    struct places from;
    from.x = (turned_x + change.shear * turned_y) * change.scale_x + middle_x;
    from.y = turned_y * change.scale_y + middle_y;
    return from;
}

/* The first `count` numbers from `from` on; WIDTH of them where there are so many. */
static inline floatn get(global const float *from, uint count)
{
    float lanes[WIDTH];
    if (count >= WIDTH)
        return LOAD_VECTOR(from);
    for (uint j = 0; j < WIDTH; j++)
        lanes[j] = j < count ? from[j] : 0.0f;
    return LOAD_VECTOR(lanes);
}

/* The first `count` lanes, C numbers apart. */
static inline void put(floatn value, global float *to, uint C, uint count)
{
    float lanes[WIDTH];
    STORE_VECTOR(value, lanes);
    if (C == 1 && count >= WIDTH)
        STORE_VECTOR(value, to);
    else
        for (uint j = 0; j < WIDTH && j < count; j++)
            to[(size_t)j * C] = lanes[j];
}

/* The pixels at whole places, and `fill` outside of the picture. */
static inline floatn pixels(
    global const float *x, intn at_x, intn at_y, uint H, uint W, uint C, float fill)
{
    const intn inside = (at_x >= (intn)(0)) & (at_x < (intn)((int)W)) & (at_y >= (intn)(0)) &
                        (at_y < (intn)((int)H));
    const intn index = select((intn)(0), (at_y * (int)W + at_x) * (int)C, inside);
    int lanes[WIDTH];
    float found[WIDTH];
    store_vector(index, 0, lanes);
    for (uint j = 0; j < WIDTH; j++)
        found[j] = x[lanes[j]];
    return select(SPLAT(fill), LOAD_VECTOR(found), inside);
}

static inline floatn sample(
    global const float *x, struct places from, uint H, uint W, uint C, float fill)
{
    /* Far outside all is fill; so the whole numbers fit. */
    const floatn at_x = clamp(from.x, SPLAT(-2.0f), SPLAT((float)W + 1.0f)),
                 at_y = clamp(from.y, SPLAT(-2.0f), SPLAT((float)H + 1.0f));
    const floatn low_x = floor(at_x), low_y = floor(at_y);
    const intn left = to_intn(low_x), top = to_intn(low_y);
    const floatn above = mix(pixels(x, left, top, H, W, C, fill),
        pixels(x, left + 1, top, H, W, C, fill), at_x - low_x);
    const floatn below = mix(pixels(x, left, top + 1, H, W, C, fill),
        pixels(x, left + 1, top + 1, H, W, C, fill), at_x - low_x);
    return mix(above, below, at_y - low_y);
}

/* Standard normal numbers for features f of a picture. */
static inline floatn normal(uint2 seed, uint position, uint epoch, uintn f)
{
    const struct philox bits = draw(seed, position, 2u + f / 4u, epoch);
    const intn second = (f & 2u) != (uintn)(0u), odd = (f & 1u) != (uintn)(0u);
    const uintn one = select(bits.x, bits.z, second), other = select(bits.y, bits.w, second);
    const floatn radius = sqrt(-2.0f * log(to_floatn((one >> 8) + 1u) * 0x1p-24f));
    const floatn turn = to_floatn(other >> 8) * 0x1p-23f; /* in half turns */
    return radius * select(cospi(turn), sinpi(turn), odd);
}

/* Pixels [y, x] of the square that is cut out; its side may be even. */
static inline intn is_cut(struct change change, uintn x, uint y, uint side)
{
    const intn line = (intn)(y + side / 2u - change.cut_y < side ? -1 : 0);
    return (x + (side / 2u - change.cut_x) < (uintn)(side)) & line;
}

/* amounts: shift in pixels, rotation and shear in radians (second and fourth), scale. Picture i stands at
 * state.position + i of the epoch. A work-item does `span` vectors, which end with their lines. out is
 * assigned. */
kernel void augment(global const uint *state, global const float *x, FIELD_PARAMETER global float *out,
    uint N, uint H, uint W, uint C, uint seed_low, uint seed_high, float shift, float rotate, float scale, float shear,
    float noise, uint cutout, float fill, uint span)
{
    const uint across = (W - 1u) / WIDTH + 1u;
    const struct range range = range_of_item(N * H * across, span);
    const uint2 seed = (uint2)(seed_low, seed_high);
    const uint epoch = state[STATE_EPOCH], start = state[STATE_POSITION];
    uint now = UINT_MAX, numbers[WIDTH];
    struct change change;
    for (uint j = 0; j < WIDTH; j++)
        numbers[j] = j;
    for (uint at = range.first; at < range.last; at++) {
        const uint line = at / across, i = line / H, y = line % H, left = at % across * WIDTH,
                   pixel = y * W + left;
        const uintn lane = load_vector(0, numbers);
        if (i != now)
            change = change_of(seed, start + i, epoch, H, W, (float4)(shift, rotate, scale, shear));
        now = i;
        struct places from = source_of(change, left + lane, y, H, W);
        DISPLACE(from, i, pixel, W - left)
        const intn cut = is_cut(change, left + lane, y, cutout);
        for (uint c = 0; c < C; c++) {
            const size_t picture = (size_t)i * H * W * C + c;
            floatn value = sample(x + picture, from, H, W, C, fill);
            if (noise != 0.0f)
                value += noise * normal(seed, start + i, epoch, (pixel + lane) * C + c);
            put(select(value, SPLAT(fill), cut), out + picture + (size_t)pixel * C, C, W - left);
        }
    }
}
