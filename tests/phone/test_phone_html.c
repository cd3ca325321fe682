/* Pages: what is escaped, and how large they get. */
#include <stdlib.h>
#include <string.h>

#include "phone/html.h"
#include "tests/cmocka.h"

static void assert_html(const struct html *html, const char *text)
{
	assert_false(html->failed);
	assert_int_equal(html->length, strlen(text));
	assert_memory_equal(html->text, text, strlen(text));
}

static void escapes_every_text_and_nothing_of_the_format(void **state)
{
	struct html html = {.text = NULL};

	(void)state;
	html_write(&html, "<p title=\"%s\">%s &amp; %u%%</p>", "\"'><b>&", "<script>", 42u);
	assert_html(&html, "<p title=\"&quot;&#39;&gt;&lt;b&gt;&amp;\">&lt;script&gt; &amp; "
			   "42%</p>");
	html_clear(&html);
}

static void writes_control_characters_as_question_marks(void **state)
{
	struct html html = {.text = NULL};

	(void)state;
	html_write(&html, "%s", "a\x01\x1F\x7F\tb\r\n\xC3\xA4");
	assert_html(&html, "a???\tb?\n\xC3\xA4");
	html_clear(&html);
}

static void no_text_is_an_empty_one(void **state)
{
	struct html html = {.text = NULL};
	/* The compiler is not to know. */
	const char *volatile none = NULL;

	(void)state;
	html_write(&html, "[%s]", none);
	assert_html(&html, "[]");
	html_clear(&html);
	assert_null(html.text);
}

static void grows_up_to_its_bound_and_then_fails_for_good(void **state)
{
	struct html html = {.text = NULL};
	char *text = malloc(HTML_MOST + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', HTML_MOST);
	text[HTML_MOST] = '\0';
	html_write(&html, "%s", text);
	assert_false(html.failed);
	assert_int_equal(html.length, HTML_MOST);
	html_write(&html, "y");
	assert_true(html.failed);
	html_write(&html, "%s", "");
	assert_true(html.failed);
	assert_int_equal(html.length, HTML_MOST);
	html_clear(&html);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_every_text_and_nothing_of_the_format),
		cmocka_unit_test(writes_control_characters_as_question_marks),
		cmocka_unit_test(no_text_is_an_empty_one),
		cmocka_unit_test(grows_up_to_its_bound_and_then_fails_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
