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
#ifndef WIDTH
#define WIDTH 1
#endif
#include "philox.h.cl"

/* With the build option ELASTIC a displacement of the pixel's own is added to where it comes from: field
 * [N, 2, H, W], along the lines and across them. */
#ifdef ELASTIC
#define FIELD_PARAMETER global const float *field,
#define DISPLACEMENT(i, pixel, pixels)                                                              \
    (float2)(field[(size_t)(i) * 2u * (pixels) + (pixel)],                                          \
        field[((size_t)(i) * 2u + 1u) * (pixels) + (pixel)])
#else
#define FIELD_PARAMETER
#define DISPLACEMENT(i, pixel, pixels) (float2)(0.0f)
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

static inline struct change change_of(
    uint2 seed, uint position, uint epoch, uint H, uint W, float4 amounts)
{
    const struct philox first = {position, 0u, epoch, STREAM_AUGMENT},
                        second = {position, 1u, epoch, STREAM_AUGMENT};
    const struct philox a = philox(first, seed), b = philox(second, seed);
    const float angle = amounts.y * signed_uniform(a.z);
    struct change change;
    change.shift_x = amounts.x * signed_uniform(a.x);
    change.shift_y = amounts.x * signed_uniform(a.y);
    change.cosine = cos(angle);
    change.sine = sin(angle);
    change.scale_x = 1.0f / (1.0f + amounts.z * signed_uniform(a.w));
    change.scale_y = 1.0f / (1.0f + amounts.z * signed_uniform(b.x));
    change.shear = tan(amounts.w * signed_uniform(b.y));
    change.cut_x = mul_hi(b.z, W);
    change.cut_y = mul_hi(b.w, H);
    return change;
}

/* Where pixel (x, y) of the result comes from. */
static inline float2 source_of(struct change change, uint x, uint y, uint H, uint W)
{
    const float2 middle = (float2)(0.5f * (float)(W - 1u), 0.5f * (float)(H - 1u));
    const float2 d = (float2)((float)x - change.shift_x, (float)y - change.shift_y) - middle;
    const float2 r = (float2)(
        change.cosine * d.x + change.sine * d.y, change.cosine * d.y - change.sine * d.x);
    return (float2)((r.x + change.shear * r.y) * change.scale_x, r.y * change.scale_y) + middle;
}

static inline float pixel(global const float *x, int at_x, int at_y, uint H, uint W, uint C, float fill)
{
    const bool inside = at_x >= 0 && at_x < (int)W && at_y >= 0 && at_y < (int)H;
    return inside ? x[((size_t)at_y * W + (size_t)at_x) * C] : fill;
}

static inline float sample(
    global const float *x, float2 from, uint H, uint W, uint C, float fill)
{
    /* Far outside all is fill; so the whole numbers fit. */
    const float2 at = clamp(from, (float2)(-2.0f), (float2)((float)W + 1.0f, (float)H + 1.0f));
    const float2 low = floor(at), part = at - low;
    const int left = (int)low.x, top = (int)low.y;
    const float above = mix(pixel(x, left, top, H, W, C, fill),
        pixel(x, left + 1, top, H, W, C, fill), part.x);
    const float below = mix(pixel(x, left, top + 1, H, W, C, fill),
        pixel(x, left + 1, top + 1, H, W, C, fill), part.x);
    return mix(above, below, part.y);
}

/* A standard normal number for feature f of a picture. */
static inline float normal(uint2 seed, uint position, uint epoch, uint f)
{
    const struct philox counter = {position, 2u + f / 4u, epoch, STREAM_AUGMENT};
    const struct philox bits = philox(counter, seed);
    const uint one = (f & 2u) != 0u ? bits.z : bits.x, other = (f & 2u) != 0u ? bits.w : bits.y;
    const float radius = sqrt(-2.0f * log((float)((one >> 8) + 1u) * 0x1p-24f));
    const float turn = (float)(other >> 8) * 0x1p-23f; /* in half turns */
    return radius * ((f & 1u) != 0u ? sinpi(turn) : cospi(turn));
}

/* Pixels [y, x] of the square that is cut out; its side may be even. */
static inline bool is_cut(struct change change, uint x, uint y, uint side)
{
    return x + side / 2u - change.cut_x < side && y + side / 2u - change.cut_y < side;
}

/* amounts: shift in pixels, rotation and shear in radians (second and fourth), scale. Picture i stands at
 * state.position + i of the epoch. out is assigned. */
kernel void augment(global const uint *state, global const float *x, FIELD_PARAMETER global float *out,
    uint N, uint H, uint W, uint C, uint seed_low, uint seed_high, float shift, float rotate, float scale, float shear,
    float noise, uint cutout, float fill, uint span)
{
    const struct range range = range_of_item(N * H * W, span);
    const uint2 seed = (uint2)(seed_low, seed_high);
    const uint epoch = state[STATE_EPOCH], start = state[STATE_POSITION];
    uint now = UINT_MAX;
    struct change change;
    for (uint at = range.first; at < range.last; at++) {
        const uint i = at / (H * W), y = at / W % H, left = at % W;
        if (i != now)
            change = change_of(seed, start + i, epoch, H, W, (float4)(shift, rotate, scale, shear));
        now = i;
        const float2 from =
            source_of(change, left, y, H, W) + DISPLACEMENT(i, y * W + left, H * W);
        const bool cut = is_cut(change, left, y, cutout);
        for (uint c = 0; c < C; c++) {
            const uint f = (y * W + left) * C + c;
            float value = sample(x + (size_t)i * H * W * C + c, from, H, W, C, fill);
            if (noise != 0.0f)
                value += noise * normal(seed, start + i, epoch, f);
            out[(size_t)at * C + c] = cut ? fill : value;
        }
    }
}
