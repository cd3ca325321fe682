/*
 * An FTP transfer (RFC 959, RFC 3659) told as the HTTP response that says the same.
 *
 * libcurl asks for the date (MDTM), the size (SIZE) and, from an offset on, REST, before RETR. It
 * stops at the size, so that a file that is longer than that does not come out longer.
 */
#include "fetch/curl_inside.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Seconds that libcurl waits, without doing anything else, for the server's last word after the
 * data connection's end. The least that can be set. */
#define LAST_WORD 1L

/* A reply with a date (RFC 3659, section 2.3) has 14 digits, where one with a size would have as
 * many from ten terabytes on. */
#define SIZE_DIGITS 13

static void read_size(struct fetch_curl *curl, const char *digits, size_t length)
{
	uint64_t size = 0;
	size_t count = 0;

	while (count < length && digits[count] >= '0' && digits[count] <= '9' &&
	       count <= SIZE_DIGITS)
		size = size * 10 + (uint64_t)(digits[count++] - '0');
	if (count == 0 || count > SIZE_DIGITS)
		return;
	curl->has_size = true;
	curl->size = size;
}

/* Three digits and a blank (RFC 959, section 4.2); 0 for a line that goes on, or is no reply. */
static unsigned reply_of(const char *line, size_t length)
{
	unsigned reply = 0;

	if (length < 4 || line[3] != ' ')
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (line[i] < '0' || line[i] > '9')
			return 0;
		reply = reply * 10 + (unsigned)(line[i] - '0');
	}
	return reply;
}

bool fetch_curl_ftp_line(struct fetch_curl *curl, const char *line, size_t length, uint64_t elapsed)
{
	unsigned reply = reply_of(line, length);

	if (length > FETCH_HEADERS - curl->ftp_seen)
		return false;
	curl->ftp_seen += length;
	/* libcurl says QUIT before it says how the transfer ended. */
	if (reply == 0 || reply == 221)
		return true;
	curl->reply = reply;
	if (reply == 213)
		read_size(curl, line + 4, length - 4);
	/* The data connection is open: from here on the only reply is the one at its end. */
	if (reply == 150 || reply == 125) {
		curl_easy_setopt(curl->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, LAST_WORD);
		/* It counts from the transfer's start on. */
		curl_easy_setopt(curl->easy, CURLOPT_CONNECTTIMEOUT_MS,
				 (long)(elapsed + FETCH_DATA_TLS));
	}
	return true;
}

/* As Last-Modified (RFC 9110, section 5.6.7), whatever the locale is. */
static void write_date(curl_off_t seconds, char date[FETCH_DATE_TEXT])
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t time = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&time, &tm) == NULL || tm.tm_year > 9999 - 1900)
		return;
	snprintf(date, FETCH_DATE_TEXT, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
		 tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		 tm.tm_sec);
}

void fetch_curl_ftp_response(const struct fetch_curl *curl, struct fetch_response *response)
{
	curl_off_t seconds = -1;
	uint64_t left;

	*response = (struct fetch_response){.status = curl->from == 0 ? 200 : 206};
	if (curl_easy_getinfo(curl->easy, CURLINFO_FILETIME_T, &seconds) == CURLE_OK &&
	    seconds >= 0)
		write_date(seconds, response->validators.modified);
	/* Date and size together are what nginx, too, makes a strong entity tag of. */
	response->modified_long_ago = response->validators.modified[0] != '\0';
	if (curl->known[0] != '\0' && strcmp(curl->known, response->validators.modified) == 0) {
		response->status = 304;
		return;
	}
	if (!curl->has_size)
		return;
	if (curl->from == 0) {
		response->has_length = true;
		response->length = curl->size;
		return;
	}
	response->has_complete = true;
	response->complete = curl->size;
	if (curl->from >= curl->size) {
		response->status = 416;
		return;
	}
	left = curl->size - curl->from;
	response->has_length = true;
	response->length = left;
	response->has_range = true;
	response->first = curl->from;
	response->last = curl->size - 1;
}
