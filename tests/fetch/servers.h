/*
 * Real servers on loopback for a test: nginx, and tests/server.py, with certificates made for the
 * occasion. They end with the test, whatever way it ends.
 */
#ifndef TESTS_FETCH_SERVERS_H
#define TESTS_FETCH_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where nginx listens: HTTP, and HTTPS with the certificates that tests/fetch/certificates names.
 */
enum site {
	SITE_PLAIN = 0,
	SITE_RIGHT,
	SITE_EXPIRED,
	SITE_EARLY,
	SITE_UNKNOWN,
	SITE_OTHER,
	SITE_OLD, /* speaks nothing newer than TLS 1.1 */
	SITES,
};

/* Bytes of the file "image.bin", which both servers have; they are the pattern. */
#define SERVERS_IMAGE 3000000
/* Bytes of "large.bin", zeros. */
#define SERVERS_LARGE 300000000

struct servers {
	char folder[64]; /* certificates and files */
	unsigned site[SITES];
	unsigned python;     /* ports of tests/server.py: HTTP */
	unsigned python_tls; /* ... and HTTPS, with the right certificate */
	pid_t process[3];
	int input[3]; /* tests/server.py ends when this is closed */
};

/* Starts them. Returns whether all of it went well; to be stopped in any case. */
bool servers_start(struct servers *servers);

/* Ends them and removes their folder. */
void servers_stop(struct servers *servers);

/* A socket that listens on 127.0.0.1, at a port that the system chose; -1 if there is none. */
int servers_listen(int backlog, unsigned *port);

#endif
