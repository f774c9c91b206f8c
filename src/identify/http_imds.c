/* http_imds.c - requests to the instance metadata service; see http_imds_request() in http.h. */
#include "identify/http.h"

#include <string.h>
#include <strings.h>

static bool is_imds_host(const char *host)
{
	static const char address[] = "169.254.169.254";
	size_t length = sizeof(address) - 1;

	return strncmp(host, address, length) == 0 && (host[length] == '\0' || host[length] == ':');
}

enum imds_request http_imds_request(const struct http_info *info)
{
	static const char identity[] = "/metadata/identity";
	static const char token[] = "/metadata/identity/oauth2/token";
	static const char metadata[] = "/metadata/";
	bool is_host = is_imds_host(info->host);

	if (!info->is_request)
		return IMDS_NONE;
	if (strncasecmp(info->path, is_host ? identity : token,
			is_host ? sizeof(identity) - 1 : sizeof(token) - 1) == 0)
		return IMDS_TOKEN;
	if (is_host)
		return IMDS_INSTANCE;
	if (strncasecmp(info->path, metadata, sizeof(metadata) - 1) == 0 &&
	    (info->metadata_header || info->imds_api_version[0] != '\0'))
		return IMDS_INSTANCE;
	return IMDS_NONE;
}
