/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */
/* The bar a good C programmer sets by hand: a dense relu network with softmax cross-entropy and
 * Adam(1e-3) on MNIST, cblas_sgemm for the products, plain loops (-O3 -march=native -ffast-math)
 * for the rest, OpenMP for the threads (OpenBLAS itself stays single-threaded).
 *
 *   mlp mlp-b32|mlp-1024|infer [-e epochs] [-t threads] [-s seed]
 *
 * The first layer is split over its inputs: each thread owns some rows of W0 (and their Adam
 * state, which then stays in its own cache), makes a partial product, and updates those rows.
 * The other layers are split over the rows of the batch. Two barriers a step.
 */
#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <unistd.h>
#include <xmmintrin.h>
#include "../common.h"

extern void openblas_set_num_threads(int);

enum { MAXL = 3, BLK = 32768, MINROWS = 256 }; /* gradient made, then used, at a time: BLK floats or MINROWS rows, the more */

static int L, D[MAXL + 1], B, T;           /* layers, widths, batch size, threads */
static float *W[MAXL], *M[MAXL], *V[MAXL]; /* weights, D[l] + 1 rows of D[l+1]: the last one is the bias */
static float *A[MAXL + 1], *G[MAXL + 1], *P[64], *GB[64]; /* activations, their gradients, partials, blocks */

static void *fnew(size_t n)
{
	size_t b = (n * sizeof(float) + 4095) / 4096 * 4096;
	void *p = aligned_alloc(4096, b);
	memset(p, 0, b);
	return p;
}

static void mm(int ta, int tb, int m, int n, int k, const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
	cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, 1.0f, a, lda, b, ldb, beta, c, ldc);
}

static void net_new(int batch, uint64_t seed)
{
	B = batch;
	for (int l = 0; l < L; ++l) {
		size_t n = (size_t)(D[l] + 1) * D[l + 1];
		float r = sqrtf(6.0f / (D[l] + D[l + 1]));
		W[l] = fnew(n), M[l] = fnew(n), V[l] = fnew(n);
		for (size_t i = 0; i < n - D[l + 1]; ++i) W[l][i] = r * (2.0f * rng_float(&seed) - 1.0f);
	}
	for (int l = 0; l <= L; ++l) A[l] = fnew((size_t)B * D[l]), G[l] = fnew((size_t)B * D[l]);
	for (int t = 0; t < T; ++t) P[t] = fnew((size_t)B * D[1]), GB[t] = fnew(BLK + MINROWS * 1024);
}

static void bias_relu(int l, int r0, int r1, int relu) /* A[l+1] rows: add the bias, then relu */
{
	int n = D[l + 1];
	const float *b = W[l] + (size_t)D[l] * n;
	for (int r = r0; r < r1; ++r) {
		float *a = A[l + 1] + (size_t)r * n;
		if (relu) for (int j = 0; j < n; ++j) { float z = a[j] + b[j]; a[j] = z > 0.0f ? z : 0.0f; }
		else for (int j = 0; j < n; ++j) a[j] += b[j];
	}
}

static void softmax(int r0, int r1)
{
	int n = D[L];
	for (int r = r0; r < r1; ++r) {
		float *a = A[L] + (size_t)r * n, mx = a[0], s = 0.0f;
		for (int j = 1; j < n; ++j) mx = a[j] > mx ? a[j] : mx;
		for (int j = 0; j < n; ++j) s += a[j] = expf(a[j] - mx);
		for (int j = 0; j < n; ++j) a[j] /= s;
	}
}

static void forward_rows(int first, int r0, int r1) /* layers first.. for rows r0..r1 of the batch */
{
	for (int l = first; l < L; ++l) {
		if (l || first == 0)
			mm(0, 0, r1 - r0, D[l + 1], D[l], A[l] + (size_t)r0 * D[l], D[l], W[l], D[l + 1], 0.0f, A[l + 1] + (size_t)r0 * D[l + 1], D[l + 1]);
		bias_relu(l, r0, r1, l < L - 1);
	}
	softmax(r0, r1);
}

static void adam(size_t n, float *restrict w, float *restrict m, float *restrict v, float *restrict g, float a, float eps)
{
	for (size_t i = 0; i < n; ++i) {
		m[i] = 0.9f * m[i] + 0.1f * g[i];
		v[i] = 0.999f * v[i] + 0.001f * g[i] * g[i];
		w[i] -= a * m[i] / (sqrtf(v[i]) + eps);
		g[i] = 0.0f; /* so the next product can add to it: OpenBLAS's own beta = 0 pass is slow */
	}
}

static void update(int t, int l, int k0, int k1, float a, float eps) /* rows k0..k1 of W[l], a block at a time */
{
	int n = D[l + 1], step = BLK / n > MINROWS ? BLK / n : MINROWS;
	for (int k = k0; k < k1; k += step) {
		int m = k1 - k < step ? k1 - k : step;
		size_t o = (size_t)k * n;
		mm(1, 0, m, n, B, A[l] + k, D[l], G[l + 1], n, 1.0f, GB[t], n);
		adam((size_t)m * n, W[l] + o, M[l] + o, V[l] + o, GB[t], a, eps);
	}
	if (k1 == D[l]) { /* who has the last rows does the bias */
		size_t o = (size_t)D[l] * n;
		for (int r = 0; r < B; ++r) for (int j = 0; j < n; ++j) GB[t][j] += G[l + 1][(size_t)r * n + j];
		adam(n, W[l] + o, M[l] + o, V[l] + o, GB[t], a, eps);
	}
}

static void epoch(const mnist_t *d, const int *perm, long *steps)
{
	long s0 = *steps;
	int nb = d->n / B;
	#pragma omp parallel num_threads(T)
	{
		int t = omp_get_thread_num(), r0 = B * t / T, r1 = B * (t + 1) / T, n1 = D[1];
		int k0 = D[0] * t / T / 8 * 8, k1 = t == T - 1 ? D[0] : D[0] * (t + 1) / T / 8 * 8;
		_mm_setcsr(_mm_getcsr() | 0x8040); /* flush denormals: decaying Adam state makes many */
		for (int s = 0; s < nb; ++s) {
			const int *p = perm + (size_t)s * B;
			double c1 = 1.0 - pow(0.9, s0 + s + 1), c2 = 1.0 - pow(0.999, s0 + s + 1);
			float a = (float)(1e-3 * sqrt(c2) / c1), eps = (float)(1e-7 * sqrt(c2));
			for (int r = 0; r < B; ++r) { /* own input columns: gather, scale */
				const uint8_t *x = d->x + (size_t)p[r] * D[0];
				float *o = A[0] + (size_t)r * D[0];
				for (int k = k0; k < k1; ++k) o[k] = x[k] * (1.0f / 255.0f);
			}
			mm(0, 0, B, n1, k1 - k0, A[0] + k0, D[0], W[0] + (size_t)k0 * n1, n1, 0.0f, P[t], n1);
			#pragma omp barrier
			memcpy(A[1] + (size_t)r0 * n1, P[0] + (size_t)r0 * n1, (size_t)(r1 - r0) * n1 * sizeof(float));
			for (int u = 1; u < T; ++u)
				for (size_t i = (size_t)r0 * n1; i < (size_t)r1 * n1; ++i) A[1][i] += P[u][i];
			bias_relu(0, r0, r1, L > 1);
			forward_rows(1, r0, r1);
			for (int r = r0; r < r1; ++r)
				for (int j = 0; j < D[L]; ++j)
					G[L][r * D[L] + j] = (A[L][r * D[L] + j] - (j == d->y[p[r]])) / B;
			for (int l = L - 1; l > 0; --l) {
				mm(0, 1, r1 - r0, D[l], D[l + 1], G[l + 1] + (size_t)r0 * D[l + 1], D[l + 1], W[l], D[l + 1], 0.0f, G[l] + (size_t)r0 * D[l], D[l]);
				for (size_t i = (size_t)r0 * D[l]; i < (size_t)r1 * D[l]; ++i) G[l][i] = A[l][i] > 0.0f ? G[l][i] : 0.0f;
			}
			#pragma omp barrier
			update(t, 0, k0, k1, a, eps);
			for (int l = 1; l < L; ++l) update(t, l, D[l] * t / T, D[l] * (t + 1) / T, a, eps);
		}
	}
	*steps += nb;
}

static void infer(const float *x, int n) /* probabilities of n <= B images into A[L] */
{
	A[0] = (float*)x;
	if (n == 1) { /* one image: matrix-vector products */
		for (int l = 0; l < L; ++l) {
			cblas_sgemv(CblasRowMajor, CblasTrans, D[l], D[l + 1], 1.0f, W[l], D[l + 1], A[l], 1, 0.0f, A[l + 1], 1);
			bias_relu(l, 0, 1, l < L - 1);
		}
		softmax(0, 1);
		return;
	}
	#pragma omp parallel num_threads(T)
	{
		int t = omp_get_thread_num();
		for (int r = (int)((long)n * t / T); r < (int)((long)n * (t + 1) / T); r += 128) { /* cache-sized pieces */
			int e = (int)((long)n * (t + 1) / T), r1 = r + 128 < e ? r + 128 : e;
			forward_rows(0, r, r1);
		}
	}
}

static float *to_float(const mnist_t *d)
{
	float *x = fnew((size_t)d->n * 784);
	for (size_t i = 0; i < (size_t)d->n * 784; ++i) x[i] = d->x[i] * (1.0f / 255.0f);
	return x;
}

static double accuracy(const mnist_t *d, const float *x)
{
	int ok = 0;
	float *a0 = A[0];
	for (int o = 0; o < d->n; o += B) {
		int n = d->n - o < B ? d->n - o : B;
		infer(x + (size_t)o * 784, n);
		for (int r = 0; r < n; ++r) {
			int b = 0;
			for (int j = 1; j < D[L]; ++j) if (A[L][r * D[L] + j] > A[L][r * D[L] + b]) b = j;
			ok += b == d->y[o + r];
		}
	}
	A[0] = a0;
	return (double)ok / d->n;
}

int main(int argc, char *argv[])
{
	double t0 = now_s(), first = 0.0, e[1000];
	int c, epochs = 5;
	uint64_t seed = 42;
	const char *w = argc > 1 ? argv[1] : "mlp-b32";
	T = 1;
	for (optind = 2; (c = getopt(argc, argv, "e:t:s:")) >= 0;) {
		if (c == 'e') epochs = atoi(optarg);
		else if (c == 't') T = atoi(optarg);
		else if (c == 's') seed = strtoull(optarg, 0, 10);
	}
	openblas_set_num_threads(1);
	D[0] = 784;
	if (!strcmp(w, "mlp-1024")) L = 3, D[1] = D[2] = 1024, D[3] = 10, c = 256;
	else L = 2, D[1] = 128, D[2] = 10, c = strcmp(w, "infer") ? 32 : 4096;
	mnist_t te = mnist_load("t10k");
	float *tx = to_float(&te);
	net_new(c, seed * 7919 + 1);
	if (!strcmp(w, "infer")) { /* untrained weights: the time is the same */
		double best = 1e9, lat[5000];
		for (int i = 0; i < 5000; ++i) {
			double s = now_s();
			infer(tx + (size_t)i * 784, 1);
			lat[i] = now_s() - s;
		}
		qsort(lat, 5000, sizeof *lat, cmp_double);
		printf("{\"peer\":\"c+openblas\",\"workload\":\"infer-b1\",\"latency_us\":%.2f,\"latency_p99_us\":%.2f,\"threads\":1}\n", 1e6 * median(5000, lat), 1e6 * lat[4950]);
		for (int i = 0; i < 50; ++i) {
			double s = now_s();
			infer(tx, 4096);
			if ((s = now_s() - s) < best) best = s;
		}
		printf("{\"peer\":\"c+openblas\",\"workload\":\"infer-b4096\",\"samples_s\":%.0f,\"threads\":%d}\n", 4096 / best, T);
		return 0;
	}
	mnist_t tr = mnist_load("train");
	int *perm = malloc(tr.n * sizeof *perm);
	long steps = 0;
	for (int i = 0; i < tr.n; ++i) perm[i] = i;
	for (int i = 0; i < epochs; ++i) {
		double s = now_s();
		shuffle_int(tr.n, perm, &seed);
		epoch(&tr, perm, &steps);
		e[i] = now_s() - s;
		if (i == 0) first = now_s() - t0;
	}
	printf("{\"peer\":\"c+openblas\",\"workload\":\"%s\",\"epoch_s\":%.4f,\"epoch_min_s\":%.4f,\"test_acc\":%.4f,\"threads\":%d,\"epochs\":%d,\"first_epoch_done_s\":%.3f,\"optimizer\":\"adam\"}\n",
		w, median(epochs, e), minimum(epochs, e), accuracy(&te, tx), T, epochs, first);
	return 0;
}
