/* Redirects: followed by hand, where each can be judged and counted. */
#include "fetch/hops.h"

#include <string.h>

#include "fetch/sentence.h"
#include "fetch/url.h"

void fetch_hops_init(struct fetch_hops *hops, const char *url, const struct fetch_access *access)
{
	size_t length = strnlen(url, FETCH_URL_TEXT - 1);

	memset(hops, 0, sizeof(*hops));
	memcpy(hops->url, url, length);
	if (access != NULL) {
		hops->access = *access;
		hops->has_access = true;
	}
	fetch_hops_restart(hops);
}

void fetch_hops_restart(struct fetch_hops *hops)
{
	memcpy(hops->current, hops->url, sizeof(hops->current));
	hops->count = 0;
}

bool fetch_is_redirect(unsigned status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool fetch_hops_follow(struct fetch_hops *hops, const struct fetch_response *response,
		       struct uxm_failure *why)
{
	char shown[FETCH_SHOWN_TEXT];
	char scheme[FETCH_SCHEME_TEXT] = "";
	enum fetch_hop hop = FETCH_HOP_BAD;

	if (hops->count == FETCH_REDIRECTS) {
		uxm_fail(why, UXM_FETCH_FAILED, "The server redirects %s more than %d times.",
			 fetch_url_shown(hops->url, shown), FETCH_REDIRECTS);
		return false;
	}
	if (response->location[0] != '\0' && !response->bad_location)
		hop = fetch_url_follow(hops->current, response->location, hops->current, scheme);
	if (hop != FETCH_HOP_OK) {
		fetch_sentence_hop(why, fetch_url_shown(hops->current, shown), hop, scheme);
		return false;
	}
	hops->count++;
	return true;
}

void fetch_hops_who(const struct fetch_hops *hops, struct fetch_request *request)
{
	bool own = fetch_url_same_server(hops->url, hops->current);

	request->access = own && hops->has_access ? &hops->access : NULL;
	request->netrc = own;
}
