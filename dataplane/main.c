/* SPDX-License-Identifier: BSD-3-Clause */
/* sluiced: the data plane of Sluice. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_version.h>

#include <config/control_socket.h>
#include <config/gateway.h>

#include "flow/proxy.h"
#include "log.h"
#include "process.h"

#ifdef SLUICE_TEST_SERVICE
#include "test_service.h"
#define GATEWAY_FLAGS GATEWAY_ALLOW_TEST_SERVICE
#else
#define GATEWAY_FLAGS 0
#endif

#define EXIT_USAGE 2

/* What gateway.json asks to stand on the workers. */
static const struct application *application_of(const struct gateway *gateway)
{
#ifdef SLUICE_TEST_SERVICE
	if (gateway->region.folder == NULL)
		return &test_service;
#endif
	return gateway->region.folder != NULL ? &proxy_application : NULL;
}

enum option_code {
	OPTION_CONFIG = 1,
	OPTION_CHECK,
	OPTION_ASK,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct option options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG}, {"check", no_argument, NULL, OPTION_CHECK},
    {"ask", required_argument, NULL, OPTION_ASK},	{"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, OPTION_HELP},		{NULL, 0, NULL, 0},
};

static const char usage[] = "usage: sluiced --config FILE           run the gateway that FILE describes\n"
			    "       sluiced --config FILE --check   say whether FILE is good, and end\n"
			    "       sluiced --ask SOCKET REQUEST    ask a running sluiced at its control socket:\n"
			    "                                       status, stats, flows\n"
			    "       sluiced --version\n"
			    "       sluiced --help\n";

static int fail_usage(const char *what)
{
	fprintf(stderr, "sluiced: %s\n%s", what, usage);
	return EXIT_USAGE;
}

static enum log_level level_of(enum gateway_log_level level)
{
	switch (level) {
	case GATEWAY_LOG_ERROR:
		return LOG_LEVEL_ERROR;
	case GATEWAY_LOG_WARNING:
		return LOG_LEVEL_WARNING;
	case GATEWAY_LOG_DEBUG:
		return LOG_LEVEL_DEBUG;
	default:
		return LOG_LEVEL_INFO;
	}
}

static int run(const char *path)
{
	struct config_error error;
	struct gateway gateway;
	bool good;

	if (!gateway_load(path, GATEWAY_FLAGS, &gateway, &error)) {
		config_error_print(&error, stderr);
		return EXIT_FAILURE;
	}
	log_set_level(level_of(gateway.log.level));
	good = process_run(&gateway, application_of(&gateway));
	gateway_free(&gateway);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool print_line(void *context, const char *line, size_t length)
{
	return fwrite(line, 1, length, stdout) == length;
}

static int ask(const char *path, const char *request)
{
	char reason[CONTROL_REASON_SIZE];

	if (control_socket_ask(path, request, print_line, NULL, reason))
		return EXIT_SUCCESS;
	fprintf(stderr, "sluiced: %s\n", reason[0] != '\0' ? reason : "the answer cannot be written");
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	const char *config = NULL;
	const char *socket = NULL;
	bool check = false;
	int code;

	while ((code = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (code) {
		case OPTION_CONFIG:
			config = optarg;
			break;
		case OPTION_CHECK:
			check = true;
			break;
		case OPTION_ASK:
			socket = optarg;
			break;
		case OPTION_VERSION:
			printf("sluiced %s (%s)\n", SLUICE_VERSION, rte_version());
			return EXIT_SUCCESS;
		case OPTION_HELP:
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (socket != NULL)
		return optind + 1 == argc && config == NULL ? ask(socket, argv[optind])
							    : fail_usage("--ask takes a socket and one request");
	if (optind != argc)
		return fail_usage("there are no arguments without an option");
	if (config == NULL)
		return fail_usage("--config is missing");
	if (check)
		return gateway_check(config, GATEWAY_FLAGS, stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
	return run(config);
}
