/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Epilogues: element-wise ops that a kernel applies to each element it has computed, before storing it.
 * The build options EPILOGUE_0 … EPILOGUE_3 name up to four of them, in order, by the prefix of the
 * macros that stand beside each op's formula:
 *   <PREFIX>_PARAMETERS  the kernel's further parameters, each after a comma
 *   <PREFIX>_SETUP       statements at the kernel's start; may return from it
 *   <PREFIX>_EPILOGUE(LOAD, STORE, value, column, index)
 *                        changes `value`, the floatn at `index` of the result, in `column`; LOAD and
 *                        STORE access as many neighbouring floats as `value` stands for
 * STORES_RESULT is 0 if the last epilogue only updates its own tensors. */
#include "vector.h.cl"
#include "activation.h.cl"
#include "add.h.cl"
#include "batchnorm.h.cl"
#include "bias.h.cl"
#include "clip.h.cl"
#include "ema.h.cl"
#include "relu.h.cl"
#include "update.h.cl"

#define NONE_PARAMETERS
#define NONE_SETUP
#define NONE_EPILOGUE(LOAD, STORE, value, column, index)

#ifndef EPILOGUE_0
#define EPILOGUE_0 NONE
#endif
#ifndef EPILOGUE_1
#define EPILOGUE_1 NONE
#endif
#ifndef EPILOGUE_2
#define EPILOGUE_2 NONE
#endif
#ifndef EPILOGUE_3
#define EPILOGUE_3 NONE
#endif
#ifndef STORES_RESULT
#define STORES_RESULT 1
#endif

#define EPILOGUE_PARAMETERS                                                                         \
    JOIN(EPILOGUE_0, _PARAMETERS) JOIN(EPILOGUE_1, _PARAMETERS) JOIN(EPILOGUE_2, _PARAMETERS)       \
    JOIN(EPILOGUE_3, _PARAMETERS)
#define EPILOGUE_SETUP                                                                              \
    JOIN(EPILOGUE_0, _SETUP) JOIN(EPILOGUE_1, _SETUP) JOIN(EPILOGUE_2, _SETUP)                      \
    JOIN(EPILOGUE_3, _SETUP)
#define EPILOGUE(LOAD, STORE, value, column, index)                                                 \
    JOIN(EPILOGUE_0, _EPILOGUE)(LOAD, STORE, value, column, index)                                  \
    JOIN(EPILOGUE_1, _EPILOGUE)(LOAD, STORE, value, column, index)                                  \
    JOIN(EPILOGUE_2, _EPILOGUE)(LOAD, STORE, value, column, index)                                  \
    JOIN(EPILOGUE_3, _EPILOGUE)(LOAD, STORE, value, column, index)
