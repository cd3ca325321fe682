/* Starts nginx, tests/server.py and tests/ftp.py on ports that the system chooses. */
#include "servers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pattern.h"

static const char *const site_certificate[SITES] = {
	[SITE_RIGHT] = "right",     [SITE_EXPIRED] = "expired", [SITE_EARLY] = "early",
	[SITE_UNKNOWN] = "unknown", [SITE_OTHER] = "other",     [SITE_OLD] = "right",
	[SITE_CLIENT] = "right",
};

int servers_listen(int backlog, unsigned *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (descriptor < 0)
		return -1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(descriptor, backlog) != 0 ||
	    getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) {
		close(descriptor);
		return -1;
	}
	*port = ntohs(address.sin_port);
	return descriptor;
}

/* In the child: runs the program, which is to die with the test. */
static void run(const char *const arguments[])
{
	char *copies[20] = {NULL};

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (size_t i = 0; i + 1 < sizeof(copies) / sizeof(copies[0]) && arguments[i] != NULL; i++)
		copies[i] = strdup(arguments[i]);
	execv(arguments[0], copies);
	perror(arguments[0]);
	_exit(127);
}

static bool make_certificates(const char *folder)
{
	const char *const arguments[] = {TESTS_FETCH "/certificates", folder, NULL};
	int status = 0;
	pid_t process;

	process = fork();
	if (process == 0)
		run(arguments);
	return process > 0 && waitpid(process, &status, 0) == process && status == 0;
}

static bool make_files(const char *folder)
{
	uint8_t *bytes = malloc(SERVERS_IMAGE);
	char path[96];
	FILE *file;
	bool made;

	if (bytes == NULL)
		return false;
	pattern_fill(0, bytes, SERVERS_IMAGE);
	snprintf(path, sizeof(path), "%s/image.bin", folder);
	file = fopen(path, "we");
	made = file != NULL && fwrite(bytes, SERVERS_IMAGE, 1, file) == 1;
	if (file != NULL && fclose(file) != 0)
		made = false;
	free(bytes);
	snprintf(path, sizeof(path), "%s/large.bin", folder);
	file = fopen(path, "we");
	if (file == NULL || ftruncate(fileno(file), SERVERS_LARGE) != 0)
		made = false;
	if (file != NULL && fclose(file) != 0)
		made = false;
	return made;
}

/* Starts a script and waits until it says its port. */
static bool start_script(struct servers *servers, const char *const arguments[], unsigned *port)
{
	unsigned index = servers->count;
	int input[2];
	int output[2];
	char line[32];
	FILE *said;
	bool started;

	if (index == SERVERS_MOST || pipe2(input, O_CLOEXEC) != 0)
		return false;
	servers->input[index] = input[1];
	servers->count++;
	if (pipe2(output, O_CLOEXEC) != 0) {
		close(input[0]);
		return false;
	}
	servers->process[index] = fork();
	if (servers->process[index] == 0) {
		dup2(input[0], 0);
		dup2(output[1], 1);
		run(arguments);
	}
	close(input[0]);
	close(output[1]);
	said = fdopen(output[0], "r");
	if (said == NULL) {
		close(output[0]);
		return false;
	}
	started = servers->process[index] > 0 && fgets(line, sizeof(line), said) != NULL &&
		  strncmp(line, "port ", 5) == 0;
	fclose(said);
	if (started)
		*port = (unsigned)strtoul(line + 5, NULL, 10);
	return started;
}

/* `program` with a folder, `options` (at most 9, ended by NULL), and with the right certificate. */
static bool start_python(struct servers *servers, const char *program, const char *const options[],
			 bool tls, unsigned *port)
{
	char certificate[96];
	char key[96];
	const char *arguments[18] = {program, "--directory", servers->folder};
	size_t count = 3;

	snprintf(certificate, sizeof(certificate), "%s/right.pem", servers->folder);
	snprintf(key, sizeof(key), "%s/right.key", servers->folder);
	for (size_t i = 0; options[i] != NULL; i++)
		arguments[count++] = options[i];
	if (tls) {
		arguments[count++] = "--certificate";
		arguments[count++] = certificate;
		arguments[count++] = "--key";
		arguments[count++] = key;
	}
	return start_script(servers, arguments, port);
}

static const char login[] = SERVERS_USER ":" SERVERS_PASSWORD;

bool servers_start_ftp(struct servers *servers)
{
	static const char program[] = TESTS_FETCH "/../ftp.py";
	static const char accountant[] = "accountant:" SERVERS_PASSWORD ":" SERVERS_ACCOUNT;
	static const char clear[] = "clear:" SERVERS_PASSWORD;
	char log[96];
	const char *const options[] = {"--user", login,   "--user", accountant, "--user",
				       clear,    "--log", log,      NULL};

	snprintf(log, sizeof(log), "%s/ftp.log", servers->folder);
	return start_python(servers, program, options, false, &servers->ftp) &&
	       start_python(servers, program, options, true, &servers->ftps);
}

bool servers_start_another(struct servers *servers, const char *access, unsigned *port)
{
	char authority[96];
	const char *const proxy[] = {"--proxy-user", login, "--proxy-access", access, NULL};
	const char *const ftps[] = {"--authority", authority, NULL};

	snprintf(authority, sizeof(authority), "%s/authority.pem", servers->folder);
	return access != NULL
		       ? start_python(servers, TESTS_FETCH "/../server.py", proxy, false, port)
		       : start_python(servers, TESTS_FETCH "/../ftp.py", ftps, true, port);
}

/* The answer to a request, with its headers. */
static FILE *ask_for_log(unsigned port)
{
	static const char request[] = "GET /log HTTP/1.1\r\nHost: log\r\n\r\n";
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *answer = NULL;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (descriptor < 0)
		return NULL;
	if (connect(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    send(descriptor, request, strlen(request), 0) == (ssize_t)strlen(request))
		answer = fdopen(descriptor, "r");
	if (answer == NULL)
		close(descriptor);
	return answer;
}

bool servers_log(const struct servers *servers, unsigned port, char *text, size_t room)
{
	char path[96];
	FILE *file;
	size_t length;

	snprintf(path, sizeof(path), "%s/ftp.log", servers->folder);
	file = port != 0 ? ask_for_log(port) : fopen(path, "re");
	if (file == NULL)
		return false;
	length = fread(text, 1, room - 1, file);
	text[length] = '\0';
	fclose(file);
	return length < room - 1;
}

static bool write_nginx(const struct servers *servers, const char *path)
{
	FILE *file = fopen(path, "we");

	if (file == NULL)
		return false;
	fprintf(file,
		"daemon off;\nuser root;\nworker_processes 1;\npid %s/nginx.pid;\nevents {}\nhttp "
		"{\n"
		"access_log off;\nsendfile on;\nroot %s;\n"
		"client_body_temp_path %s/t1;\nproxy_temp_path %s/t2;\n"
		"fastcgi_temp_path %s/t3;\nuwsgi_temp_path %s/t4;\nscgi_temp_path %s/t5;\n",
		servers->folder, servers->folder, servers->folder, servers->folder, servers->folder,
		servers->folder, servers->folder);
	for (int i = 0; i < SITES; i++) {
		const char *certificate = site_certificate[i];

		fprintf(file, "server {\nlisten 127.0.0.1:%u%s%s;\n", servers->site[i],
			certificate == NULL ? "" : " ssl", i == SITE_RIGHT ? " http2" : "");
		if (certificate != NULL) {
			fprintf(file, "ssl_certificate %s.pem;\nssl_certificate_key %s.key;\n",
				certificate, certificate);
		}
		if (i == SITE_RIGHT)
			fprintf(file, "if ($server_protocol != HTTP/1.1) {\nreturn 505;\n}\n");
		if (i == SITE_OLD)
			fprintf(file, "ssl_protocols TLSv1.1;\nssl_ciphers DEFAULT@SECLEVEL=0;\n");
		if (i == SITE_CLIENT)
			fprintf(file, "ssl_verify_client on;\n"
				      "ssl_client_certificate authority.pem;\n");
		if (i == SITE_ACCESS)
			fprintf(file, "auth_basic test;\nauth_basic_user_file %s/users;\n",
				servers->folder);
		if (i == SITE_SLOW)
			fprintf(file, "limit_rate 1000000;\n");
		fprintf(file, "}\n");
	}
	fprintf(file, "}\n");
	return fclose(file) == 0;
}

static bool write_users(const struct servers *servers)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/users", servers->folder);
	file = fopen(path, "we");
	if (file == NULL)
		return false;
	fprintf(file, SERVERS_USER ":{PLAIN}" SERVERS_PASSWORD "\n");
	return fclose(file) == 0;
}

/*
 * A worker of its own, because without one (master_process off) nginx 1.22 crashes on inherited
 * sockets.
 *
 * Nginx cannot be told to let the system choose its ports. It can be told of sockets that listen
 * already, as an older nginx hands them to a newer one: their numbers in the variable NGINX.
 */
static bool start_nginx(struct servers *servers)
{
	unsigned index = servers->count;
	char path[96];
	char log[96];
	const char *folder = servers->folder;
	const char *const arguments[] = {NGINX, "-p", folder, "-c", path, "-e", log, NULL};
	char inherited[16 * SITES] = "";
	int descriptors[SITES];
	int count = 0;
	bool started = false;

	snprintf(path, sizeof(path), "%s/nginx.conf", folder);
	snprintf(log, sizeof(log), "%s/nginx.log", folder);
	for (count = 0; count < SITES; count++) {
		size_t length = strlen(inherited);

		descriptors[count] = servers_listen(64, &servers->site[count]);
		if (descriptors[count] < 0)
			goto done;
		snprintf(inherited + length, sizeof(inherited) - length, "%d;", descriptors[count]);
	}
	if (!write_nginx(servers, path) || !write_users(servers) || index == SERVERS_MOST)
		goto done;
	servers->count++;
	servers->process[index] = fork();
	if (servers->process[index] == 0) {
		for (int i = 0; i < SITES; i++)
			fcntl(descriptors[i], F_SETFD, 0);
		setenv("NGINX", inherited, 1);
		run(arguments);
	}
	/* Whoever connects before nginx has started waits in the socket's queue. */
	started = servers->process[index] > 0;
done:
	for (int i = 0; i < count; i++)
		close(descriptors[i]);
	return started;
}

bool servers_start(struct servers *servers)
{
	static const char program[] = TESTS_FETCH "/../server.py";
	static const char *const none[] = {NULL};

	*servers = (struct servers){.count = 0};
	for (size_t i = 0; i < SERVERS_MOST; i++)
		servers->input[i] = -1;
	snprintf(servers->folder, sizeof(servers->folder), "/tmp/uxm-servers-XXXXXX");
	if (mkdtemp(servers->folder) == NULL) {
		servers->folder[0] = '\0';
		return false;
	}
	return make_certificates(servers->folder) && make_files(servers->folder) &&
	       start_python(servers, program, none, false, &servers->python) &&
	       start_python(servers, program, none, true, &servers->python_tls) &&
	       start_nginx(servers);
}

void servers_stop(struct servers *servers)
{
	const char *const arguments[] = {"/bin/rm", "-rf", servers->folder, NULL};
	pid_t process;

	for (unsigned i = 0; i < servers->count; i++) {
		if (servers->input[i] >= 0)
			close(servers->input[i]);
		if (servers->process[i] <= 0)
			continue;
		kill(servers->process[i], SIGTERM);
		waitpid(servers->process[i], NULL, 0);
	}
	if (servers->folder[0] == '\0')
		return;
	process = fork();
	if (process == 0)
		run(arguments);
	if (process > 0)
		waitpid(process, NULL, 0);
}
