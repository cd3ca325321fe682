/* phone/settings_table.c and README's table of settings: the same defaults, limits and reach. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/settings.h"
#include "tests/cmocka.h"

#define HEAD                                                                                       \
	"| setting | value | default | limits | changed by |\n| --- | --- | --- | --- | --- |\n"
#define CELLS 5
#define CELL  512

/* The table's rows, without its head; to be freed. */
static char *read_rows(void)
{
	FILE *file = fopen(UXM_README, "r");
	char *text = NULL;
	size_t room = 0;
	char *rows;
	char *end;

	assert_non_null(file);
	assert_true(getdelim(&text, &room, '\0', file) > 0);
	fclose(file);
	rows = strstr(text, HEAD);
	assert_non_null(rows);
	rows += strlen(HEAD);
	end = strstr(rows, "\n\n");
	assert_non_null(end);
	*end = '\0';
	memmove(text, rows, strlen(rows) + 1);
	return text;
}

/* The row that begins with the setting's name, or has it among others in its first cell. */
static const char *find_row(const char *rows, const char *name)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "`%s`", name);
	for (const char *row = rows; row != NULL; row = strchr(row, '\n')) {
		const char *there;

		row += row[0] == '\n';
		there = strstr(row, quoted);
		if (there != NULL && there < strchr(row + 1, '|'))
			return row;
	}
	fail_msg("README's table of settings has no %s.", name);
	return NULL;
}

static void split(const char *row, char cells[CELLS][CELL])
{
	for (size_t i = 0; i < CELLS; i++) {
		const char *end = strchr(row + 2, '|');

		assert_non_null(end);
		assert_true(row[0] == '|' && row[1] == ' ' && end[-1] == ' ');
		snprintf(cells[i], CELL, "%.*s", (int)(end - row - 3), row + 2);
		row = end;
	}
}

/* Words as README quotes them. */
static void quote(const char *words, char text[CELL])
{
	size_t length = 0;

	text[length++] = '`';
	for (; *words != '\0'; words++) {
		if (*words == ' ')
			text[length++] = '`';
		text[length++] = *words;
		if (*words == ' ')
			text[length++] = '`';
	}
	text[length++] = '`';
	text[length] = '\0';
}

static void put_limits(const struct phone_setting *row, char text[CELL])
{
	switch (row->kind) {
	case PHONE_SWITCH:
		quote("on off", text);
		break;
	case PHONE_CHOICE:
		quote(row->choices, text);
		break;
	case PHONE_NUMBER:
		snprintf(text, CELL, "%u to %u", row->least, row->most);
		break;
	case PHONE_TEXT:
	case PHONE_URL:
	case PHONE_SECRET:
		snprintf(text, CELL, "%u bytes", row->most);
		break;
	}
}

static void readme_has_every_settings_default_limits_and_reach(void **state)
{
	static const char *const reach[] = {
		[PHONE_REACH_WEB] = "pages, provisioning, the file",
		[PHONE_REACH_FLEET] = "provisioning, the file",
		[PHONE_REACH_MACHINE] = "the file; not shown",
	};
	char *rows = read_rows();

	(void)state;
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		const struct phone_setting *row = phone_setting((enum phone_id)i);
		char cells[CELLS][CELL];
		char text[CELL] = "none";

		split(find_row(rows, row->name), cells);
		if (row->initial[0] != '\0')
			quote(row->initial, text);
		assert_string_equal(cells[2], text);
		put_limits(row, text);
		assert_string_equal(cells[3], text);
		assert_string_equal(cells[4], reach[row->reach]);
	}
	free(rows);
}

static void readme_has_no_other_settings(void **state)
{
	char *rows = read_rows();
	char *rest = rows;
	char *row;

	(void)state;
	while ((row = strsep(&rest, "\n")) != NULL) {
		char cells[CELLS][CELL];
		char *names = cells[0];
		char *name;

		split(row, cells);
		while ((name = strsep(&names, "`, ")) != NULL) {
			enum phone_id id;

			if (name[0] != '\0' && !phone_setting_find(name, &id))
				fail_msg("uxmd has no setting %s.", name);
		}
	}
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readme_has_every_settings_default_limits_and_reach),
		cmocka_unit_test(readme_has_no_other_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
