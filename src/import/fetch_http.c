#include "import/fetch_http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/ip.h"

#define CONNECT_TIMEOUT_S 10L
#define BODY_ROOM_FIRST 65536
#define IMDS_ADDRESS "169.254.169.254"

struct fetch_http {
	CURL *curl;
	char *body;
	size_t length, room;
	bool too_long;
	char reason[CURL_ERROR_SIZE];
};

struct fetch_http *fetch_http_new(const char *ca)
{
	struct fetch_http *http = calloc(1, sizeof(*http));

	if (!http || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(http);
		return NULL;
	}
	http->curl = curl_easy_init();
	http->room = BODY_ROOM_FIRST;
	http->body = malloc(http->room);
	if (!http->curl || !http->body ||
	    (ca && curl_easy_setopt(http->curl, CURLOPT_CAINFO, ca) != CURLE_OK)) {
		fetch_http_free(http);
		return NULL;
	}
	return http;
}

void fetch_http_free(struct fetch_http *http)
{
	if (!http)
		return;
	curl_easy_cleanup(http->curl);
	if (http->body)
		explicit_bzero(http->body, http->room); /* an answer may have been a token */
	free(http->body);
	free(http);
	curl_global_cleanup();
}

/* A larger room, without leaving a copy of the old one behind. */
static bool grow(struct fetch_http *http, size_t needed)
{
	size_t room = http->room;
	char *body;

	while (room < needed)
		room *= 2;
	body = malloc(room);
	if (!body)
		return false;
	memcpy(body, http->body, http->length);
	explicit_bzero(http->body, http->room);
	free(http->body);
	http->body = body;
	http->room = room;
	return true;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct fetch_http *http = context;

	count *= size;
	http->too_long = count > FETCH_BODY_MAX - http->length;
	if (http->too_long ||
	    (http->length + count + 1 > http->room && !grow(http, http->length + count + 1)))
		return 0; /* ends the transfer */
	memcpy(http->body + http->length, bytes, count);
	http->length += count;
	return count;
}

static bool set_up(struct fetch_http *http, const struct fetch_request *request,
		   struct curl_slist *headers)
{
	CURL *curl = http->curl;
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(curl, CURLOPT_URL, request->url);
	bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
	bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)request->timeout_s);
	bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	bad |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "pewit");
	bad |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->reason);
	bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, http);
	bad |= curl_easy_setopt(curl, CURLOPT_NOPROXY, request->direct ? "*" : NULL);
	if (request->body)
		bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
	else
		bad |= curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	return bad == CURLE_OK;
}

static enum fetch_outcome outcome_of(const struct fetch_http *http, CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return FETCH_ANSWERED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_OUT_OF_MEMORY:
	case CURLE_URL_MALFORMAT:
		return FETCH_REFUSED;
	case CURLE_WRITE_ERROR:
		return http->too_long ? FETCH_REFUSED : FETCH_BROKEN;
	default:
		return FETCH_BROKEN;
	}
}

static void say(const struct fetch_http *http, const struct fetch_request *request, CURLcode code,
		struct fault *fault)
{
	const char *reason = http->reason[0] != '\0' ? http->reason : curl_easy_strerror(code);

	if (http->too_long)
		fault_set(fault, "%.120s: the answer is longer than %zu MiB; name subscriptions",
			  request->url, FETCH_BODY_MAX / 1024 / 1024);
	else if (code == CURLE_PEER_FAILED_VERIFICATION)
		fault_set(fault,
			  "%.120s: %.200s; if a proxy of yours opens TLS, give its certificate "
			  "with --ca",
			  request->url, reason);
	else
		fault_set(fault, "%.120s: %.200s", request->url, reason);
}

enum fetch_outcome fetch_http_ask(struct fetch_http *http, const struct fetch_request *request,
				  struct fetch_answer *answer, struct fault *fault)
{
	struct curl_slist *headers = NULL;
	CURLcode code = CURLE_OUT_OF_MEMORY;
	curl_off_t retry_after = 0;

	http->length = 0;
	http->too_long = false;
	http->reason[0] = '\0';
	for (size_t i = 0; i < 2 && request->header[i]; i++) {
		struct curl_slist *longer = curl_slist_append(headers, request->header[i]);

		headers = longer ? longer : headers;
	}
	if (set_up(http, request, headers))
		code = curl_easy_perform(http->curl);
	for (struct curl_slist *each = headers; each; each = each->next)
		explicit_bzero(each->data, strlen(each->data));
	curl_slist_free_all(headers);
	if (code != CURLE_OK) {
		say(http, request, code, fault);
		return outcome_of(http, code);
	}
	http->body[http->length] = '\0';
	*answer = (struct fetch_answer){ .body = http->body, .length = http->length };
	curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &retry_after);
	answer->retry_after_s = retry_after > 0 ? (uint64_t)retry_after : 0;
	return FETCH_ANSWERED;
}

/* This host itself, or its instance metadata service. */
static bool is_near(const char *host)
{
	struct ip_addr addr, imds;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return ip_parse(host, &addr) && ip_parse(IMDS_ADDRESS, &imds) &&
	       (ip_equal(&addr, &imds) || (ip_is_v4(&addr) && addr.bytes[12] == 127));
}

bool fetch_http_is_allowed(const char *url)
{
	CURLU *parts = curl_url();
	char *scheme = NULL, *host = NULL, *user = NULL, *query = NULL;
	bool allowed = false;

	if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
	    curl_url_get(parts, CURLUPART_QUERY, &query, 0) == CURLUE_NO_QUERY)
		allowed = strcmp(scheme, "https") == 0 ||
			  (strcmp(scheme, "http") == 0 && is_near(host));
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_free(query);
	curl_url_cleanup(parts);
	return allowed;
}
