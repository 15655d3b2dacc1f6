/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/download.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "data/mirrors.h"

enum {
    CONNECT_SECONDS = 10,
    STALL_SECONDS = 15,      /* without a byte */
    ATTEMPTS = 3,            /* at one mirror */
    POLL_MILLISECONDS = 100, /* how soon an interrupt is seen */
    LARGEST_FILE =
        64 << 20, /* MNIST's largest has 10 MB; keeps a wrong server from filling disks */
};

/* One file being fetched from one mirror. */
struct transfer {
    const struct mnist_file *file;
    const char *url, *part_path, *target;
    char error[CURL_ERROR_SIZE];
    FILE *part;
    long offset;     /* where in the file this attempt starts */
    long left;       /* bytes that may still come */
    int write_error; /* errno, if the disk did not take them */
    long response;
    CURLcode code;
};

static size_t on_bytes(char *bytes, size_t one, size_t size, void *user)
{
    struct transfer *transfer = user;
    (void)one;
    transfer->left -= (long)size;
    if (transfer->left < 0)
        return 0;
    size_t written = fwrite(bytes, 1, size, transfer->part);
    if (written < size)
        transfer->write_error = errno;
    return written;
}

/* Set to 0, curl ignores SIGPIPE while it works; but a curl that resolves names in this thread
 * would then use an alarm. */
static long without_signals(void)
{
    return curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS ? 0 : 1;
}

static void set_options(CURL *curl, struct transfer *transfer)
{
    curl_easy_setopt(curl, CURLOPT_URL, transfer->url);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)transfer->offset);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "nncl");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, without_signals());
#if LIBCURL_VERSION_NUM >= 0x075500 /* 7.85 */
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#endif
#if LIBCURL_VERSION_NUM >= 0x075700 /* 7.87: not to wait for a name server that does not answer */
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
}

/* Lets `curl` do its work, looking for an interrupt meanwhile. */
static CURLcode perform(CURLM *multi)
{
    int running = 1;
    while (running) {
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return CURLE_FAILED_INIT;
        if (nncl_interrupted())
            return CURLE_ABORTED_BY_CALLBACK;
        if (running && curl_multi_poll(multi, NULL, 0, POLL_MILLISECONDS, NULL) != CURLM_OK)
            return CURLE_FAILED_INIT;
    }
    int left;
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    return message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
}

static CURLcode run_curl(struct transfer *transfer)
{
    CURLcode code = CURLE_OUT_OF_MEMORY;
    CURL *curl = curl_easy_init();
    CURLM *multi = curl_multi_init();
    if (curl && multi) {
        set_options(curl, transfer);
        curl_multi_add_handle(multi, curl);
        code = perform(multi);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &transfer->response);
        curl_multi_remove_handle(multi, curl);
    }
    curl_easy_cleanup(curl);
    curl_multi_cleanup(multi);
    return code;
}

/* One request, appending to the .part file. transfer->code tells how it went; the status is of what
 * happens on this machine. */
static enum nncl_status request(struct transfer *transfer)
{
    transfer->part = fopen(transfer->part_path, "ab");
    if (!transfer->part || fseek(transfer->part, 0, SEEK_END) != 0) {
        if (transfer->part)
            fclose(transfer->part);
        return nncl_fail(NNCL_FAILED, "cannot write %s: %s", transfer->part_path, strerror(errno));
    }
    transfer->offset = ftell(transfer->part);
    transfer->left = LARGEST_FILE - transfer->offset;
    transfer->error[0] = 0;
    transfer->response = 0;
    transfer->write_error = 0;
    transfer->code = run_curl(transfer);
    if (fclose(transfer->part) != 0 && !transfer->write_error)
        transfer->write_error = errno;
    if (transfer->write_error)
        return nncl_fail(NNCL_FAILED, "cannot write %s: %s", transfer->part_path,
            strerror(transfer->write_error));
    if (transfer->code == CURLE_ABORTED_BY_CALLBACK)
        return nncl_fail(NNCL_INTERRUPTED, "interrupted while fetching %s", transfer->url);
    if (transfer->code == CURLE_OUT_OF_MEMORY)
        return nncl_fail_memory(transfer->url, 0);
    return NNCL_OK;
}

/* Whether the packed bytes unpack to what they should. */
static enum nncl_status verify(const struct transfer *transfer, const uint8_t *bytes, size_t size)
{
    enum nncl_status status = NNCL_OK;
    struct stream *stream = NULL;
    uint8_t digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];
    TRY(stream_open_memory(transfer->url, bytes, size, &stream));
    TRY(stream_digest(stream, digest));
    digest_to_text(digest, text);
    if (strcmp(text, transfer->file->sha256) != 0)
        TRY(nncl_fail(NNCL_BAD_DATA,
            "%s has wrong content: its SHA-256, unpacked, is %s instead of %s", transfer->url, text,
            transfer->file->sha256));
out:
    stream_close(&stream);
    return status;
}

/* The verified bytes are written afresh: another process may be appending to the same .part. */
static enum nncl_status keep(const struct transfer *transfer)
{
    enum nncl_status status = NNCL_OK;
    uint8_t *bytes = NULL;
    size_t size = 0;
    TRY(file_read(transfer->part_path, LARGEST_FILE, &bytes, &size));
    TRY(verify(transfer, bytes, size));
    TRY(nncl_file_write(transfer->target, bytes, size));
out:
    free(bytes);
    if (status == NNCL_OK || status == NNCL_BAD_DATA)
        remove(transfer->part_path);
    return status;
}

static bool is_unreachable(CURLcode code)
{
    return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
           code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR ||
           code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_OPERATION_TIMEDOUT;
}

/* Whether asking the same mirror again may help. */
static bool is_worth_retrying(const struct transfer *transfer)
{
    switch (transfer->code) {
    case CURLE_HTTP_RETURNED_ERROR:
        return transfer->response >= 500 || transfer->response == 416;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_RANGE_ERROR:
        return true;
    default:
        return false;
    }
}

/* Gives a server that is overloaded a moment. */
static void pause_briefly(void)
{
    CURLM *multi = curl_multi_init();
    if (multi)
        curl_multi_poll(multi, NULL, 0, 3 * POLL_MILLISECONDS, NULL);
    curl_multi_cleanup(multi);
}

static enum nncl_status fail_transfer(const struct transfer *transfer)
{
    const char *why = transfer->left < 0   ? "it is far too large"
                      : transfer->error[0] ? transfer->error
                                           : curl_easy_strerror(transfer->code);
    return nncl_fail(NNCL_BAD_DATA, "%s: %s", transfer->url, why);
}

/* One mirror, several attempts. NNCL_BAD_DATA: this mirror will not do. */
static enum nncl_status fetch(struct transfer *transfer)
{
    enum nncl_status status = NNCL_OK;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        status = request(transfer);
        if (status != NNCL_OK)
            return status;
        bool resumed = transfer->offset > 0;
        if (transfer->code == CURLE_OK) {
            status = keep(transfer);
            /* A .part of something else spoils what is appended to it: start over, once. */
            if (status != NNCL_BAD_DATA || !resumed)
                return status;
            continue;
        }
        status = fail_transfer(transfer);
        if (transfer->code == CURLE_RANGE_ERROR || transfer->response == 416 || transfer->left < 0)
            remove(transfer->part_path);
        if (!is_worth_retrying(transfer))
            return status;
        nncl_log(NNCL_LOG_INFO, "%s; trying again", nncl_last_error());
        pause_briefly();
    }
    return status;
}

/* Fetches from one mirror and adds what went wrong to `failures`. */
static enum nncl_status fetch_from(
    struct transfer *transfer, const char **mirror, struct text *failures)
{
    size_t length = strlen(*mirror);
    while (length > 0 && (*mirror)[length - 1] == '/')
        length--;
    char *url = text_format("%.*s/%s.gz", (int)length, *mirror, transfer->file->name);
    if (!url)
        return nncl_fail_memory("an address", length);
    transfer->url = url;
    nncl_log(NNCL_LOG_INFO, "fetching %s", url);
    enum nncl_status status = fetch(transfer);
    if (status == NNCL_BAD_DATA) {
        text_append(failures, "%s%s", failures->size ? "; " : "", nncl_last_error());
        if (is_unreachable(transfer->code))
            *mirror = NULL;
    }
    free(url);
    return status;
}

enum nncl_status download_file(
    const struct mnist_file *file, const char *folder, const char **mirrors, size_t count)
{
    enum nncl_status status = NNCL_BAD_DATA;
    struct text failures = {0};
    char *target = text_format("%s/%s.gz", folder, file->name);
    char *part_path = text_format("%s/%s.gz.part", folder, file->name);
    struct transfer transfer = {.file = file, .target = target, .part_path = part_path};
    if (!target || !part_path)
        TRY(nncl_fail_memory("a file name", strlen(folder)));
    for (size_t i = 0; i < count && status == NNCL_BAD_DATA; i++)
        if (mirrors[i])
            status = fetch_from(&transfer, &mirrors[i], &failures);
    if (status == NNCL_BAD_DATA)
        status = nncl_fail(NNCL_FAILED,
            "cannot fetch %s: %s; check the network, name another place in NNCL_MIRROR, or put the "
            "file into %s",
            file->name,
            failures.size && !failures.failed ? failures.bytes : "no mirror can be reached",
            folder);
out:
    free(failures.bytes);
    free(target);
    free(part_path);
    return status;
}

enum nncl_status download_mnist(const char *folder)
{
    enum { MIRRORS = sizeof default_mirrors / sizeof default_mirrors[0] };
    const char *list[MIRRORS], *own = getenv("NNCL_MIRROR");
    memcpy(list, default_mirrors, sizeof list);
    size_t count = MIRRORS;
    if (own && own[0]) {
        list[0] = own;
        count = 1;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return nncl_fail(NNCL_FAILED, "cannot fetch MNIST: libcurl does not start");
    enum nncl_status status = NNCL_OK;
    for (int i = 0; i < MNIST_FILES && status == NNCL_OK; i++)
        if (!mnist_file_is_genuine(folder, &mnist_files[i]))
            status = download_file(&mnist_files[i], folder, list, count);
    curl_global_cleanup();
    return status;
}
