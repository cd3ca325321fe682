/* Waiting for a module that is not there. */
#include "uxm/await.h"

#include <string.h>

/* So often it is looked whether a module leaves. */
#define LEAVE_LOOKS 10u

/* A search for one module, look by look. */
struct search {
	struct uxm_link *link;
	const struct uxm_found *before; /* the one, or NULL: any */
	bool everywhere;                /* another module is told of at whatever port it is */
	uint64_t refused;               /* since when it cannot be opened, 0: it was not refused */
	/* Devices that were looked at and are not the one. */
	size_t strangers;
	struct {
		uint8_t bus;
		uint8_t address;
	} known[UXM_SURVEY_MOST];
};

bool uxm_await_is_same(const struct uxm_found *before, const struct uxm_found *after)
{
	if (before->serial[0] != '\0')
		return strcmp(before->serial, after->serial) == 0;
	return strcmp(before->candidate.port_path, after->candidate.port_path) == 0;
}

static const char *serial_text(const struct uxm_found *found)
{
	return found->serial[0] != '\0' ? found->serial : "none";
}

static bool is_at(const struct uxm_candidate *candidate, uint8_t bus, uint8_t address)
{
	return candidate->bus == bus && candidate->address == address;
}

static bool is_stranger(const struct search *search, const struct uxm_candidate *candidate)
{
	for (size_t i = 0; i < search->strangers; i++) {
		if (is_at(candidate, search->known[i].bus, search->known[i].address))
			return true;
	}
	return false;
}

static void add_stranger(struct search *search, const struct uxm_candidate *candidate)
{
	if (search->strangers == UXM_SURVEY_MOST)
		return;
	search->known[search->strangers].bus = candidate->bus;
	search->known[search->strangers].address = candidate->address;
	search->strangers++;
}

/* Strangers that have left are forgotten: their addresses are given again. */
static void forget_strangers(struct search *search, const struct uxm_candidate *candidates,
			     size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < search->strangers; i++) {
		bool there = false;

		for (size_t k = 0; k < count && !there; k++)
			there = is_at(&candidates[k], search->known[i].bus,
				      search->known[i].address);
		if (there)
			search->known[kept++] = search->known[i];
	}
	search->strangers = kept;
}

static bool is_its_port(const struct search *search, const struct uxm_candidate *candidate)
{
	return search->before == NULL ||
	       strcmp(search->before->candidate.port_path, candidate->port_path) == 0;
}

/* An open that is refused may be the udev rule, which lags: AGAIN for a while. */
static enum uxm_io bear_refusal(struct search *search)
{
	uint64_t now = uxm_link_now(search->link);

	if (search->refused == 0)
		search->refused = now;
	return now - search->refused < search->link->deadlines.reopen ? UXM_IO_AGAIN
								      : UXM_IO_FAILED;
}

/* One candidate. OK: it is the one. AGAIN: it is not, or not yet ready to answer. FAILED as look.
 */
static enum uxm_io ask(struct search *search, const struct uxm_candidate *candidate,
		       struct uxm_found *after, struct uxm_failure *why)
{
	const struct uxm_module *module = &search->link->module;
	enum uxm_io io = uxm_survey_open(search->link, candidate, false, after);

	if (io == UXM_IO_OK)
		module->ops->close(module->self);
	if (io == UXM_IO_FAILED)
		*why = after->why;
	if (io == UXM_IO_FAILED && why->result == UXM_CANCELLED)
		return io;
	if (io == UXM_IO_FAILED && why->result == UXM_NOT_PERMITTED)
		return is_its_port(search, candidate) ? bear_refusal(search) : UXM_IO_AGAIN;
	if (search->before == NULL)
		return io == UXM_IO_GONE ? UXM_IO_AGAIN : UXM_IO_OK;
	if (io != UXM_IO_OK)
		return UXM_IO_AGAIN;
	if (uxm_await_is_same(search->before, after))
		return UXM_IO_OK;
	add_stranger(search, candidate);
	if (!search->everywhere && !is_its_port(search, candidate))
		return UXM_IO_AGAIN;
	uxm_fail(why, UXM_OTHER_MODULE,
		 "At port %s is now another module (serial %s) than the one that was updated "
		 "(serial %s).",
		 candidate->port_path, serial_text(after), serial_text(search->before));
	return UXM_IO_FAILED;
}

/*
 * One look, at all that are there. OK: it is there, and `after` is what it says. AGAIN: not yet.
 * FAILED: UXM_OTHER_MODULE, of each only once, and `after` is that; UXM_NOT_PERMITTED;
 * UXM_CANCELLED; UXM_INTERNAL.
 */
static enum uxm_io look(struct search *search, struct uxm_found *after, struct uxm_failure *why)
{
	const struct uxm_module *module = &search->link->module;
	struct uxm_candidate candidates[UXM_SURVEY_MOST];
	enum uxm_io answer = UXM_IO_AGAIN;
	size_t count = 0;
	enum uxm_io io;

	io = module->ops->scan(module->self, candidates, UXM_SURVEY_MOST, &count, why);
	if (io != UXM_IO_OK)
		return io;
	if (count > UXM_SURVEY_MOST)
		count = UXM_SURVEY_MOST;
	if (count == 0)
		search->refused = 0;
	forget_strangers(search, candidates, count);
	for (size_t i = 0; i < count; i++) {
		struct uxm_failure failure;
		struct uxm_found found;

		if (is_stranger(search, &candidates[i]))
			continue;
		io = ask(search, &candidates[i], &found, &failure);
		/* Another one in its place says nothing while it may itself be in another. */
		if (io == UXM_IO_OK || (io == UXM_IO_FAILED && answer == UXM_IO_AGAIN))
			*after = found;
		if (io == UXM_IO_OK)
			return io;
		if (io == UXM_IO_FAILED && answer == UXM_IO_AGAIN) {
			*why = failure;
			answer = io;
		}
		if (io == UXM_IO_FAILED && failure.result == UXM_CANCELLED) {
			*why = failure;
			return io;
		}
	}
	return answer;
}

/* Until the clock shows `until`, or something was plugged in since `arrivals`. */
static enum uxm_io sleep_until_news(struct uxm_link *link, uint64_t until, unsigned arrivals,
				    struct uxm_failure *why)
{
	const struct uxm_module *module = &link->module;
	enum uxm_io io = UXM_IO_OK;

	while (io == UXM_IO_OK && uxm_link_now(link) < until &&
	       module->ops->arrivals(module->self) == arrivals)
		io = uxm_link_wait(link, until, why);
	return io;
}

enum uxm_io uxm_await_return(struct uxm_link *link, struct uxm_teller *teller,
			     const struct uxm_found *before, struct uxm_found *after,
			     struct uxm_failure *why)
{
	const struct uxm_module *module = &link->module;
	struct search search = {.link = link, .before = before};
	struct uxm_found found;
	uint64_t until = uxm_link_now(link) + link->deadlines.back;
	enum uxm_io io;

	uxm_tell_step(teller, UXM_STEP_RETURN, 0);
	for (;;) {
		uint64_t now = uxm_link_now(link);
		unsigned arrivals = module->ops->arrivals(module->self);

		io = look(&search, &found, why);
		if (io == UXM_IO_OK || (io == UXM_IO_FAILED && why->result == UXM_OTHER_MODULE))
			*after = found;
		if (io != UXM_IO_AGAIN)
			return io;
		if (now >= until)
			break;
		io = sleep_until_news(link, now + link->deadlines.look, arrivals, why);
		if (io != UXM_IO_OK)
			return io;
	}
	uxm_fail(why, UXM_NOT_BACK_YET,
		 "The module (serial %s, port %s) rebooted and is not back yet after %u s; look "
		 "again later with 'uxm list'.",
		 serial_text(before), before->candidate.port_path, link->deadlines.back / 1000);
	return UXM_IO_FAILED;
}

enum uxm_io uxm_await_plug(struct uxm_link *link, struct uxm_teller *teller,
			   const struct uxm_found *before, struct uxm_failure *why)
{
	const struct uxm_module *module = &link->module;
	struct search search = {.link = link, .before = before, .everywhere = true};
	struct uxm_found found = {.io = UXM_IO_AGAIN};
	enum uxm_io io;

	uxm_tell_step(teller, UXM_STEP_LOOK, 0);
	for (;;) {
		uint64_t now = uxm_link_now(link);
		unsigned arrivals = module->ops->arrivals(module->self);

		io = look(&search, &found, why);
		if (io == UXM_IO_FAILED && why->result == UXM_OTHER_MODULE) {
			uxm_tell_note(teller,
				      "Another module (serial %s) was plugged in at port %s and is "
				      "left alone; "
				      "still waiting for the one that left (serial %s, port %s).",
				      serial_text(&found), found.candidate.port_path,
				      serial_text(before), before->candidate.port_path);
			continue;
		}
		if (io != UXM_IO_AGAIN)
			return io;
		io = sleep_until_news(
			link,
			now + (search.refused != 0 ? link->deadlines.look : link->deadlines.idle),
			arrivals, why);
		if (io != UXM_IO_OK)
			return io;
	}
}

/* What the bus shows to one who waits for the next module. */
struct next {
	struct search search;
	struct uxm_candidate done; /* without a port path: none */
	size_t told;               /* how many were remarked on, 0: none */
};

/* One look. OK: there is one. AGAIN: not yet. FAILED: the bus cannot be looked at. */
static enum uxm_io look_for_next(struct next *next, struct uxm_teller *teller,
				 struct uxm_failure *why)
{
	const struct uxm_module *module = &next->search.link->module;
	struct uxm_candidate candidates[UXM_SURVEY_MOST];
	struct uxm_failure refusal;
	struct uxm_found found;
	bool stays = false;
	size_t count = 0;
	enum uxm_io io;

	io = module->ops->scan(module->self, candidates, UXM_SURVEY_MOST, &count, why);
	if (io != UXM_IO_OK)
		return io;
	for (size_t i = 0; i < count && i < UXM_SURVEY_MOST; i++)
		stays |= is_at(&candidates[i], next->done.bus, next->done.address);
	if (!stays)
		next->done.port_path[0] = '\0';
	if (count > 1 && count != next->told)
		uxm_tell_note(teller,
			      "%zu expansion modules are attached; leave plugged in only the one "
			      "to be updated.",
			      count);
	next->told = count > 1 ? count : 0;
	if (count != 1)
		next->search.refused = 0;
	if (count != 1 || next->done.port_path[0] != '\0')
		return UXM_IO_AGAIN;
	io = ask(&next->search, &candidates[0], &found, &refusal);
	if (io == UXM_IO_FAILED && refusal.result == UXM_CANCELLED) {
		*why = refusal;
		return io;
	}
	/* Whoever updates it says why it cannot be opened. */
	return io == UXM_IO_AGAIN ? io : UXM_IO_OK;
}

enum uxm_io uxm_await_next(struct uxm_link *link, struct uxm_teller *teller,
			   const struct uxm_candidate *done, struct uxm_failure *why)
{
	const struct uxm_module *module = &link->module;
	struct next next = {.search = {.link = link}};

	if (done != NULL)
		next.done = *done;
	for (;;) {
		uint64_t now = uxm_link_now(link);
		unsigned arrivals = module->ops->arrivals(module->self);
		enum uxm_io io = look_for_next(&next, teller, why);

		if (io != UXM_IO_AGAIN)
			return io;
		io = sleep_until_news(link,
				      now + (next.search.refused != 0 ? link->deadlines.look
								      : link->deadlines.idle),
				      arrivals, why);
		if (io != UXM_IO_OK)
			return io;
	}
}

enum uxm_io uxm_await_leave(struct uxm_link *link, const struct uxm_candidate *candidate,
			    struct uxm_failure *why)
{
	const struct uxm_module *module = &link->module;
	uint64_t until = uxm_link_now(link) + link->deadlines.leave;
	struct uxm_failure ignored;

	for (;;) {
		struct uxm_candidate candidates[UXM_SURVEY_MOST];
		size_t count = 0;
		uint64_t next;
		bool there = false;

		if (module->ops->scan(module->self, candidates, UXM_SURVEY_MOST, &count,
				      &ignored) != UXM_IO_OK)
			return UXM_IO_OK;
		for (size_t i = 0; i < count && i < UXM_SURVEY_MOST && !there; i++)
			there = is_at(&candidates[i], candidate->bus, candidate->address);
		if (!there)
			return UXM_IO_GONE;
		if (uxm_link_now(link) >= until)
			return UXM_IO_OK;
		/* What a server sends meanwhile is no reason to look again. */
		next = uxm_link_now(link) + link->deadlines.leave / LEAVE_LOOKS;
		while (uxm_link_now(link) < next) {
			if (uxm_link_wait(link, next, why) != UXM_IO_OK)
				return UXM_IO_FAILED;
		}
	}
}
