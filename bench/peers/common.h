/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */
/* What the C peers share: a clock, a random generator and the MNIST files (IDX, plain or .gz). */
#ifndef PEERS_COMMON_H
#define PEERS_COMMON_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

static inline double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static inline uint64_t rng_next(uint64_t *s) /* xorshift64* */
{
	*s ^= *s >> 12, *s ^= *s << 25, *s ^= *s >> 27;
	return *s * 2685821657736338717ull;
}

static inline float rng_float(uint64_t *s) { return (float)(rng_next(s) >> 40) * (1.0f / 16777216.0f); }

static inline void shuffle_int(int n, int *a, uint64_t *s)
{
	for (int i = n - 1; i > 0; --i) {
		int j = (int)(rng_next(s) % (uint64_t)(i + 1)), t = a[i];
		a[i] = a[j], a[j] = t;
	}
}

static inline int cmp_double(const void *a, const void *b)
{
	double x = *(const double*)a, y = *(const double*)b;
	return (x > y) - (x < y);
}

static inline double median(int n, const double *v)
{
	double *t = malloc(n * sizeof *t), r;
	memcpy(t, v, n * sizeof *t);
	qsort(t, n, sizeof *t, cmp_double);
	r = n & 1 ? t[n / 2] : .5 * (t[n / 2 - 1] + t[n / 2]);
	free(t);
	return r;
}

static inline double minimum(int n, const double *v)
{
	double r = v[0];
	for (int i = 1; i < n; ++i) r = v[i] < r ? v[i] : r;
	return r;
}

typedef struct { int n; uint8_t *x, *y; } mnist_t; /* x: n * 784 pixels; y: n labels */

static inline uint8_t *idx_read(const char *dir, const char *name, int head, int per, int *n)
{
	char fn[4096];
	uint8_t h[16], *d;
	gzFile f;
	snprintf(fn, sizeof fn, "%s/%s.gz", dir, name);
	if (!(f = gzopen(fn, "rb"))) {
		snprintf(fn, sizeof fn, "%s/%s", dir, name);
		f = gzopen(fn, "rb");
	}
	if (!f) { fprintf(stderr, "cannot open %s(.gz): set MNIST_DIR\n", fn); exit(2); }
	if (gzread(f, h, head) != head) { fprintf(stderr, "%s: short header\n", fn); exit(2); }
	*n = h[4] << 24 | h[5] << 16 | h[6] << 8 | h[7];
	d = malloc((size_t)*n * per);
	if (gzread(f, d, *n * per) != *n * per) { fprintf(stderr, "%s: short file\n", fn); exit(2); }
	gzclose(f);
	return d;
}

static inline mnist_t mnist_load(const char *split) /* "train" or "t10k" */
{
	const char *dir = getenv("MNIST_DIR");
	char a[64], b[64];
	mnist_t m;
	if (!dir) { fprintf(stderr, "MNIST_DIR is not set (run.sh sets it)\n"); exit(2); }
	snprintf(a, sizeof a, "%s-images-idx3-ubyte", split);
	snprintf(b, sizeof b, "%s-labels-idx1-ubyte", split);
	m.x = idx_read(dir, a, 16, 784, &m.n);
	m.y = idx_read(dir, b, 8, 1, &m.n);
	return m;
}
#endif
