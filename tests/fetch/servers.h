/*
 * Real servers on loopback for a test: nginx, tests/server.py and tests/ftp.py, with certificates
 * made for the occasion. They end with the test, whatever way it ends.
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
	SITE_RIGHT, /* offers HTTP/2, but has nothing for it (505) */
	SITE_EXPIRED,
	SITE_EARLY,
	SITE_UNKNOWN,
	SITE_OTHER,
	SITE_OLD,    /* speaks nothing newer than TLS 1.1 */
	SITE_CLIENT, /* wants a client's certificate by the authority */
	SITE_ACCESS, /* HTTP; wants SERVERS_USER and SERVERS_PASSWORD (Basic) */
	SITE_SLOW,   /* HTTP; sends 1,000,000 bytes a second */
	SITES,
};

/* Bytes of the file "image.bin", which both servers have; they are the pattern. */
#define SERVERS_IMAGE 3000000
/* Bytes of "large.bin", zeros. */
#define SERVERS_LARGE 300000000

/* Who may ask where somebody is asked for. */
#define SERVERS_USER     "user"
#define SERVERS_PASSWORD "secret"
#define SERVERS_ACCOUNT  "secret-account" /* FTP: of the user "accountant" */

#define SERVERS_MOST 8

struct servers {
	char folder[64]; /* certificates and files */
	unsigned site[SITES];
	unsigned python;     /* ports of tests/server.py: HTTP */
	unsigned python_tls; /* ... and HTTPS, with the right certificate */
	unsigned ftp;        /* ports of tests/ftp.py, after servers_start_ftp: ftp */
	unsigned ftps;       /* ... and ftps, with the right certificate */
	unsigned count;
	pid_t process[SERVERS_MOST];
	int input[SERVERS_MOST]; /* the scripts end when this is closed */
};

/* Starts nginx and tests/server.py. Returns whether all of it went well; to be stopped in any case.
 */
bool servers_start(struct servers *servers);

/* Starts tests/ftp.py twice; both log to FOLDER/ftp.log and know the users above, "clear" (with
 * the same password, see there), and "anonymous".
 * Returns whether it went well. */
bool servers_start_ftp(struct servers *servers);

/* Starts one more tests/server.py, a proxy that wants the user above, by `access` as its
 * --proxy-access says; or an ftps that wants a client's certificate, for NULL. Sets *port. Returns
 * whether it went well. */
bool servers_start_another(struct servers *servers, const char *access, unsigned *port);

/* Appends what the servers have logged so far to `text`: the answer of tests/server.py at `port` to
 * /log, or, for 0, FOLDER/ftp.log. Returns whether it could be read and is shorter than `room`. */
bool servers_log(const struct servers *servers, unsigned port, char *text, size_t room);

/* Ends them and removes their folder. */
void servers_stop(struct servers *servers);

/* A socket that listens on 127.0.0.1, at a port that the system chose; -1 if there is none. */
int servers_listen(int backlog, unsigned *port);

#endif
