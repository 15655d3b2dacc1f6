/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A socket bound to a free port of this machine. */
static int bind_anywhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(listener, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return listener;
}

static void send_all(int connection, const void *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(connection, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes = (const char *)bytes + sent;
        size -= (size_t)sent;
    }
}

static void send_status(int connection, const char *status)
{
    char answer[256];
    snprintf(answer, sizeof answer, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        status);
    send_all(connection, answer, strlen(answer));
}

static void send_endless(int connection)
{
    static const char zeros[65536];
    const char *head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    send_all(connection, head, strlen(head));
    while (send(connection, zeros, sizeof zeros, MSG_NOSIGNAL) > 0) {
    }
}

/* The bytes of the file from `offset` on, as far as this server's manner goes. */
static void send_file(struct server *server, int connection, FILE *file, long offset)
{
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    if (offset >= size && offset > 0) {
        send_status(connection, "416 Range Not Satisfiable");
        return;
    }
    char head[256];
    if (offset > 0)
        snprintf(head, sizeof head,
            "HTTP/1.1 206 Partial Content\r\nConnection: close\r\nContent-Length: %ld\r\n"
            "Content-Range: bytes %ld-%ld/%ld\r\n\r\n",
            size - offset, offset, size - 1, size);
    else
        snprintf(head, sizeof head,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %ld\r\n\r\n", size);
    send_all(connection, head, strlen(head));
    long count = size - offset;
    if (server->manner == SERVER_CUTS || server->manner == SERVER_INTERRUPTS ||
        (server->manner == SERVER_CUTS_ONCE && server->requests == 1))
        count /= 2;
    char *bytes = malloc((size_t)count + 1);
    fseek(file, offset, SEEK_SET);
    send_all(connection, bytes, fread(bytes, 1, (size_t)count, file));
    free(bytes);
}

/* Answers one request, of which `request` is the head. */
static void answer(struct server *server, int connection, const char *request)
{
    char name[256] = "", path[512];
    long offset = 0;
    const char *range = strstr(request, "Range: bytes=");
    server->requests++;
    server->ranges += range != NULL;
    if (range && server->manner != SERVER_NO_RANGES)
        offset = strtol(range + strlen("Range: bytes="), NULL, 10);
    sscanf(request, "GET /%255[^ /]", name);
    snprintf(path, sizeof path, "%s/%s", server->folder, name);
    FILE *file = fopen(path, "rb");
    if (server->manner == SERVER_ENDLESS)
        send_endless(connection);
    else if (server->manner == SERVER_BUSY_ONCE && server->requests == 1)
        send_status(connection, "503 Service Unavailable");
    else if (server->manner == SERVER_MISSING || !file)
        send_status(connection, "404 Not Found");
    else
        send_file(server, connection, file, offset);
    if (file)
        fclose(file);
}

/* Reads the head of a request; false if the other side hung up. */
static bool read_request(int connection, char *request, size_t size)
{
    size_t used = 0;
    request[0] = 0;
    while (!strstr(request, "\r\n\r\n") && used + 1 < size) {
        ssize_t got = recv(connection, request + used, size - used - 1, 0);
        if (got <= 0)
            return false;
        used += (size_t)got;
        request[used] = 0;
    }
    return true;
}

static void *serve(void *argument)
{
    struct server *server = argument;
    int connection;
    while ((connection = accept(server->listener, NULL, NULL)) >= 0) {
        char request[4096];
        if (read_request(connection, request, sizeof request))
            answer(server, connection, request);
        if (server->manner == SERVER_INTERRUPTS) {
            kill(getpid(), SIGINT);
            while (recv(connection, request, sizeof request, 0) > 0) {
            }
        }
        close(connection);
    }
    return NULL;
}

void server_start(struct server *server, enum server_manner manner, const char *folder)
{
    int port;
    *server = (struct server){.manner = manner, .folder = folder, .listener = bind_anywhere(&port)};
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", port);
    cr_assert_eq(listen(server->listener, 8), 0);
    cr_assert_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

void server_stop(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

const char *server_nowhere(void)
{
    static char url[64];
    int port;
    close(bind_anywhere(&port));
    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    return url;
}
