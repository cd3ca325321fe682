/* Who asks: the facts that access.c judges. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "phone/digest.h"
#include "phone/web_inside.h"

/* Seconds for which a nonce is good. */
#define NONCE 300u

static const char *header(struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static bool is_loopback(const struct sockaddr *from)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
	struct sockaddr_in of_4;
	struct sockaddr_in6 of_6;

	if (from->sa_family == AF_INET) {
		memcpy(&of_4, from, sizeof(of_4));
		return ntohl(of_4.sin_addr.s_addr) >> 24 == 127;
	}
	if (from->sa_family != AF_INET6)
		return false;
	memcpy(&of_6, from, sizeof(of_6));
	if (memcmp(&of_6.sin6_addr, mapped, sizeof(mapped)) == 0)
		return of_6.sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&of_6.sin6_addr) != 0;
}

static enum MHD_Result see_header(void *self, enum MHD_ValueKind kind, const char *name,
				  const char *value)
{
	static const char fetch[] = "Sec-Fetch-";
	bool *found = self;

	(void)kind;
	(void)value;
	if (strncasecmp(name, fetch, sizeof(fetch) - 1) == 0)
		*found = true;
	return MHD_YES;
}

/* Any user, and none, is right where none is set. */
static bool knows_basic(struct request *request, const char *user, const char *password)
{
	char *their_password = NULL;
	char *their_user =
		MHD_basic_auth_get_username_password(request->connection, &their_password);
	bool right = false;

	if (their_user != NULL && their_password != NULL) {
		bool user_right = access_same_text(their_user, user) || user[0] == '\0';

		right = access_same_text(their_password, password) && user_right;
	}
	if (their_password != NULL)
		explicit_bzero(their_password, strlen(their_password));
	MHD_free(their_user);
	MHD_free(their_password);
	return right;
}

/* Whether the password was known; *wrong, that one was offered and is not it. */
static bool knows(struct request *request, const char *authorization, bool *wrong)
{
	const struct phone_settings *settings = request->web->with.settings;
	const char *user = phone_settings_text(settings, PHONE_HTTP_USER);
	const char *password = phone_settings_text(settings, PHONE_HTTP_PASS);
	const char *method = request->is_post ? "POST" : request->is_head ? "HEAD" : "GET";
	bool right;
	int digest;

	if (strncasecmp(authorization, "Digest ", 7) == 0) {
		/* It is not asked for, and nobody can be right. */
		if (!digest_can_carry(user))
			return false;
		digest = MHD_digest_auth_check2(request->connection, WEB_REALM, user, password,
						NONCE, MHD_DIGEST_ALG_SHA256);
		/* An old nonce is no wrong password. Of one that it does not remember, or whose
		 * requests overtook each other, libmicrohttpd 0.9.75 says the same as of a wrong
		 * password. */
		request->stale = digest == MHD_INVALID_NONCE ||
				 (digest == MHD_NO && digest_is_right(authorization, method,
								      WEB_REALM, user, password));
		*wrong = digest == MHD_NO && !request->stale;
		return digest == MHD_YES;
	}
	if (strncasecmp(authorization, "Basic ", 6) != 0)
		return false;
	right = knows_basic(request, user, password);
	*wrong = !right;
	return right;
}

static void check_password(struct request *request, const struct sockaddr *from)
{
	struct web *web = request->web;
	const char *authorization = header(request, "Authorization");
	uint64_t now = loop_now(web->with.loop);
	bool wrong = false;

	if (authorization == NULL)
		return;
	request->wait = access_tries_wait(&web->tries, from, now);
	if (request->wait > 0) {
		request_refuse(request, MHD_HTTP_TOO_MANY_REQUESTS,
			       "Too many wrong passwords came from this address; wait before the "
			       "next one.");
		return;
	}
	request->facts.knows_password = knows(request, authorization, &wrong);
	if (request->facts.knows_password) {
		access_tries_right(&web->tries, from);
	} else if (wrong) {
		access_tries_wrong(&web->tries, from, now);
		log_line(web->with.log, LOG_IS_WARNING, "A wrong password came over the web.");
	}
}

void who_asks(struct request *request)
{
	const struct phone_settings *settings = request->web->with.settings;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct access_request *facts = &request->facts;

	facts->is_post = request->is_post;
	facts->loopback = info != NULL && is_loopback(info->client_addr);
	facts->has_password = phone_settings_text(settings, PHONE_HTTP_PASS)[0] != '\0';
	facts->hidden_tags = phone_settings_is_on(settings, PHONE_HIDDEN_TAGS);
	facts->host = header(request, "Host");
	facts->name = request->web->with.name;
	facts->accept_language = header(request, "Accept-Language");
	facts->origin = header(request, "Origin");
	facts->referer = header(request, "Referer");
	facts->fetch_site = header(request, "Sec-Fetch-Site");
	facts->tls = request->web->with.certificate != NULL;
	(void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, see_header,
					&facts->has_fetch_metadata);
	if (facts->has_password && info != NULL)
		check_password(request, info->client_addr);
}
