/* libmicrohttpd without threads: it has an epoll descriptor, and does what there is to do when it is told
 * to. Its sockets are ours: it is handed a listening one. */
#include "daemon/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "daemon/control_socket.h"
#include "daemon/listen_address.h"
#include "daemon/metrics_text.h"

#define UNIX "unix:"
#define BACKLOG METRICS_CLIENTS_MAX
#define CLIENT_BYTES 8192u /* request line and headers, and the answer's headers */
#define STEPS_MAX 64       /* of one turn: what a client sends piece by piece is done later */
#define TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics {
	struct metrics_source source;
	struct MHD_Daemon *server;
	int listener; /* -1: the server's */
	int epoll;    /* the server's */
	char *path;   /* of the Unix socket, removed at the end; or NULL */
};

/* Answering ---------------------------------------------------------------------------------- */

static struct MHD_Response *plain(const char *text)
{
	return MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
					       MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer(struct MHD_Connection *client, unsigned status,
			      struct MHD_Response *response)
{
	if (!response)
		return MHD_NO; /* it is hung up on */
	enum MHD_Result result = MHD_queue_response(client, status, response);

	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_metrics(const struct metrics *metrics, struct MHD_Connection *client)
{
	struct live_snapshot *snapshot = malloc(sizeof(*snapshot));
	struct control_stats control = { 0 };
	struct metrics_told told = { .snapshot = snapshot, .version = metrics->source.version };
	struct MHD_Response *response;
	size_t length;
	char *text;

	if (!snapshot)
		return MHD_NO;
	metrics->source.snapshot(metrics->source.context, snapshot);
	if (metrics->source.control) {
		control = control_stats(metrics->source.control);
		told.control = &control;
	}
	text = metrics_text(&told, &length);
	free(snapshot);
	if (!text)
		return MHD_NO;
	response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(text);
	else
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, TEXT_TYPE);
	return answer(client, MHD_HTTP_OK, response);
}

/* Called once when a request's headers are there and once when it is whole: who is answered before that is
 * hung up on afterwards. */
static enum MHD_Result handle(void *context, struct MHD_Connection *client, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	(void)version;
	(void)upload;
	(void)upload_size;
	if (strcmp(url, "/metrics") != 0)
		return answer(client, MHD_HTTP_NOT_FOUND, plain("pewit: see /metrics\n"));
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0) {
		if (*state)
			return answer_metrics(context, client);
		*state = context;
		return MHD_YES;
	}
	struct MHD_Response *response = plain("pewit: only GET and HEAD\n");

	if (response)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	return answer(client, MHD_HTTP_METHOD_NOT_ALLOWED, response);
}

/* Opening ------------------------------------------------------------------------------------ */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t make_address(union address *address, const struct ip_addr *addr, uint16_t port)
{
	memset(address, 0, sizeof(*address));
	if (ip_is_v4(addr)) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons(port);
		memcpy(&address->v4.sin_addr, addr->bytes + 12, 4);
		return sizeof(address->v4);
	}
	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_port = htons(port);
	memcpy(&address->v6.sin6_addr, addr->bytes, 16);
	return sizeof(address->v6);
}

/* Its descriptor, or -errno. */
static int listen_on(const struct ip_addr *addr, uint16_t port)
{
	union address address;
	socklen_t length = make_address(&address, addr, port);
	int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int yes = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, &address.any, length) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int error = -errno;

	close(fd);
	return error;
}

static int open_address(struct metrics *metrics, const char *text, struct fault *fault)
{
	struct ip_addr addr;
	uint16_t port;

	if (!listen_address_read(text, &addr, &port)) {
		fault_set(fault,
			  "metrics.listen: \"%.100s\" is no address with a port; write one like "
			  "127.0.0.1:9109",
			  text);
		return -EINVAL;
	}
	metrics->listener = listen_on(&addr, port);
	if (metrics->listener >= 0)
		return 0;
	fault_set(fault, "metrics.listen: %s: %s", text,
		  metrics->listener == -EADDRINUSE
			  ? "another program listens there; use another port"
			  : strerror(-metrics->listener));
	return metrics->listener;
}

static int open_path(struct metrics *metrics, const char *path, struct fault *fault)
{
	metrics->listener = control_socket_listen(path, fault);
	if (metrics->listener < 0)
		return metrics->listener;
	metrics->path = strdup(path);
	return metrics->path ? 0 : -ENOMEM;
}

static int start(struct metrics *metrics, struct fault *fault)
{
	const union MHD_DaemonInfo *info;

	metrics->server = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, handle, metrics, MHD_OPTION_LISTEN_SOCKET,
		metrics->listener, MHD_OPTION_CONNECTION_LIMIT, (unsigned)METRICS_CLIENTS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)METRICS_TIMEOUT_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CLIENT_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	info = metrics->server ? MHD_get_daemon_info(metrics->server, MHD_DAEMON_INFO_EPOLL_FD)
			       : NULL;
	if (!info) {
		fault_set(fault, "metrics: the HTTP server does not start; leave metrics.listen "
				 "out to do without");
		return -EIO;
	}
	metrics->listener = -1;
	metrics->epoll = info->epoll_fd;
	return 0;
}

int metrics_open(struct metrics **metrics, const char *listen, const struct metrics_source *source,
		 struct fault *fault)
{
	struct metrics *made = calloc(1, sizeof(*made));
	int error;

	*metrics = NULL;
	if (!made)
		return -ENOMEM;
	made->source = *source;
	made->listener = made->epoll = -1;
	error = strncmp(listen, UNIX, strlen(UNIX)) == 0
			? open_path(made, listen + strlen(UNIX), fault)
			: open_address(made, listen, fault);
	error = error ? error : start(made, fault);
	if (error) {
		metrics_close(made);
		return error;
	}
	*metrics = made;
	return 0;
}

void metrics_close(struct metrics *metrics)
{
	if (!metrics)
		return;
	if (metrics->server)
		MHD_stop_daemon(metrics->server);
	else if (metrics->listener >= 0)
		close(metrics->listener);
	if (metrics->path)
		unlink(metrics->path);
	free(metrics->path);
	free(metrics);
}

/* Turning ------------------------------------------------------------------------------------ */

int metrics_fd(const struct metrics *metrics)
{
	return metrics->epoll;
}

/* The server may have read a request and not yet begun its answer: then nothing makes the descriptor
 * readable, and its time-out is 0. */
void metrics_turn(struct metrics *metrics)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;
	int steps = 0;

	do
		MHD_run(metrics->server);
	while (++steps < STEPS_MAX && MHD_get_timeout(metrics->server, &wait_ms) == MHD_YES &&
	       wait_ms == 0);
}
