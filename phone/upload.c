/* Uploads. */
#include "phone/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "phone/web_inside.h"

struct upload {
	struct request *request;
	int pipe;    /* -1: the job has ended, or all was said */
	char last;   /* the byte that is kept back */
	bool kept;   /* there is one */
	bool wrong;  /* more came than was said */
	bool lost;   /* the connection */
	bool ended;  /* the last byte is out, or never will be */
	uint64_t to; /* how many bytes it has */
	uint64_t at; /* how many went into the pipe */
	struct loop_watch room;
	struct loop_watch socket;
};

struct upload *upload_new(struct request *request, uint64_t size, int *input)
{
	struct upload *upload = calloc(1, sizeof(*upload));
	int ends[2];

	if (upload == NULL || pipe2(ends, O_CLOEXEC) != 0)
		goto fail;
	if (fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) {
		close(ends[0]);
		close(ends[1]);
		goto fail;
	}
	upload->request = request;
	upload->pipe = ends[1];
	upload->to = size;
	*input = ends[0];
	return upload;

fail:
	free(upload);
	return NULL;
}

static void shut(struct upload *upload)
{
	loop_unwatch(&upload->room);
	if (upload->pipe >= 0)
		close(upload->pipe);
	upload->pipe = -1;
}

static void go_on(struct upload *upload)
{
	loop_unwatch(&upload->room);
	loop_unwatch(&upload->socket);
	MHD_resume_connection(upload->request->connection);
}

static void on_room(void *self, uint32_t events)
{
	(void)events;
	go_on(self);
}

/* A suspended connection does not see that the other side has gone; the socket itself does. */
static void on_socket(void *self, uint32_t events)
{
	struct upload *upload = self;

	(void)events;
	upload->lost = true;
	shut(upload);
	go_on(upload);
}

/* Waits for room in the pipe; where that cannot be watched for, the upload is over. */
static void wait_for_room(struct upload *upload)
{
	struct loop *loop = upload->request->web->with.loop;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		upload->request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (!loop_watch(loop, &upload->room, upload->pipe, EPOLLOUT, on_room, upload) ||
	    info == NULL ||
	    !loop_watch(loop, &upload->socket, info->connect_fd, EPOLLRDHUP, on_socket, upload)) {
		shut(upload);
		return;
	}
	MHD_suspend_connection(upload->request->connection);
}

/* Returns how many went into the pipe. */
static size_t put(struct upload *upload, const char *bytes, size_t count)
{
	size_t done = 0;

	while (done < count && upload->pipe >= 0) {
		ssize_t now = write(upload->pipe, bytes + done, count - done);

		if (now > 0) {
			done += (size_t)now;
		} else if (errno == EAGAIN) {
			wait_for_room(upload);
			break;
		} else if (errno != EINTR) {
			shut(upload);
		}
	}
	upload->at += done;
	return done;
}

size_t upload_feed(struct upload *upload, const char *bytes, size_t count)
{
	uint64_t before_last = upload->to - 1 - upload->at;
	size_t some = count;
	size_t done;

	if (upload->pipe < 0)
		return count;
	if (some > before_last)
		some = (size_t)before_last;
	done = put(upload, bytes, some);
	if (upload->pipe < 0)
		return count;
	if (done < some || some == count)
		return done;
	/* The last byte, or what ought not to be there. */
	upload->wrong = upload->wrong || upload->kept || count - some > 1;
	upload->last = bytes[some];
	upload->kept = true;
	return count;
}

bool upload_end(struct upload *upload)
{
	if (upload->ended)
		return true;
	if (upload->pipe >= 0 && upload->kept && !upload->wrong &&
	    put(upload, &upload->last, 1) == 0 && upload->pipe >= 0)
		return false;
	upload->ended = true;
	shut(upload);
	return true;
}

bool upload_is_lost(const struct upload *upload)
{
	return upload->lost;
}

void upload_free(struct upload *upload)
{
	if (upload == NULL)
		return;
	shut(upload);
	loop_unwatch(&upload->socket);
	free(upload);
}
