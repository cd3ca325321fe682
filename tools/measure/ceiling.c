/*
 * uxm-ceiling URL: how fast this machine could be at best: the same pipeline and both digests with
 * no USB in between. One process fetches, computes SHA-256 and CRC-32 and writes to a socket; the
 * other one reads, and computes both again. Prints the seconds from the first byte to the last
 * one's digest.
 */
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fetch/fetch.h"
#include "uxm/io.h"
#include "uxm/wire.h"

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "uxm-ceiling: %s\n", what);
	exit(1);
}

static gnutls_hash_hd_t new_hash(void)
{
	gnutls_hash_hd_t hash;

	if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) != 0)
		die("SHA-256 is not available");
	return hash;
}

/* What stands for the module: says a byte back when everything has been digested. */
static void take(int socket)
{
	static uint8_t block[UXM_PIPE_TRANSFER];
	gnutls_hash_hd_t hash = new_hash();
	ssize_t got;
	volatile uint32_t crc = 0;

	while ((got = recv(socket, block, sizeof(block), MSG_WAITALL)) > 0) {
		crc ^= uxm_wire_crc(block, (size_t)got);
		gnutls_hash(hash, block, (size_t)got);
	}
	gnutls_hash_deinit(hash, block);
	if (write(socket, block, 1) != 1)
		die("the socket broke");
}

static void send_all(int socket, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(socket, bytes, length, 0);

		if (sent <= 0)
			die("the socket broke");
		bytes += sent;
		length -= (size_t)sent;
	}
}

static void move(struct fetch *fetch, int socket)
{
	static uint8_t block[UXM_PIPE_TRANSFER];
	struct uxm_image image = fetch_image(fetch);
	gnutls_hash_hd_t hash = new_hash();
	volatile uint32_t crc = 0;
	struct uxm_failure why;
	enum uxm_io io = UXM_IO_AGAIN;
	uint64_t size;
	size_t filled = 0;
	double from;

	while ((io = image.ops->open(image.self, &size, &why)) == UXM_IO_AGAIN)
		fetch_wait(fetch, NULL, 0, 1000, &why);
	if (io != UXM_IO_OK)
		die(why.text);
	from = seconds();
	while (io != UXM_IO_END) {
		size_t got = 0;

		io = image.ops->read(image.self, block + filled, sizeof(block) - filled, &got,
				     &why);
		if (io == UXM_IO_AGAIN)
			fetch_wait(fetch, NULL, 0, 1000, &why);
		else if (io == UXM_IO_OK)
			filled += got;
		else if (io != UXM_IO_END)
			die(why.text);
		if (filled < sizeof(block) && io != UXM_IO_END)
			continue;
		gnutls_hash(hash, block, filled);
		crc ^= uxm_wire_crc(block, filled);
		send_all(socket, block, filled);
		filled = 0;
	}
	gnutls_hash_deinit(hash, block);
	shutdown(socket, SHUT_WR);
	if (read(socket, block, 1) != 1)
		die("the socket broke");
	printf("%.6f\n", seconds() - from);
}

int main(int count, char **arguments)
{
	struct fetch_options options = {.url = count == 2 ? arguments[1] : "",
					.deadlines = UXM_DEADLINES};
	struct fetch *fetch;
	struct uxm_failure why;
	int sockets[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0)
		die("there is no socket");
	child = fork();
	if (child == 0) {
		close(sockets[0]);
		take(sockets[1]);
		return 0;
	}
	close(sockets[1]);
	if (child < 0 || !fetch_new(&options, &fetch, &why))
		die("takes a URL");
	move(fetch, sockets[0]);
	fetch_free(fetch);
	close(sockets[0]);
	waitpid(child, NULL, 0);
	return 0;
}
