/*
 * What fetching stands on: a table of three calls that move one response, and the three calls by
 * which that hands over what came. fetch/curl.c fills the table with libcurl, a test with a script.
 * HTTP is spoken of; an FTP transfer is told as the response that says the same (curl.c).
 */
#ifndef FETCH_TRANSFER_H
#define FETCH_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/digest.h"

/* Room for a URL and its final zero; a longer one is refused. RFC 9110, section 4.1, asks for 8000.
 */
#define FETCH_URL_TEXT 8192
/* The largest block of a body that a transfer hands over at once, in bytes. */
#define FETCH_BLOCK    (128u * 1024u)
/* All headers of a transfer together, in bytes; more is not read. */
#define FETCH_HEADERS  (64u * 1024u)

/* Room for an entity tag (RFC 9110, section 8.8.3) and for a date (section 5.6.7), each with its
 * final zero; a longer one counts as absent. */
#define FETCH_ETAG_TEXT 128
#define FETCH_DATE_TEXT 40

/* In seconds. A server that asks for a longer pause asks for this one: nobody waits so long. */
#define FETCH_RETRY_AFTER_MOST 86400u

/* What tells one state of a file on the server from another; "" where the server did not say. */
struct fetch_validators {
	char etag[FETCH_ETAG_TEXT];     /* as it came, with quotation marks and "W/" */
	char modified[FETCH_DATE_TEXT]; /* Last-Modified as it came */
};

/* Who asks: "" for none of it, else at most FETCH_ACCESS_TEXT - 1 characters each. Neither shown
 * nor written into a URL. */
#define FETCH_ACCESS_TEXT 256
struct fetch_access {
	char user[FETCH_ACCESS_TEXT];
	char password[FETCH_ACCESS_TEXT];
	char account[FETCH_ACCESS_TEXT]; /* FTP's ACCT (RFC 959, section 4.1.1) */
};

/* What is asked for. */
struct fetch_request {
	const char *url;
	/* For the server of `url`, or NULL: then those in `url` count, else, where `netrc` is set,
	 * netrc's. */
	const struct fetch_access *access;
	bool netrc;
	uint64_t from;        /* 0: the whole; else from this offset on (section 14.2) */
	const char *if_range; /* "", or the condition of a part (section 13.1.5) */
	/* The state that is known already, or NULL (sections 13.1.2 and 13.1.3): 304 is asked for.
	 */
	const struct fetch_validators *known;
};

/* The phrase of a response that is what a proxy said to CONNECT. */
#define FETCH_OF_PROXY "from the proxy"

/* What the headers of a response say (RFC 9110). Nothing in it has been judged. */
struct fetch_response {
	unsigned status;   /* 200 to 999 */
	char phrase[64];   /* of the status line, "" if the server gave none; cut if longer */
	bool has_length;   /* Content-Length was one number (section 8.6) */
	bool bad_length;   /* ... was something else, or several that differ */
	bool coded;        /* there was a Transfer-Encoding (RFC 9112, section 6.1) */
	bool has_range;    /* Content-Range named `first` and `last` (section 14.4) */
	bool has_complete; /* ... named `complete` */
	bool bad_location; /* Location was empty or too long */
	uint64_t length;   /* bytes of this body */
	uint64_t first;    /* the offset of its first byte in the whole */
	uint64_t last;     /* the offset of its last byte, at least `first` */
	uint64_t complete; /* bytes of the whole */
	struct fetch_validators validators;
	bool modified_long_ago; /* Last-Modified is at least a second before Date (section 8.8.2.2)
				 */
	bool has_retry_after;   /* Retry-After was understood (section 10.2.3) */
	uint32_t retry_after;   /* seconds from Date on, at most FETCH_RETRY_AFTER_MOST */
	char encoding[32];      /* Content-Encoding, "" for none and for identity; cut if longer */
	struct fetch_digest representation; /* Repr-Digest (RFC 9530, section 3) */
	struct fetch_digest content;        /* Content-Digest (section 2) */
	char location[FETCH_URL_TEXT];      /* Location as it came, "" for none (section 10.2.2) */
};

/* What a receiver says to a block. */
enum fetch_take {
	FETCH_TAKEN = 0, /* all of it */
	FETCH_FULL,      /* nothing of it: the same bytes are to be offered in the next perform */
	FETCH_ENOUGH,    /* nothing of it: the transfer is to end */
};

/* All are called from within perform only, and call no function of the table. */
struct fetch_receiver_ops {
	/* The server is connected, securely where that is asked for; the request goes out. Again
	 * where the transfer needs more than one connection. */
	void (*connected)(void *self);
	/*
	 * The headers of the last response (not of 1xx) are complete. Returns whether the body is
	 * wanted, and then sets *expected to the number of its bytes that are, 1 or more; false
	 * ends the transfer.
	 */
	bool (*response)(void *self, const struct fetch_response *response, uint64_t *expected);
	/* The next 1 to FETCH_BLOCK bytes of the body. More than expected are handed over too. */
	enum fetch_take (*body)(void *self, const uint8_t *bytes, size_t length);
};

struct fetch_receiver {
	const struct fetch_receiver_ops *ops;
	void *self;
};

/* How a transfer stands, or ended. */
enum fetch_end {
	FETCH_RUNNING = 0,
	FETCH_COMPLETE,           /* the response ended in order, whatever its length was */
	FETCH_STOPPED,            /* the receiver wanted no more */
	FETCH_NO_HOST,            /* the host's name was not found */
	FETCH_NO_PROXY,           /* the proxy's name was not found */
	FETCH_PROXY_AWAY,         /* the proxy was not connected, or not in time */
	FETCH_PROXY_TLS,          /* TLS with the proxy failed */
	FETCH_CONNECTION_REFUSED, /* nobody listens there */
	FETCH_UNREACHABLE,        /* no route to the host or network */
	FETCH_CONNECT_TIMEOUT,    /* name, connection and TLS together took too long */
	FETCH_RESET,              /* the connection was reset */
	FETCH_NO_ANSWER,          /* the connection was closed before a response */
	FETCH_HEADERS_TOO_LARGE,  /* more than FETCH_HEADERS */
	FETCH_CERTIFICATE_EXPIRED,
	FETCH_CERTIFICATE_EARLY,   /* not valid yet */
	FETCH_CERTIFICATE_NAME,    /* of another host */
	FETCH_CERTIFICATE_UNKNOWN, /* no trusted authority signed it */
	FETCH_CERTIFICATE_PIN,     /* its public key is not the one that is pinned */
	FETCH_AUTHORITIES,         /* the file of trusted authorities cannot be used */
	FETCH_OWN_CERTIFICATE,     /* the client's certificate or key cannot be used */
	FETCH_TLS,                 /* any other failure of TLS */
	FETCH_MISSING,             /* FTP: there is no such file (RFC 959: 550) */
	FETCH_NO_LOGIN,            /* FTP: user, password or account were refused (530, 532) */
	FETCH_FTP,                 /* FTP: any other permanent refusal (5xx) */
	FETCH_FTP_LATER,           /* FTP: a transient refusal (4xx) */
	FETCH_NO_MEMORY,
	FETCH_OTHER,
};

/* `detail` is what the library said to it, "" if nothing. It holds no password. */
struct fetch_outcome {
	enum fetch_end end;
	char detail[256];
};

struct fetch_transfer_ops {
	/*
	 * Asks. Ends the transfer before it, if there is one. Returns FETCH_RUNNING, or
	 * FETCH_NO_MEMORY, or FETCH_OTHER. Nothing of `request` is used after the return,
	 * `receiver` until the transfer ends.
	 */
	enum fetch_end (*start)(void *self, const struct fetch_request *request,
				const struct fetch_receiver *receiver);
	/*
	 * Does what can be done at once. Sets *outcome when it returns anything but FETCH_RUNNING;
	 * the transfer has ended then, and is not performed again.
	 */
	enum fetch_end (*perform)(void *self, struct fetch_outcome *outcome);
	/* Ends the transfer at once. Harmless without one. */
	void (*stop)(void *self);
};

struct fetch_transfer {
	const struct fetch_transfer_ops *ops;
	void *self;
};

#endif
