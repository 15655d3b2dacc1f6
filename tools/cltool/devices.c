/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "cltool/devices.h"

#include <string.h>

#include "common/messages.h"
#include "common/output.h"

bool devices_any_eligible(const struct nncl_device_list *list)
{
    for (size_t i = 0; i < nncl_device_list_count(list); i++)
        if (nncl_device_list_get(list, i)->eligible)
            return true;
    return false;
}

int devices_diagnose(void)
{
    char *text = NULL;
    enum nncl_status status = nncl_device_diagnose(&text);
    if (status != NNCL_OK)
        return message_status(status);
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '\n')
        text[length - 1] = '\0'; /* the message brings its own */
    message("no OpenCL device that nncl can use was found.\n%s", text);
    nncl_free(text);
    return NNCL_NO_DEVICE;
}

int devices_fail(enum nncl_status status, bool json)
{
    message_status(status);
    if (json)
        json_print(json_pack("{s:o}", "error", json_text(nncl_last_error())));
    return (int)status;
}
