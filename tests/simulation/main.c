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

#include "tests/simulation/exhaustive.h"

/* So many failing seeds are printed. */
#define PRINTED 20u

struct options {
	uint64_t first;
	uint64_t seeds;
	bool trace;
	bool counts;
	bool until_broken;
	bool exhaustive;
	uint64_t loop; /* so many undisturbed updates; 0: none */
	uint64_t only; /* its case with this number; 0: all */
};

static const char usage_text[] =
	"usage: simulation [--first S] [--seeds N] [--counts] [--until-broken]\n"
	"       simulation --seed S [--trace]\n"
	"       simulation --exhaustive | --case N [--trace]\n"
	"       simulation --loop N\n"
	"\n"
	"  --first S       begin with this seed (1)\n"
	"  --seeds N       so many seeds (1000)\n"
	"  --seed S        this one alone\n"
	"  --trace         say every step\n"
	"  --counts        say how often each mishap and each result occurred\n"
	"  --exhaustive    each single mishap at each call of a short update\n"
	"  --case N        this one of them alone\n"
	"  --loop N        N undisturbed updates, after which memory is as it was\n"
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
		{"first", required_argument, NULL, 'f'}, {"seeds", required_argument, NULL, 'n'},
		{"seed", required_argument, NULL, 's'},  {"trace", no_argument, NULL, 't'},
		{"counts", no_argument, NULL, 'c'},      {"until-broken", no_argument, NULL, 'b'},
		{"exhaustive", no_argument, NULL, 'e'},  {"case", required_argument, NULL, 'o'},
		{"loop", required_argument, NULL, 'l'},  {NULL, 0, NULL, 0},
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
		case 'o':
			read = read_number(optarg, &options->only);
			options->exhaustive = true;
			break;
		case 'l':
			read = read_number(optarg, &options->loop);
			break;
		case 'e':
			options->exhaustive = true;
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

/* One update after the other. What libraries keep for good they have after the first ones. */
static int live_loop(struct sim *sim, uint64_t updates)
{
	uint64_t failed = 0;
	size_t first = 0;
	size_t last;

	while (sim->counts.updates < updates && failed == 0) {
		world_plain(&sim->world, sim->counts.seeds % 2 == 0);
		if (!sim_live(sim)) {
			failed++;
			printf("update %llu: %s\n", (unsigned long long)sim->counts.updates,
			       sim->broken);
		}
		if (sim->counts.seeds == 4)
			first = mallinfo2().uordblks;
	}
	last = mallinfo2().uordblks;
	if (failed == 0 && last > first) {
		failed++;
		printf("%zu bytes more are in use after the last update than after the first "
		       "ones\n",
		       last - first);
	}
	printf("loop: %llu passed, %llu failed\n", (unsigned long long)sim->counts.updates,
	       (unsigned long long)failed);
	return failed == 0 ? 0 : 1;
}

static int live_exhaustively(struct sim *sim, const struct options *options)
{
	struct exhaustive done;

	exhaustive_run(sim, options->only, &done);
	printf("%llu mishaps at %llu places: %llu cases, of which %llu had nothing to befall\n",
	       (unsigned long long)done.kinds, (unsigned long long)done.places,
	       (unsigned long long)done.cases, (unsigned long long)(done.cases - done.happened));
	printf("exhaustive: %llu passed, %llu failed\n",
	       (unsigned long long)(done.happened - done.failed), (unsigned long long)done.failed);
	return done.failed == 0 ? 0 : 1;
}

/* Returns how many seeds failed. */
static uint64_t live_each(struct sim *sim, const struct options *options)
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

static int live_seeds(struct sim *sim, const struct options *options)
{
	struct timespec begin;
	struct timespec end;
	uint64_t failed;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	failed = live_each(sim, options);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	if (options->counts)
		print_counts(&sim->counts, (double)(end.tv_sec - begin.tv_sec) +
						   (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	printf("simulation: %llu passed, %llu failed\n",
	       (unsigned long long)(sim->counts.seeds - failed), (unsigned long long)failed);
	return (failed == 0) == options->until_broken ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options options;
	struct sim *sim;
	int status;

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
	if (options.loop > 0)
		status = live_loop(sim, options.loop);
	else if (options.exhaustive)
		status = live_exhaustively(sim, &options);
	else
		status = live_seeds(sim, &options);
	sim_free(sim);
	return status;
}
