/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the files of the CLBlast provider share. */
#ifndef NNCL_GEMM_CLBLAST_H
#define NNCL_GEMM_CLBLAST_H

#include "device/opencl.h" /* before CLBlast's header: sets the OpenCL version wanted */
#include "gemm/gemm.h"

#include <clblast_c.h>

/* The parameters of CLBlast's products. Zeros leave a part as CLBlast has it: all of XgemmDirect,
 * all of Xgemm, or the size from which Xgemm serves. */
extern const struct gemm_parameter clblast_parameters[];
extern const struct gemm_built_in clblast_built_in[];

bool clblast_valid(const struct nncl_device *device, const struct gemm *gemm,
    const struct gemm_parameters *parameters);

/* Makes CLBlast use these values on this device from now on, in the whole process. CLBlast then
 * throws away what it has built, so nothing is done where they are in force already. Errors:
 * NNCL_FAILED. */
enum nncl_status clblast_override(
    struct nncl_device *device, const struct gemm_parameters *parameters);

/* The name of one of CLBlast's own codes; NULL for OpenCL's. */
const char *clblast_code_name(CLBlastStatusCode code);

#endif
