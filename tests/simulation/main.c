/*
 * simulation: lives through the worlds of many seeds, or through one and says every step. The last
 * line is "simulation: N passed, M failed".
 */
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/simulation/sim.h"

/* So many failing seeds are printed. */
#define PRINTED 20u

struct options {
	uint64_t first;
	uint64_t seeds;
	bool trace;
	bool counts;
	bool until_broken;
};

static const char usage_text[] =
	"usage: simulation [--first S] [--seeds N] [--counts] [--until-broken]\n"
	"       simulation --seed S [--trace]\n"
	"\n"
	"  --first S       begin with this seed (1)\n"
	"  --seeds N       so many seeds (1000)\n"
	"  --seed S        this one alone\n"
	"  --trace         say every step\n"
	"  --counts        say how often each mishap and each result occurred\n"
	"  --until-broken  end with the first seed that fails; status 0 when there is one\n";

static bool read_number(const char *text, uint64_t *number)
{
	char *end;

	*number = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0';
}

static bool read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{"first", required_argument, NULL, 'f'},
		{"seeds", required_argument, NULL, 'n'},
		{"seed", required_argument, NULL, 's'},
		{"trace", no_argument, NULL, 't'},
		{"counts", no_argument, NULL, 'c'},
		{"until-broken", no_argument, NULL, 'b'},
		{NULL, 0, NULL, 0},
	};
	bool read = true;
	int option;

	*options = (struct options){.first = 1, .seeds = 1000};
	while (read && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'f':
			read = read_number(optarg, &options->first);
			break;
		case 'n':
			read = read_number(optarg, &options->seeds);
			break;
		case 's':
			read = read_number(optarg, &options->first);
			options->seeds = 1;
			break;
		case 't':
			options->trace = true;
			break;
		case 'c':
			options->counts = true;
			break;
		case 'b':
			options->until_broken = true;
			break;
		default:
			read = false;
			break;
		}
	}
	return read && optind == argc;
}

static void print_counts(const struct sim_counts *counts, double seconds)
{
	char name[40];

	for (unsigned i = 0; i < MISHAPS; i++)
		printf("mishap %s %llu\n", mishap_name(i, name),
		       (unsigned long long)counts->mishaps[i]);
	for (unsigned i = 0; i <= UXM_NOT_PERMITTED; i++)
		printf("result %s %llu\n", uxm_result_name((enum uxm_result)i),
		       (unsigned long long)counts->results[i]);
	printf("result killed %llu\n", (unsigned long long)counts->kills);
	printf("seeds %llu\nupdates %llu\nprocessor-milliseconds %.0f\n",
	       (unsigned long long)counts->seeds, (unsigned long long)counts->updates,
	       seconds * 1000);
}

static uint64_t live(struct sim *sim, const struct options *options)
{
	uint64_t failed = 0;

	for (uint64_t seed = options->first; seed < options->first + options->seeds; seed++) {
		if (sim_seed(sim, seed))
			continue;
		failed++;
		if (failed <= PRINTED)
			printf("seed %llu: %s\n", (unsigned long long)seed, sim->broken);
		if (options->until_broken)
			break;
	}
	return failed;
}

int main(int argc, char **argv)
{
	struct options options;
	struct timespec begin;
	struct timespec end;
	struct sim *sim;
	uint64_t failed;
	uint64_t lived;

	if (!read_options(argc, argv, &options)) {
		fputs(usage_text, stderr);
		return 2;
	}
	/* A host's buffers come and go with it: not by the kernel each time. */
	mallopt(M_MMAP_THRESHOLD, 1 << 26);
	mallopt(M_TRIM_THRESHOLD, 1 << 28);
	sim = sim_new();
	if (sim == NULL)
		return 1;
	sim->trace = options.trace;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	failed = live(sim, &options);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	lived = sim->counts.seeds;
	if (options.counts)
		print_counts(&sim->counts, (double)(end.tv_sec - begin.tv_sec) +
						   (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	sim_free(sim);
	printf("simulation: %llu passed, %llu failed\n", (unsigned long long)(lived - failed),
	       (unsigned long long)failed);
	return (failed == 0) == options.until_broken ? 1 : 0;
}
