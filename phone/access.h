/*
 * Who may do what over the web: decided here, from facts of the request alone.
 */
#ifndef PHONE_ACCESS_H
#define PHONE_ACCESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a request is about. */
enum access_act {
	ACCESS_READ = 0, /* a page, a status */
	ACCESS_CHANGE,   /* everything else */
};

/* The facts. Texts are NULL where the request has no such header. */
struct access_request {
	enum access_act act;
	bool is_post;
	bool loopback;       /* from an address of loopback */
	bool has_password;   /* one is set */
	bool knows_password; /* the request proved to know it */
	bool hidden_tags;    /* that setting */
	bool token_right;    /* the form's token is the one that was given out */
	const char *host;    /* Host */
	const char *name;    /* the configured name, "" for none */
	const char *accept_language;
	const char *origin;
	const char *referer;
	const char *fetch_site;  /* Sec-Fetch-Site */
	bool has_fetch_metadata; /* any header that begins with Sec-Fetch- */
	bool tls;                /* it came by https */
};

enum access_verdict {
	ACCESS_GRANTED = 0,
	ACCESS_NO_HOST,     /* 421: Host is neither an address nor the configured name */
	ACCESS_WHO,         /* 401: say who you are */
	ACCESS_LOCAL_ONLY,  /* 403: without a password changes are made from loopback alone */
	ACCESS_TOKEN,       /* 403: the form's token is missing or old, or another site sends it */
	ACCESS_CONFIRM,     /* 200: a page that asks whether it is meant */
	ACCESS_HIDDEN_TAGS, /* 403: bare GETs are switched off */
};

/*
 * Judges a request. In this order: Host; password (where one is set, for reading too); without a
 * password, changes from loopback alone; POST needs the token, and must not be another site's
 * (access_is_foreign); with hidden_tags no changing GET, whatever token it names; one that carries
 * what browsers send is to be confirmed.
 */
enum access_verdict access_judge(const struct access_request *request);

/*
 * Whether the headers say that a page of another origin (RFC 6454, section 4: scheme, host, port)
 * made the browser ask: Sec-Fetch-Site (Fetch Metadata, section 2.3) other than same-origin and
 * none; or an Origin, "null" too, or a Referer that is not empty, which is not that of Host. By
 * https only https is the same; by http both are, for a proxy may speak https for the phone.
 */
bool access_is_foreign(const struct access_request *request);

/* Whether a Host (with or without port) is an IPv4 or IPv6 address, "localhost", or `name`, in any
 * case. */
bool access_host_is_right(const char *host, const char *name);

/* Compares in a time that does not depend on where they differ. */
bool access_same_text(const char *a, const char *b);

/* An address as it counts, in ACCESS_ADDRESS bytes: IPv4 as mapped (RFC 4291, 2.5.5.2); of IPv6 the
 * first 64 bits, which are one network (2.5.1), and zeros; of other families zeros. */
#define ACCESS_ADDRESS 16
void access_address(const struct sockaddr *from, uint8_t address[ACCESS_ADDRESS]);

/* Wrong passwords by address: after 5 in a row no further one is looked at for a while that doubles
 * from 1 s to 5 minutes. Addresses: the 64 last ones; IPv6 by their first 64 bits. */
#define ACCESS_TRIES_MOST 64
struct access_tries {
	struct {
		uint8_t address[ACCESS_ADDRESS];
		unsigned wrong;
		uint64_t until; /* milliseconds */
		uint64_t last;
	} of[ACCESS_TRIES_MOST];
};

/* Seconds until this address may try again, 0: now. */
uint32_t access_tries_wait(const struct access_tries *tries, const struct sockaddr *from,
			   uint64_t now);
void access_tries_wrong(struct access_tries *tries, const struct sockaddr *from, uint64_t now);
void access_tries_right(struct access_tries *tries, const struct sockaddr *from);

#endif
