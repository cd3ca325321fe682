/* The scene of uxmd. */
#include "uxmd_scene.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cmocka.h"

/* Seconds after which a test that hangs is ended. */
#define PATIENCE 60

#define SCRIPT                                                                                     \
	"cd \"$(dirname \"$0\")\"\n"                                                               \
	"if [ \"$1\" = list ]; then echo \"$@\" >asked; cat modules; exit; fi\n"                   \
	"if [ \"$1\" = check ]; then cat <&3 >check; . ./findings; exit; fi\n"                     \
	"cat <&3 >order\n. ./update"

struct folder folder;
char program[300];
char home[300];
struct uxmd uxmd;

int uxmd_make(void **state)
{
	(void)state;
	alarm(PATIENCE);
	folder_make(&folder);
	snprintf(program, sizeof(program), "%s", folder_put_script(&folder, "uxm", SCRIPT));
	snprintf(home, sizeof(home), "%s", folder.path);
	folder_put(&folder, "modules", MODULE("1.5.3"));
	memset(&uxmd, 0, sizeof(uxmd));
	return 0;
}

int uxmd_clear(void **state)
{
	(void)state;
	folder_remove(&folder);
	return 0;
}

void uxmd_start_with(const char *const *more)
{
	const char *empty = folder_at(&folder, "empty.conf");
	const char *const words[] = {UXMD,        "--config",        empty,     "--port", "0",
				     "--address", "127.0.0.1",       "--state", home,     "--uxm",
				     program,     "--phone-version", "11.0"};
	static char texts[24][300];
	char *arguments[24] = {NULL};
	size_t count = 0;
	int ends[2];

	folder_put(&folder, "empty.conf", "");
	for (; count < sizeof(words) / sizeof(words[0]); count++)
		snprintf(texts[count], sizeof(texts[0]), "%s", words[count]);
	while (*more != NULL)
		snprintf(texts[count++], sizeof(texts[0]), "%s", *more++);
	while (count-- > 0)
		arguments[count] = texts[count];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	uxmd.length = 0;
	uxmd.log[0] = '\0';
	uxmd.process = fork();
	if (uxmd.process == 0) {
		/* A test that fails leaves none behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDERR_FILENO);
		execv(UXMD, arguments);
		_exit(127);
	}
	assert_true(uxmd.process > 0);
	close(ends[1]);
	uxmd.log_end = ends[0];
}

bool uxmd_hear(const char *text)
{
	while (strstr(uxmd.log, text) == NULL) {
		ssize_t got = read(uxmd.log_end, uxmd.log + uxmd.length,
				   sizeof(uxmd.log) - uxmd.length - 1);

		if (got <= 0)
			return false;
		uxmd.length += (size_t)got;
		uxmd.log[uxmd.length] = '\0';
	}
	return true;
}

void uxmd_wait_served(void)
{
	static const char before[] = "http://127.0.0.1:";
	const char *at;

	assert_true(uxmd_hear("One expansion module") && uxmd_hear("The pages are at "));
	at = strstr(uxmd.log, before);
	assert_non_null(at);
	uxmd.port = (unsigned)strtoul(at + strlen(before), NULL, 10);
	assert_true(uxmd.port > 0);
}

int uxmd_end(void)
{
	int status;

	(void)uxmd_hear("\1");
	assert_int_equal(waitpid(uxmd.process, &status, 0), uxmd.process);
	close(uxmd.log_end);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int uxmd_end_by(int number)
{
	assert_int_equal(kill(uxmd.process, number), 0);
	return uxmd_end();
}

const char *uxmd_ask(const char *line, const char *body)
{
	static char answer[TEXT];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)uxmd.port)};
	int visitor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t length = 0;
	ssize_t got;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(visitor, (const struct sockaddr *)&to, sizeof(to)), 0);
	dprintf(visitor,
		"%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: "
		"application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
		line, strlen(body), body);
	while ((got = read(visitor, answer + length, sizeof(answer) - length - 1)) > 0)
		length += (size_t)got;
	answer[length] = '\0';
	close(visitor);
	return answer;
}

void uxmd_load(const char *script)
{
	const char *mark = "name=\"token\" value=\"";
	const char *token;
	char body[300];

	folder_put(&folder, "update", script);
	token = strstr(uxmd_ask("GET /update.htm", ""), mark);
	assert_non_null(token);
	snprintf(body, sizeof(body), "token=%.32s&do=load&firmware=" URL, token + strlen(mark));
	assert_non_null(strstr(uxmd_ask("POST /update.htm", body), "303 See Other"));
}

void uxmd_make_pipe(const char *name)
{
	assert_int_equal(mkfifo(folder_at(&folder, name), 0600), 0);
}

void uxmd_pass(const char *name, int how)
{
	int descriptor = open(folder_at(&folder, name), how | O_CLOEXEC);
	char byte = '\n';

	assert_true(descriptor >= 0);
	if (how == O_WRONLY)
		assert_int_equal(write(descriptor, &byte, 1), 1);
	else
		assert_int_equal(read(descriptor, &byte, 1), 1);
	close(descriptor);
}
