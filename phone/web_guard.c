/* Who was let in by another password, or by none, is not let go on: streams and tokens end with it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "phone/web_inside.h"

static void forget_guard(struct web_guard *guard)
{
	if (guard->password != NULL)
		explicit_bzero(guard->password, strlen(guard->password));
	free(guard->password);
	free(guard->user);
	guard->password = NULL;
	guard->user = NULL;
}

static bool make_token(char token[WEB_TOKEN])
{
	unsigned char bytes[(WEB_TOKEN - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(token + 2 * i, 3, "%02x", (unsigned)bytes[i]);
	return true;
}

bool guard_is_fresh(struct web *web)
{
	const struct phone_settings *settings = web->with.settings;
	const char *user = phone_settings_text(settings, PHONE_HTTP_USER);
	const char *password = phone_settings_text(settings, PHONE_HTTP_PASS);
	struct web_guard *guard = &web->guard;
	char *user_copy;
	char *password_copy;

	if (guard->user != NULL && guard->changes == phone_settings_changes(settings))
		return true;
	if (guard->user == NULL || strcmp(guard->user, user) != 0 ||
	    strcmp(guard->password, password) != 0) {
		user_copy = strdup(user);
		password_copy = strdup(password);
		if (user_copy == NULL || password_copy == NULL || !make_token(web->token)) {
			free(user_copy);
			free(password_copy);
			return false;
		}
		forget_guard(guard);
		guard->user = user_copy;
		guard->password = password_copy;
		guard->number++;
	}
	guard->changes = phone_settings_changes(settings);
	return true;
}

void guard_end(struct web *web)
{
	forget_guard(&web->guard);
	explicit_bzero(web->token, sizeof(web->token));
}
