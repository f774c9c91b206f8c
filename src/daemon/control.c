#include "daemon/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/units.h"
#include "daemon/control_answer.h"
#include "daemon/control_socket.h"

#define FLOWS_LOOK_MS 2 /* between two looks whether the workers are done */

struct client {
	int fd;          /* -1: free */
	uint64_t due_ns; /* it is dropped then */
	size_t length;   /* of the request so far */
	char *answer;    /* owned; NULL: the request is not whole, or waits */
	size_t answer_length, sent;
	struct control_wait wait;
	char request[CONTROL_REQUEST_MAX];
};

struct control {
	struct control_source source;
	struct control_stats stats;
	char *path;
	bool owns_path; /* it is removed at the end */
	int listener, epoll;
	struct client *asking;  /* whose flows the workers look for; or NULL */
	uint64_t asking_due_ns; /* what there is by then is told */
	uint32_t asked_last;    /* place of who asked last: all get their turn */
	struct client client[CONTROL_CLIENTS_MAX];
};

/* Opening ------------------------------------------------------------------------------------ */

static int watch(struct control *control, int fd, uint32_t number, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u32 = number };

	if (epoll_ctl(control->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	return epoll_ctl(control->epoll, EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : -errno;
}

static int open_listener(struct control *control, struct fault *fault)
{
	control->listener = control_socket_listen(control->path, fault);
	if (control->listener < 0)
		return control->listener;
	control->owns_path = true;
	control->epoll = epoll_create1(EPOLL_CLOEXEC);
	return control->epoll < 0 ? -errno
				  : watch(control, control->listener, CONTROL_CLIENTS_MAX, EPOLLIN);
}

int control_open(struct control **control, const char *path, const struct control_source *source,
		 struct fault *fault)
{
	struct control *made;
	int error;

	*control = NULL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->source = *source;
	made->path = strdup(path);
	made->listener = made->epoll = -1;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		made->client[i].fd = -1;
	error = made->path ? open_listener(made, fault) : -ENOMEM;
	if (error) {
		control_close(made);
		return error;
	}
	*control = made;
	return 0;
}

static void drop(struct control *control, struct client *client)
{
	if (control->asking == client)
		control->asking = NULL;
	if (client->fd >= 0)
		close(client->fd);
	free(client->answer);
	client->fd = -1;
	client->answer = NULL;
	client->length = client->sent = 0;
	client->wait = (struct control_wait){ .reload = 0 };
}

static bool is_waiting(const struct client *client)
{
	return client->wait.flows.most != 0 || client->wait.reload != 0;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		drop(control, &control->client[i]);
	if (control->listener >= 0)
		close(control->listener);
	if (control->epoll >= 0)
		close(control->epoll);
	if (control->owns_path)
		unlink(control->path);
	free(control->path);
	free(control);
}

/* Turning ------------------------------------------------------------------------------------ */

static void admit(struct control *control, uint64_t now_ns)
{
	int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	uint32_t free_place = 0;

	if (fd < 0)
		return;
	while (free_place < CONTROL_CLIENTS_MAX && control->client[free_place].fd >= 0)
		free_place++;
	if (free_place == CONTROL_CLIENTS_MAX || watch(control, fd, free_place, EPOLLIN) != 0) {
		control->stats.refused++;
		close(fd);
		return;
	}
	control->client[free_place].fd = fd;
	control->client[free_place].due_ns = now_ns + CONTROL_TIMEOUT_S * NS_PER_S;
}

static void send_answer(struct control *control, uint32_t number)
{
	struct client *client = &control->client[number];

	while (client->sent < client->answer_length) {
		ssize_t sent = send(client->fd, client->answer + client->sent,
				    client->answer_length - client->sent, MSG_NOSIGNAL);

		if (sent >= 0) {
			client->sent += (size_t)sent;
		} else if (errno == EAGAIN) {
			watch(control, client->fd, number, EPOLLOUT);
			return;
		} else if (errno != EINTR) {
			break;
		}
	}
	drop(control, client);
}

/* Of who waits nothing but its end is heard. */
static void have_wait(struct control *control, uint32_t number)
{
	watch(control, control->client[number].fd, number, 0);
}

/* What it waited for is here; NULL: there is no memory to say so. */
static void answer_waiting(struct control *control, struct client *client, char *answer,
			   uint64_t now_ns)
{
	client->answer = answer;
	client->wait = (struct control_wait){ .reload = 0 };
	client->due_ns = now_ns + CONTROL_TIMEOUT_S * NS_PER_S;
	if (answer)
		send_answer(control, (uint32_t)(client - control->client));
	else
		drop(control, client);
}

void control_tell_reload(struct control *control, uint64_t number, int error,
			 const struct fault *fault, uint64_t now_ns)
{
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct client *client = &control->client[i];

		if (client->wait.reload == number)
			answer_waiting(control, client,
				       control_answer_reload(error, fault, &client->answer_length),
				       now_ns);
	}
}

static void next_asks(struct control *control, uint64_t now_ns)
{
	for (uint32_t i = 1; i <= CONTROL_CLIENTS_MAX && !control->asking; i++) {
		uint32_t place = (control->asked_last + i) % CONTROL_CLIENTS_MAX;
		struct client *client = &control->client[place];

		if (client->wait.flows.most == 0)
			continue;
		control->asked_last = place;
		control->asking = client;
		control->asking_due_ns = now_ns + CONTROL_FLOWS_MS * NS_PER_MS;
		control->source.ask_flows(control->source.context, &client->wait.flows);
	}
}

static void tell_flows(struct control *control, uint64_t now_ns)
{
	struct client *client = control->asking;

	control->asking = NULL;
	answer_waiting(control, client,
		       control_answer_flows(&control->source, client->wait.flows.most,
					    &client->answer_length),
		       now_ns);
}

static void turn_flows(struct control *control, uint64_t now_ns)
{
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		next_asks(control, now_ns);
		if (!control->asking || (!control->source.has_flows(control->source.context) &&
					 now_ns < control->asking_due_ns))
			return;
		tell_flows(control, now_ns);
	}
}

/* The request is whole at its newline, or when the client has shut its side. */
static void take_request(struct control *control, uint32_t number)
{
	struct client *client = &control->client[number];
	ssize_t received = recv(client->fd, client->request + client->length,
				sizeof(client->request) - client->length, 0);
	const char *end;

	if (received < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (received > 0)
		client->length += (size_t)received;
	end = memchr(client->request, '\n', client->length);
	if (!end && received > 0 && client->length < sizeof(client->request))
		return;
	if (client->length == 0 || (!end && received > 0)) {
		control->stats.dropped += client->length != 0;
		drop(control, client);
		return;
	}
	control->stats.requests++;
	client->answer = control_answer(&control->source, client->request,
					end ? (size_t)(end - client->request) : client->length,
					&client->wait, &client->answer_length);
	if (client->answer)
		send_answer(control, number);
	else if (is_waiting(client))
		have_wait(control, number);
	else
		drop(control, client);
}

static void drop_late(struct control *control, uint64_t now_ns)
{
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct client *client = &control->client[i];

		if (client->fd < 0 || is_waiting(client) || now_ns < client->due_ns)
			continue;
		control->stats.dropped++;
		drop(control, client);
	}
}

void control_turn(struct control *control, uint64_t now_ns)
{
	struct epoll_event events[CONTROL_CLIENTS_MAX + 1];
	int count = epoll_wait(control->epoll, events, CONTROL_CLIENTS_MAX + 1, 0);

	for (int i = 0; i < count; i++) {
		uint32_t number = events[i].data.u32;

		if (number == CONTROL_CLIENTS_MAX)
			admit(control, now_ns);
		else if (control->client[number].fd >= 0 && is_waiting(&control->client[number]))
			drop(control, &control->client[number]); /* it has gone */
		else if (control->client[number].fd >= 0 && control->client[number].answer)
			send_answer(control, number);
		else if (control->client[number].fd >= 0)
			take_request(control, number);
	}
	drop_late(control, now_ns);
	turn_flows(control, now_ns);
}

int control_wait_ms(const struct control *control, int most_ms)
{
	return control->asking && most_ms > FLOWS_LOOK_MS ? FLOWS_LOOK_MS : most_ms;
}

int control_fd(const struct control *control)
{
	return control->epoll;
}

void control_set_fences(struct control *control, const char *fences)
{
	control->source.fences = fences;
}

struct control_stats control_stats(const struct control *control)
{
	return control->stats;
}
