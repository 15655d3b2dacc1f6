/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */
/* What this machine can do at most, measured: FMA FLOP/s (AVX-512, else AVX2, else plain floats)
 * and memory bandwidth (STREAM triad: 3 arrays, 12 bytes an element) for 1, 2 and all threads. */
#include <immintrin.h>
#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "common.h"

#if defined __AVX512F__
typedef __m512 vec;
enum { LANES = 16 };
static const char *isa = "avx512";
#define SET1 _mm512_set1_ps
#define FMA  _mm512_fmadd_ps
#elif defined __FMA__
typedef __m256 vec;
enum { LANES = 8 };
static const char *isa = "avx2";
#define SET1 _mm256_set1_ps
#define FMA  _mm256_fmadd_ps
#else
typedef float vec;
enum { LANES = 1 };
static const char *isa = "scalar";
#define SET1(x) (x)
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

static volatile float sink;

static void spin(long n) /* 12 independent chains of FMA: enough for 2 units with a latency of 4 to 6 */
{
	vec a[12], m = SET1(0.999f), c = SET1(0.001f);
	for (int i = 0; i < 12; ++i) a[i] = SET1(0.1f * i);
	for (long k = 0; k < n; ++k) {
#define S(i) a[i] = FMA(a[i], m, c);
		S(0) S(1) S(2) S(3) S(4) S(5) S(6) S(7) S(8) S(9) S(10) S(11)
	}
	for (int i = 1; i < 12; ++i) a[0] = FMA(a[i], m, a[0]);
	sink = *(float*)&a[0];
}

static void fma_peak(int threads)
{
	long n = 20000000;
	double best = 1e9;
	for (int r = 0; r < 7; ++r) {
		double t = now_s();
		#pragma omp parallel num_threads(threads)
		spin(n);
		if ((t = now_s() - t) < best) best = t;
	}
	printf("{\"peer\":\"roofline\",\"workload\":\"fma-f32\",\"gflops\":%.1f,\"threads\":%d,\"isa\":\"%s\"}\n", 1e-9 * n * 12 * LANES * 2 * threads / best, threads, isa);
	fflush(stdout);
}

static void triad(const char *name, int threads, size_t bytes) /* bytes: the three arrays together */
{
	size_t n = bytes / 12 / threads / 64 * 64; /* elements a thread */
	long reps = bytes > 100000000 ? 3 : (long)(1e9 / bytes) + 1;
	double best = 1e9;
	float *base[256];
	#pragma omp parallel num_threads(threads)
	{
		float *p = aligned_alloc(4096, (n * 12 + 3 * 4096) / 4096 * 4096);
		for (size_t i = 0; i < n * 3; ++i) p[i] = 1.0f;
		base[omp_get_thread_num()] = p;
	}
	for (int r = 0; r < 5; ++r) {
		double t = now_s();
		#pragma omp parallel num_threads(threads)
		{
			float *a = base[omp_get_thread_num()], *b = a + n, *c = b + n;
			for (long k = 0; k < reps; ++k) {
				for (size_t i = 0; i < n; ++i) a[i] = b[i] + 0.5f * c[i];
				__asm__ volatile("" ::: "memory");
			}
		}
		if ((t = (now_s() - t) / reps) < best) best = t;
	}
	for (int t = 0; t < threads; ++t) free(base[t]);
	printf("{\"peer\":\"roofline\",\"workload\":\"%s\",\"gb_s\":%.1f,\"threads\":%d}\n", name, 12e-9 * n * threads / best, threads);
	fflush(stdout);
}

int main(void)
{
	cpu_set_t set;
	int all, list[3] = {1, 2, 0};
	sched_getaffinity(0, sizeof set, &set);
	all = CPU_COUNT(&set) < 256 ? CPU_COUNT(&set) : 256;
	if (all > 2) list[2] = all;
	for (int i = 0; i < 3; ++i) if (list[i] && list[i] <= all) fma_peak(list[i]);
	for (int i = 0; i < 3; ++i) if (list[i] && list[i] <= all) triad("triad-768MB", list[i], (size_t)768 << 20);
	for (int i = 0; i < 3; ++i) if (list[i] && list[i] <= all) triad("triad-2MB", list[i], (size_t)2 << 20);
	return 0;
}
