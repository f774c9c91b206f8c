#include "import/fetch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/emit.h"
#include "base/json.h"
#include "import/fetch_http.h"
#include "import/fetch_reply.h"

#define PAGE_ROWS 1000 /* the service's own limit */
#define PAGES_MAX 2000 /* two million rows: the bytes' bound is met before */
#define TRIES_MAX 6    /* of one request: with the waits below, half a minute */
#define WAIT_MAX_S 60
#define REQUEST_TIMEOUT_S 60
#define TOKEN_MARGIN_S 60 /* a token this near its end is not used any more */
#define URL_MAX 1024
#define GUID_LETTERS "0123456789abcdefABCDEF-"
#define BODY_MAX ((size_t)256 * 1024) /* of a request: thousands of subscriptions */

static const char *const queries[] = {
	/* What map build reads of a subscription; ordered, so that pages neither overlap nor miss. */
	"resources | where type in~ ("
	"'microsoft.network/virtualnetworks','microsoft.network/privateendpoints',"
	"'microsoft.network/networkinterfaces','microsoft.network/privatednszones',"
	"'microsoft.network/privatednszones/virtualnetworklinks',"
	"'microsoft.network/publicipaddresses','microsoft.network/routetables',"
	"'microsoft.network/dnsresolvers','microsoft.network/dnsresolvers/inboundendpoints',"
	"'microsoft.cognitiveservices/accounts',"
	"'microsoft.cognitiveservices/accounts/deployments',"
	"'microsoft.machinelearningservices/workspaces',"
	"'microsoft.machinelearningservices/workspaces/computes',"
	"'microsoft.search/searchservices','microsoft.storage/storageaccounts',"
	"'microsoft.keyvault/vaults','microsoft.containerregistry/registries',"
	"'microsoft.operationalinsights/workspaces','microsoft.insights/privatelinkscopes',"
	"'microsoft.appconfiguration/configurationstores',"
	"'microsoft.documentdb/databaseaccounts','microsoft.eventhub/namespaces',"
	"'microsoft.servicebus/namespaces','microsoft.sql/servers',"
	"'microsoft.compute/virtualmachines','microsoft.compute/virtualmachinescalesets',"
	"'microsoft.containerservice/managedclusters')"
	" | project id,name,type,kind,location,resourceGroup,subscriptionId,tenantId,sku,tags,"
	"identity,properties | order by id asc",
	"dnsresources | where type in~ ('microsoft.network/privatednszones/a',"
	"'microsoft.network/privatednszones/aaaa','microsoft.network/privatednszones/cname')"
	" | project id,name,type,resourceGroup,subscriptionId,properties | order by id asc",
};
enum { QUERIES = sizeof(queries) / sizeof(queries[0]) };

struct fetch {
	const struct fetch_settings *settings;
	struct fetch_totals *totals;
	struct fault *fault;
	struct fetch_http *http;
	struct fetch_token token;
	uint64_t token_until_s, deadline_s;
	struct fetch_page page;
	char authorization[FETCH_TOKEN_MAX + 32];
	char body[BODY_MAX];
	FILE *out;
};

static uint64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec;
}

/* Requests ----------------------------------------------------------------------------------- */

/* Waits before the next try; false when the time is up. */
static bool wait_for(struct fetch *fetch, unsigned tries, uint64_t asked_s)
{
	uint64_t wait_s = asked_s > 0 ? asked_s : (uint64_t)1 << (tries - 1);
	struct timespec pause;

	if (wait_s > WAIT_MAX_S)
		wait_s = WAIT_MAX_S;
	if (now_s() + wait_s >= fetch->deadline_s)
		return false;
	pause = (struct timespec){ .tv_sec = (time_t)wait_s };
	while (nanosleep(&pause, &pause) != 0 && errno == EINTR)
		;
	return true;
}

static bool may_pass(long status)
{
	return status == 408 || status == 410 || status == 429 || status >= 500;
}

static void say_status(struct fetch *fetch, const char *url, const struct fetch_answer *answer)
{
	char said[FETCH_ERROR_TEXT_MAX];

	fetch_reply_error(answer->body, answer->length, fetch->token.text, said);
	if (answer->status >= 300 && answer->status < 400)
		fault_set(fetch->fault,
			  "%.120s: status %ld redirects elsewhere, which is not followed; give the "
			  "right address",
			  url, answer->status);
	else
		fault_set(fetch->fault, "%.120s: status %ld%s%s%s", url, answer->status,
			  said[0] != '\0' ? ": " : "", said,
			  answer->status == 403 ? "; give the identity the Reader role" : "");
}

/* Asks until there is an answer that is worth reading. 0 with any status that will not pass. */
static int ask(struct fetch *fetch, const struct fetch_request *wanted, struct fetch_answer *answer)
{
	struct fault last; /* why the last try failed, if one did */

	fetch->fault->text[0] = '\0';
	for (unsigned tries = 1;; tries++) {
		struct fetch_request request = *wanted;
		uint64_t now = now_s(), asked_s = 0;
		enum fetch_outcome outcome;

		if (now >= fetch->deadline_s)
			break;
		if (request.timeout_s > fetch->deadline_s - now)
			request.timeout_s = (uint32_t)(fetch->deadline_s - now);
		fetch->totals->tries++;
		outcome = fetch_http_ask(fetch->http, &request, answer, fetch->fault);
		if (outcome == FETCH_REFUSED)
			return -EIO;
		if (outcome == FETCH_ANSWERED) {
			if (!may_pass(answer->status))
				return 0;
			say_status(fetch, request.url, answer);
			asked_s = answer->retry_after_s;
		}
		if (tries == TRIES_MAX)
			return -EIO;
		if (!wait_for(fetch, tries, asked_s))
			break;
	}
	last = *fetch->fault;
	fault_set(fetch->fault, "%.300s%snot done after %u s", last.text,
		  last.text[0] != '\0' ? "; " : "", fetch->settings->time_limit_s);
	return -ETIMEDOUT;
}

/* The token ---------------------------------------------------------------------------------- */

static int get_token(struct fetch *fetch)
{
	const struct fetch_settings *settings = fetch->settings;
	char url[URL_MAX];
	struct fetch_request request = { .url = url,
					 .header = { "Metadata: true" },
					 .direct = true,
					 .timeout_s = REQUEST_TIMEOUT_S };
	struct fetch_answer answer;
	int length, error;

	length = snprintf(
		url, sizeof(url),
		"%s/metadata/identity/oauth2/token?api-version=2018-02-01&resource=%s%s%s",
		settings->imds, settings->audience, settings->client_id ? "&client_id=" : "",
		settings->client_id ? settings->client_id : "");
	if (length < 0 || (size_t)length >= sizeof(url)) {
		fault_set(fetch->fault, "the address of the token is too long");
		return -EINVAL;
	}
	error = ask(fetch, &request, &answer);
	if (error != 0)
		return error;
	if (answer.status != 200) {
		say_status(fetch, settings->imds, &answer);
		return -EACCES;
	}
	error = fetch_reply_token(answer.body, answer.length, settings->imds, &fetch->token,
				  fetch->fault);
	if (error != 0)
		return error;
	fetch->token_until_s = now_s() + fetch->token.lifetime_s;
	snprintf(fetch->authorization, sizeof(fetch->authorization), "Authorization: Bearer %s",
		 fetch->token.text);
	return 0;
}

static bool token_is_old(const struct fetch *fetch)
{
	uint64_t margin = fetch->token.lifetime_s > 2 * TOKEN_MARGIN_S ? TOKEN_MARGIN_S : 0;

	return fetch->token.text[0] == '\0' || now_s() + margin >= fetch->token_until_s;
}

/* Pages -------------------------------------------------------------------------------------- */

static void emit_list(struct emit *json, const char *key, const char *const *texts, size_t count)
{
	if (count == 0)
		return;
	emit_name(json, key, strlen(key));
	emit_open(json, '[');
	for (size_t i = 0; i < count; i++) {
		emit_separate(json);
		emit_text(json, texts[i]);
	}
	emit_close(json, ']');
}

static int write_body(struct fetch *fetch, const char *query)
{
	struct emit json = emit_over(fetch->body, sizeof(fetch->body) - 1);

	emit_open(&json, '{');
	emit_name(&json, "query", 5);
	emit_text(&json, query);
	emit_list(&json, "subscriptions", fetch->settings->subscriptions,
		  fetch->settings->subscription_count);
	emit_list(&json, "managementGroups", fetch->settings->groups, fetch->settings->group_count);
	emit_name(&json, "options", 7);
	emit_open(&json, '{');
	emit_name(&json, "resultFormat", 12);
	emit_text(&json, "objectArray");
	emit_name(&json, "$top", 4);
	emit_u64(&json, PAGE_ROWS);
	if (fetch->page.skip_token[0] != '\0') {
		emit_name(&json, "$skipToken", 10);
		emit_text(&json, fetch->page.skip_token);
	}
	emit_close(&json, '}');
	emit_close(&json, '}');
	if (json.full) {
		fault_set(fetch->fault, "too many subscriptions for one request; name fewer");
		return -E2BIG;
	}
	*json.at = '\0';
	return 0;
}

/* One page's answer. A token that is refused is replaced, once. */
static int ask_page(struct fetch *fetch, const char *url, struct fetch_answer *answer)
{
	const struct fetch_request request = {
		.url = url,
		.body = fetch->body,
		.header = { fetch->authorization, "Content-Type: application/json" },
		.timeout_s = REQUEST_TIMEOUT_S,
	};

	for (int refused = 0;; refused++) {
		int error = token_is_old(fetch) || refused > 0 ? get_token(fetch) : 0;

		error = error ? error : ask(fetch, &request, answer);
		if (error != 0)
			return error;
		if (answer->status == 200)
			return 0;
		say_status(fetch, url, answer);
		if (answer->status != 401 || refused > 0)
			return answer->status == 401 || answer->status == 403 ? -EACCES : -EIO;
	}
}

static int keep_rows(struct fetch *fetch)
{
	struct fetch_totals *totals = fetch->totals;

	totals->pages++;
	totals->bytes += fetch->page.length + 2;
	if (totals->bytes > JSON_BYTES_MAX || totals->pages > PAGES_MAX) {
		fault_set(fetch->fault,
			  "more than %zu MiB or %d pages; fetch fewer subscriptions at a time",
			  JSON_BYTES_MAX / 1024 / 1024, PAGES_MAX);
		return -E2BIG;
	}
	if (fetch->page.row_count == 0)
		return 0;
	if (totals->rows > 0)
		fputs(",\n", fetch->out);
	totals->rows += fetch->page.row_count;
	fwrite(fetch->page.rows, 1, fetch->page.length, fetch->out);
	return ferror(fetch->out) ? -ENOMEM : 0;
}

static int fetch_query(struct fetch *fetch, const char *query)
{
	char url[URL_MAX], last[FETCH_SKIP_MAX] = "";
	struct fetch_answer answer;
	int error = 0;

	snprintf(url, sizeof(url),
		 "%s/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01",
		 fetch->settings->arm);
	fetch->page.skip_token[0] = '\0';
	do {
		memcpy(last, fetch->page.skip_token, sizeof(last));
		error = write_body(fetch, query);
		error = error ? error : ask_page(fetch, url, &answer);
		error = error ? error
			      : fetch_reply_page(answer.body, answer.length, url, &fetch->page,
						 fetch->fault);
		error = error ? error : keep_rows(fetch);
		if (error == 0 &&
		    (fetch->page.cut_off || (last[0] && !strcmp(last, fetch->page.skip_token)))) {
			fault_set(fetch->fault,
				  "%.120s: the service left rows out and names no further page; "
				  "name fewer subscriptions",
				  url);
			error = -EIO;
		}
	} while (error == 0 && fetch->page.skip_token[0] != '\0');
	return error;
}

/* ---------------------------------------------------------------------------------------------- */

static int check_settings(const struct fetch_settings *settings, struct fault *fault)
{
	const char *const urls[] = { settings->arm, settings->imds };

	for (size_t i = 0; i < 2; i++) {
		if (fetch_http_is_allowed(urls[i]) && strlen(urls[i]) < URL_MAX / 2)
			continue;
		fault_set(fault,
			  "\"%.120s\" is no address to ask: it must begin with https://, or with "
			  "http:// and be this host or 169.254.169.254",
			  urls[i]);
		return -EINVAL;
	}
	if (settings->client_id &&
	    settings->client_id[strspn(settings->client_id, GUID_LETTERS)] != '\0') {
		fault_set(fault, "\"%.60s\" is no client id; it looks like a GUID",
			  settings->client_id);
		return -EINVAL;
	}
	return 0;
}

static int run(struct fetch *fetch)
{
	int error = 0;

	fputs("{\"data\":[\n", fetch->out);
	for (size_t i = 0; i < QUERIES && error == 0; i++)
		error = fetch_query(fetch, queries[i]);
	fputs("]}\n", fetch->out);
	return error;
}

int fetch_rows(const struct fetch_settings *settings, char **text, size_t *length,
	       struct fetch_totals *totals, struct fault *fault)
{
	struct fetch *fetch;
	int error = check_settings(settings, fault);

	*totals = (struct fetch_totals){ 0 };
	*text = NULL;
	if (error != 0)
		return error;
	fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		return -ENOMEM;
	fetch->settings = settings;
	fetch->totals = totals;
	fetch->fault = fault;
	fetch->deadline_s = now_s() + settings->time_limit_s;
	fetch->http = fetch_http_new(settings->ca);
	fetch->out = open_memstream(text, length);
	error = fetch->http && fetch->out ? run(fetch) : -ENOMEM;
	if (fetch->out && fclose(fetch->out) != 0 && error == 0)
		error = -ENOMEM;
	fetch_http_free(fetch->http);
	explicit_bzero(fetch, sizeof(*fetch));
	free(fetch);
	if (error != 0) {
		free(*text);
		*text = NULL;
	}
	return error;
}
