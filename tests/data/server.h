/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A small HTTP server on this machine, good and bad. */
#ifndef NNCL_TESTS_DATA_SERVER_H
#define NNCL_TESTS_DATA_SERVER_H

enum server_manner {
    SERVER_GOOD,       /* sends what is asked for, ranges too */
    SERVER_NO_RANGES,  /* always sends the whole file */
    SERVER_CUTS_ONCE,  /* hangs up after half of the first answer */
    SERVER_CUTS,       /* hangs up after half of every answer */
    SERVER_BUSY_ONCE,  /* the first answer is 503 */
    SERVER_MISSING,    /* 404 */
    SERVER_ENDLESS,    /* zeros without end */
    SERVER_INTERRUPTS, /* sends half of a file, then SIGINT to this process, then nothing */
};

/* Serves the files of `folder`, one connection after the other, in a thread of its own. */
struct server {
    enum server_manner manner;
    const char *folder;
    char url[64];         /* http://127.0.0.1:<port> */
    int requests, ranges; /* answered so far; of them with a range; read after server_stop */
    int listener;
    unsigned long thread;
};

void server_start(struct server *server, enum server_manner manner, const char *folder);
void server_stop(struct server *server);

/* An address of this machine at which nothing listens; static storage. */
const char *server_nowhere(void);

#endif
