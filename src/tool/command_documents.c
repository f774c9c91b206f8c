/* Hidden commands: the documents that are made from tables in the program. */
#include "daemon/config.h"
#include "report/event_writer.h"
#include "tool/command.h"

int command_event_docs(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	event_print_docs(stdout);
	return command_finish(STATUS_FINE);
}

int command_event_schema(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	event_print_schema(stdout);
	return command_finish(STATUS_FINE);
}

int command_config_docs(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	config_print_docs(stdout);
	return command_finish(STATUS_FINE);
}

int command_config_schema(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	config_print_schema(stdout);
	return command_finish(STATUS_FINE);
}
