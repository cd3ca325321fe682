/* The job's end of an upload. */
#include "job_end.h"

#include <errno.h>
#include <unistd.h>

#include "tests/cmocka.h"

char job_end_byte(uint64_t at)
{
	return (char)(at * 7 + (at >> 8) * 13 + (at >> 16));
}

void job_end_read(struct job_end *job)
{
	char some[65536];

	while (!job->ended) {
		ssize_t count = read(job->site->input, some, sizeof(some));

		if (count < 0) {
			assert_int_equal(errno, EAGAIN);
			return;
		}
		job->ended = count == 0;
		for (ssize_t i = 0; i < count; i++) {
			if (some[i] != job_end_byte(job->count + (uint64_t)i))
				fail_msg("another byte at %llu",
					 (unsigned long long)job->count + (unsigned long long)i);
		}
		job->count += (uint64_t)count;
	}
}

void job_end_read_all(struct job_end *job)
{
	for (unsigned i = 0; i < 4000 && !job->ended; i++) {
		job_end_read(job);
		site_run(job->site, 5);
	}
	assert_true(job->ended);
}
