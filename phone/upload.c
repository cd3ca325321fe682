/* Uploads. */
#include "phone/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "phone/web_inside.h"

/* Milliseconds after which a connection that ended is looked at again. */
#define AGAIN 20u

struct upload {
	struct request *request;
	int pipe;   /* -1: the job has ended, or all was said */
	char last;  /* the byte that is kept back */
	bool kept;  /* there is one */
	bool wrong; /* more came than was said */
	bool lost;  /* the connection */
	bool ended; /* the last byte is out, or never will be */
	bool waits; /* for its update's end, suspended */
	bool told;  /* of that: */
	struct uxm_failure end;
	uint64_t to; /* how many bytes it has */
	uint64_t at; /* how many went into the pipe */
	struct loop_watch room;
	int descriptor; /* of the connection */
	struct loop_watch socket;
	struct loop_timer again;
};

/* No more goes to the job. */
static void shut(struct upload *upload)
{
	loop_unwatch(&upload->room);
	if (upload->pipe >= 0)
		close(upload->pipe);
	upload->pipe = -1;
}

static void forget_socket(struct upload *upload)
{
	loop_unwatch(&upload->socket);
	loop_cancel(&upload->again);
}

static void on_room(void *self, uint32_t events)
{
	struct upload *upload = self;

	(void)events;
	loop_unwatch(&upload->room);
	web_resume(upload->request->web, upload->request->connection);
}

static void on_again(void *self);

/*
 * The other side says no more, or has gone. A suspended connection does not see that, and of the
 * others libmicrohttpd overlooks an end that came together with the last bytes (it reads on only
 * when epoll's edge comes). What was not read yet is given time.
 */
static void on_socket(void *self, uint32_t events)
{
	struct upload *upload = self;
	struct loop *loop = upload->request->web->with.loop;
	int unread = 0;

	loop_unwatch(&upload->socket);
	if ((events & (EPOLLHUP | EPOLLERR)) == 0 && upload->room.loop == NULL &&
	    ioctl(upload->descriptor, FIONREAD, &unread) == 0 && unread > 0) {
		loop_at(loop, &upload->again, loop_now(loop) + AGAIN, on_again, upload);
		return;
	}
	upload->lost = true;
	shut(upload);
	(void)shutdown(upload->descriptor, SHUT_RDWR);
	web_resume(upload->request->web, upload->request->connection);
}

static void watch_socket(struct upload *upload)
{
	(void)loop_watch(upload->request->web->with.loop, &upload->socket, upload->descriptor,
			 EPOLLRDHUP, on_socket, upload);
}

static void on_again(void *self)
{
	watch_socket(self);
}

struct upload *upload_new(struct request *request, uint64_t size, int *input)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct upload *upload = calloc(1, sizeof(*upload));
	int ends[2];

	if (info == NULL || upload == NULL || pipe2(ends, O_CLOEXEC) != 0)
		goto fail;
	if (fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) {
		close(ends[0]);
		close(ends[1]);
		goto fail;
	}
	upload->request = request;
	upload->pipe = ends[1];
	upload->descriptor = info->connect_fd;
	upload->to = size;
	uxm_fail(&upload->end, UXM_INTERNAL,
		 "The update ended before the whole file was taken; status.json says why.");
	watch_socket(upload);
	*input = ends[0];
	return upload;

fail:
	free(upload);
	return NULL;
}

/* Waits for room in the pipe; where that cannot be watched for, the upload is over. */
static void wait_for_room(struct upload *upload)
{
	if (!loop_watch(upload->request->web->with.loop, &upload->room, upload->pipe, EPOLLOUT,
			on_room, upload) ||
	    !web_suspend(upload->request->connection))
		shut(upload);
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
	forget_socket(upload);
	return true;
}

static bool is_whole(const struct upload *upload)
{
	return upload->at == upload->to;
}

void upload_ended(struct upload *upload, enum uxm_result result, const char *text)
{
	uxm_fail(&upload->end, result, "%s", text);
	upload->told = true;
	if (upload->waits)
		web_resume(upload->request->web, upload->request->connection);
	upload->waits = false;
}

bool upload_is_settled(struct upload *upload)
{
	if (!is_whole(upload) && !upload->told)
		upload->waits = web_suspend(upload->request->connection);
	return !upload->waits;
}

const struct uxm_failure *upload_refusal(const struct upload *upload)
{
	return is_whole(upload) ? NULL : &upload->end;
}

bool upload_is_lost(const struct upload *upload)
{
	return upload->lost;
}

void upload_free(struct upload *upload)
{
	if (upload == NULL)
		return;
	if (upload->request->web->upload == upload)
		upload->request->web->upload = NULL;
	shut(upload);
	forget_socket(upload);
	free(upload);
}
