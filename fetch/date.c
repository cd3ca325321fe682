/* Dates of HTTP. Every byte comes from the network, and no locale has a say in it. */
#include "fetch/date.h"

#include <string.h>

/* Digits are '0'; every other character stands for itself, but those of the two names. */
static const char form[] = "___, 00 ___ 0000 00:00:00 GMT";

static bool has_form(const char *text, size_t length)
{
	if (length != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < length; i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == '0' ? !is_digit : form[i] != '_' && text[i] != form[i])
			return false;
	}
	return true;
}

static int64_t number(const char *text, size_t digits)
{
	int64_t value = 0;

	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

/* 1 to 12, or 0. */
static int64_t month_of(const char *text)
{
	static const char names[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (memcmp(text, names[i], 3) == 0)
			return (int64_t)i + 1;
	}
	return 0;
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_in(int64_t month, int64_t year)
{
	static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to that one. */
static int64_t day_number(int64_t year, int64_t month, int64_t day)
{
	int64_t before = year - 1;
	/* From 0001-01-01 on; 1970-01-01 is the 719162nd day after that. */
	int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;

	for (int64_t i = 1; i < month; i++)
		days += days_in(i, year);
	return days + day - 1;
}

bool fetch_date_read(const char *text, size_t length, int64_t *seconds)
{
	int64_t year;
	int64_t month;
	int64_t day;
	int64_t hour;
	int64_t minute;
	int64_t second;

	if (!has_form(text, length))
		return false;
	day = number(text + 5, 2);
	month = month_of(text + 8);
	year = number(text + 12, 4);
	hour = number(text + 17, 2);
	minute = number(text + 20, 2);
	second = number(text + 23, 2);
	/* A leap second is the 60th. */
	if (year < 1601 || month == 0 || day == 0 || day > days_in(month, year) || hour > 23 ||
	    minute > 59 || second > 60)
		return false;
	*seconds = ((day_number(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
	return true;
}
