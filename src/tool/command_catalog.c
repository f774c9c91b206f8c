/* pewit catalog list|show|match: what the endpoint catalog knows. */
#include <errno.h>
#include <string.h>

#include "base/spelling.h"
#include "run/rules_folder.h"
#include "tool/catalog_print.h"
#include "tool/command.h"
#include "tool/options.h"

#define NEAREST_MAX 4096 /* ids compared with a misspelt one: as many as a catalog may have */

enum option_id { OPT_JSON = 1, OPT_RULES, OPT_CATEGORY };

static const struct option_row rows[] = {
	{ 0, "json", NULL, "print JSON: one object, or one a line for each NAME", OPT_JSON },
	{ 0, "rules", "DIR", "folder that holds the folder catalog", OPT_RULES },
	{ 0, "category", "CATEGORY", "only the services of this category", OPT_CATEGORY },
};

static const struct option_table tables[] = {
	{
		.command = "catalog list",
		.usage = "[OPTION]...",
		.about = "Lists the services that pewit knows by their names: Azure's in three "
			 "clouds, the AI services of\nothers, and public resolvers.",
		.rows = rows,
		.count = 3,
		.after = "Example:\n  pewit catalog list --category azure-ai",
	},
	{
		.command = "catalog show",
		.usage = "[OPTION]... ID",
		.about = "Shows all that the catalog knows of a service: forms of its names, "
			 "private DNS zones, group ids,\nresource types, ports, service tags.",
		.rows = rows,
		.count = 2,
		.after = "Example:\n  pewit catalog show key-vault",
	},
	{
		.command = "catalog match",
		.usage = "[OPTION]... NAME...",
		.about = "Says what a name tells by itself: which service, whose, in which cloud "
			 "and region, with which\nprivate DNS zone. For a private-link name also "
			 "the public one; for a private DNS zone, the\nservices that use it.",
		.rows = rows,
		.count = 2,
		.after = "Exit status: 0, also when a name is not known; the output says so.\n\n"
			 "Example:\n  pewit catalog match contoso.privatelink.vaultcore.azure.net",
	},
};

enum sub { SUB_LIST, SUB_SHOW, SUB_MATCH, SUBS };

static const char *const sub_names[SUBS] = { "list", "show", "match" };

struct asked {
	bool json;
	struct rules_asked rules;
	const char *category;
};

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct asked *asked = context;

	if (id == OPT_JSON)
		asked->json = true;
	else if (id == OPT_RULES)
		return rules_asked_add(&asked->rules, value, fault);
	else
		asked->category = value;
	return true;
}

static int no_memory(void)
{
	fprintf(stderr, "pewit: %s\n", strerror(ENOMEM));
	return STATUS_FAILED;
}

/* "unknown WHAT WORD; did you mean ...?" of the words that `word_of` gives. */
static int unknown(const struct catalog *catalog, enum sub sub, const char *word,
		   const char *(*word_of)(const struct catalog_service *))
{
	const char *words[NEAREST_MAX], *nearest;
	struct fault fault = { "" };
	size_t count = 0;

	for (; count < NEAREST_MAX && catalog_service(catalog, count); count++)
		words[count] = word_of(catalog_service(catalog, count));
	nearest = spelling_nearest(word, words, count);
	fault_set(&fault, "unknown %s %s%s%s%s", sub == SUB_LIST ? "category" : "service", word,
		  nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
	return command_usage_fault(tables[sub].command, fault.text);
}

static const char *id_of(const struct catalog_service *service)
{
	return service->id;
}

static const char *category_of(const struct catalog_service *service)
{
	return service->category;
}

static const struct catalog_service *
service_with(const struct catalog *catalog, const char *word,
	     const char *(*word_of)(const struct catalog_service *))
{
	const struct catalog_service *service;

	for (size_t i = 0; (service = catalog_service(catalog, i)); i++) {
		if (strcmp(word_of(service), word) == 0)
			return service;
	}
	return NULL;
}

static int list(const struct catalog *catalog, const struct asked *asked)
{
	if (asked->category && !service_with(catalog, asked->category, category_of))
		return unknown(catalog, SUB_LIST, asked->category, category_of);
	return catalog_print_list(catalog, asked->category, asked->json) ? STATUS_FINE
									 : no_memory();
}

static int show(const struct catalog *catalog, const struct asked *asked, const char *id)
{
	const struct catalog_service *service = service_with(catalog, id, id_of);

	if (!service)
		return unknown(catalog, SUB_SHOW, id, id_of);
	return catalog_print_service(catalog, service, asked->json) ? STATUS_FINE : no_memory();
}

/* Names may have a trailing dot. */
static int match(const struct catalog *catalog, const struct asked *asked, char **names)
{
	for (; *names; names++) {
		size_t length = strlen(*names);

		if (length > 1 && (*names)[length - 1] == '.')
			(*names)[length - 1] = '\0';
		if (!catalog_print_match(catalog, *names, asked->json))
			return no_memory();
	}
	if (!asked->json)
		puts("\nA name says what is meant, not where it leads: that takes an address and "
		     "the expected map.");
	return STATUS_FINE;
}

static int run(enum sub sub, const struct asked *asked, char **operands)
{
	struct rules_folders folders;
	struct catalog *catalog;
	struct fault fault = { "" };
	int status;

	if (!rules_folders_find(&folders, &asked->rules, &fault))
		return command_usage_fault(tables[sub].command, fault.text);

	int error = catalog_load(&catalog, folders.catalog, &fault);
	if (error != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text);
		return error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	if (sub == SUB_LIST)
		status = list(catalog, asked);
	else if (sub == SUB_SHOW)
		status = show(catalog, asked, operands[0]);
	else
		status = match(catalog, asked, operands);
	catalog_free(catalog);
	return status == STATUS_FINE ? command_finish(status) : status;
}

static int sub_command(enum sub sub, int argc, char **argv)
{
	static const char *const wrong[SUBS] = { "catalog list takes no operand",
						 "catalog show takes one id of catalog list",
						 "catalog match takes names" };
	struct asked asked = { 0 };
	struct options_reader reader = { .take = take, .context = &asked };
	struct fault fault = { "" };

	switch (options_read(&tables[sub], argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&tables[sub], stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault(tables[sub].command, fault.text);
	case OPTIONS_DONE:
		break;
	}

	int operands = argc - reader.operands;
	if (sub == SUB_LIST ? operands != 0 : sub == SUB_SHOW ? operands != 1 : operands == 0)
		return command_usage_fault(tables[sub].command, wrong[sub]);
	return run(sub, &asked, argv + reader.operands);
}

int command_catalog(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "-h", *nearest;
	struct fault fault = { "" };

	for (int i = 0; i < SUBS; i++) {
		if (strcmp(word, sub_names[i]) == 0)
			return sub_command(i, argc - 1, argv + 1);
	}
	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
		fputs("Usage: pewit catalog list|show|match [OPTION]... [ID|NAME...]\n\n"
		      "The endpoint catalog: which service a name belongs to.\n\n"
		      "  list   every service\n"
		      "  show   all that is known of one\n"
		      "  match  what a name tells by itself\n\n"
		      "pewit catalog match -h explains the last of them, and so on.\n",
		      argc > 1 ? stdout : stderr);
		return argc > 1 ? command_finish(STATUS_FINE) : STATUS_USAGE;
	}
	nearest = spelling_nearest(word, sub_names, SUBS);
	fault_set(&fault, "unknown command catalog %s%s%s%s", word,
		  nearest ? "; did you mean catalog " : "", nearest ? nearest : "",
		  nearest ? "?" : "");
	return command_usage_fault("catalog", fault.text);
}
