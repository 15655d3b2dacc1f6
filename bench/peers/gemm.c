/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */
/* Square sgemm, GFLOP/s: OpenBLAS with 1, 2 and all threads; CLBlast (built with -DWITH_CLBLAST) on one
 * OpenCL device: the first, or number PEERS_CL_DEVICE counted over all platforms. Best of some runs.
 *
 *   gemm [openblas THREADS | clblast] [SIZE...]     (nothing named: all that there is) */
#include <cblas.h>
#include <sched.h>
#include "common.h"
#ifdef WITH_CLBLAST
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <clblast_c.h>
#endif

extern void openblas_set_num_threads(int);
extern char *openblas_get_corename(void);

static const int sizes[] = {512, 1024, 2048};

static int chosen[3] = {1, 1, 1}; /* which of the sizes */

static int reps(int n) { return n < 1024 ? 32 : n < 2048 ? 8 : 3; }

static float *matrix(int n)
{
	uint64_t s = n + 1;
	float *a = aligned_alloc(4096, sizeof(float) * n * n);
	for (int i = 0; i < n * n; ++i) a[i] = rng_float(&s) - 0.5f;
	return a;
}

static void openblas(int threads)
{
	openblas_set_num_threads(threads);
	for (int k = 0; k < 3; ++k) {
		if (!chosen[k]) continue;
		int n = sizes[k];
		float *a = matrix(n), *b = matrix(n), *c = matrix(n);
		double best = 1e9;
		for (int r = 0; r < 8; ++r) {
			double t = now_s();
			for (int i = 0; i < reps(n); ++i)
				cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0f, a, n, b, n, 0.0f, c, n);
			if ((t = (now_s() - t) / reps(n)) < best) best = t;
		}
		printf("{\"peer\":\"openblas\",\"workload\":\"sgemm-%d\",\"gflops\":%.1f,\"threads\":%d,\"core\":\"%s\"}\n", n, 2e-9 * n * n * n / best, threads, openblas_get_corename());
		fflush(stdout);
		free(a), free(b), free(c);
	}
}

#ifdef WITH_CLBLAST
static void clblast(void)
{
	cl_platform_id plat[16];
	cl_device_id dev = 0, d[16];
	cl_uint np = 0, nd, cu = 0, at = 0, want = getenv("PEERS_CL_DEVICE") ? atoi(getenv("PEERS_CL_DEVICE")) : 0;
	cl_int err;
	char name[256] = "";

	if (clGetPlatformIDs(16, plat, &np) != CL_SUCCESS) np = 0;
	for (cl_uint p = 0; p < np && !dev; ++p) {
		if (clGetDeviceIDs(plat[p], CL_DEVICE_TYPE_ALL, 16, d, &nd) != CL_SUCCESS) continue;
		for (cl_uint i = 0; i < nd && !dev; ++i) if (at++ == want) dev = d[i];
	}
	if (!dev) { fprintf(stderr, "skipped: clblast: no OpenCL device %u\n", want); return; }
	clGetDeviceInfo(dev, CL_DEVICE_NAME, sizeof name, name, 0);
	clGetDeviceInfo(dev, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof cu, &cu, 0);
	cl_context ctx = clCreateContext(0, 1, &dev, 0, 0, &err);
	cl_command_queue q = clCreateCommandQueue(ctx, dev, 0, &err);
	for (int k = 0; k < 3; ++k) {
		if (!chosen[k]) continue;
		int n = sizes[k], ok = 1;
		size_t bytes = sizeof(float) * n * n;
		float *a = matrix(n), *b = matrix(n), *c = malloc(bytes);
		cl_mem A = clCreateBuffer(ctx, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, bytes, a, &err);
		cl_mem B = clCreateBuffer(ctx, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, bytes, b, &err);
		cl_mem C = clCreateBuffer(ctx, CL_MEM_READ_WRITE, bytes, 0, &err);
		double best = 1e9, first = 0.0, worst = 0.0;
		for (int r = 0; r < 7 && ok; ++r) {
			int m = r ? reps(n) : 1;
			double t = now_s();
			for (int i = 0; i < m && ok; ++i)
				ok = CLBlastSgemm(CLBlastLayoutRowMajor, CLBlastTransposeNo, CLBlastTransposeNo, n, n, n, 1.0f, A, 0, n, B, 0, n, 0.0f, C, 0, n, &q, 0) == CLBlastSuccess;
			clFinish(q);
			t = (now_s() - t) / m;
			if (!r) first = t;
			else if (t < best) best = t;
		}
		if (ok) { /* a wrong product is no peer: check one row */
			ok = clEnqueueReadBuffer(q, C, CL_TRUE, 0, bytes, c, 0, 0, 0) == CL_SUCCESS;
			for (int j = 0; j < n; ++j) {
				double s = 0.0, e;
				for (int i = 0; i < n; ++i) s += (double)a[(n / 2) * n + i] * b[i * n + j];
				e = s > c[(n / 2) * n + j] ? s - c[(n / 2) * n + j] : c[(n / 2) * n + j] - s;
				if (!(e <= worst)) worst = e;
			}
		}
		if (!ok || !(worst < 1e-2)) fprintf(stderr, "skipped: clblast sgemm-%d: failed, or off by %g\n", n, worst);
		else printf("{\"peer\":\"clblast\",\"workload\":\"sgemm-%d\",\"gflops\":%.1f,\"threads\":%u,\"device_name\":\"%s\",\"first_call_s\":%.2f}\n", n, 2e-9 * n * n * n / best, cu, name, first);
		fflush(stdout);
		clReleaseMemObject(A), clReleaseMemObject(B), clReleaseMemObject(C);
		free(a), free(b), free(c);
	}
	clReleaseCommandQueue(q);
	clReleaseContext(ctx);
}
#endif

static void choose(int count, char **names)
{
	for (int k = 0; count > 0 && k < 3; ++k) {
		chosen[k] = 0;
		for (int i = 0; i < count; ++i) chosen[k] |= atoi(names[i]) == sizes[k];
	}
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "openblas")) {
		choose(argc - 3, argv + 3);
		openblas(atoi(argv[2]));
		return 0;
	}
#ifdef WITH_CLBLAST
	if (argc > 1 && !strcmp(argv[1], "clblast")) {
		choose(argc - 2, argv + 2);
		clblast();
		return 0;
	}
#endif
	cpu_set_t set;
	sched_getaffinity(0, sizeof set, &set);
	int all = CPU_COUNT(&set);
	openblas(1);
	if (all > 1) openblas(2);
	if (all > 2) openblas(all);
#ifdef WITH_CLBLAST
	clblast();
#endif
	return 0;
}
