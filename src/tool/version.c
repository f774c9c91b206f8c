#include <stdio.h>

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <microhttpd.h>
#include <ndpi/ndpi_api.h>
#include <openssl/crypto.h>
#include <pcap/pcap.h>

#include "tool/command.h"

/* The build passes these; a compiler called by hand does not. */
#ifndef PEWIT_VERSION
#define PEWIT_VERSION "0.1.0"
#endif
#ifndef PEWIT_COMMIT
#define PEWIT_COMMIT "unknown"
#endif

const char *command_version_text(void)
{
	return PEWIT_VERSION;
}

int command_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("pewit " PEWIT_VERSION);
	return command_finish(STATUS_FINE);
}

int command_build_info(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("pewit        %s\n"
	       "commit       %s\n"
	       "compiler     %s\n"
	       "libpcap      %s\n"
	       "nDPI         %s\n"
	       "cJSON        %s\n"
	       "OpenSSL      %s\n"
	       "libcurl      %s\n"
	       "microhttpd   %s\n",
	       PEWIT_VERSION, PEWIT_COMMIT, __VERSION__, pcap_lib_version(), ndpi_revision(),
	       cJSON_Version(), OpenSSL_version(OPENSSL_VERSION), curl_version(),
	       MHD_get_version());
	return command_finish(STATUS_FINE);
}
