/* pewit top: a running daemon, second by second. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"
#include "event/event_names.h"
#include "tool/command.h"
#include "tool/daemon_answer.h"
#include "tool/daemon_call.h"
#include "tool/daemon_options.h"
#include "tool/top_choice.h"
#include "tool/top_screen.h"
#include "tool/top_view.h"

#define FLOWS 200           /* that are asked for: more than a screen has */
#define FLOWS_FILTERED 1000 /* and with a filter, of which few are left */
#define BATCH_WIDTH 160
#define BATCH_FLOWS 20
#define DELAY_MAX_S 3600

enum option_id { OPT_BATCH = DAEMON_OPTIONS, OPT_TIMES, OPT_DELAY, OPT_ORDER };

static const struct option_row rows[] = {
	DAEMON_OPTION_SOCKET,
	{ 'b', "batch", NULL, "print plain text, without a screen", OPT_BATCH },
	{ 'n', "times", "N", "end after N pictures", OPT_TIMES },
	{ 'd', "delay", "SECONDS", "between two pictures, 1 to 3600 (1)", OPT_DELAY },
	{ 0, "order", "WHAT", "bytes (most first), last (latest first) or severity", OPT_ORDER },
};

static const struct option_table table = {
	.command = "top",
	.usage = "[OPTION]...",
	.about = "Shows a running pewit as it works: packets, bits, drops, what the kernel counts\n"
		 "without copying, how busy its workers are, findings, and the live flows.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after = "Keys:\n"
		 "  b l s     flows with the most bytes, the latest, the gravest first\n"
		 "  /         only flows whose line holds a text; Esc: all again\n"
		 "  arrows    and Page Up, Page Down, Home, End: further flows\n"
		 "  p q       pause, quit\n\n"
		 "A B before the verdict: the kernel counts that flow, its figures are some\n"
		 "seconds old. Without colours where NO_COLOR is set.\n\n"
		 "Exit status: 0 fine, 1 no daemon answers, 2 usage.",
};

struct top {
	const char *socket;
	bool batch;
	unsigned long times, delay_s; /* times 0: without end */
	struct top_choice choice;
	struct json *status, *flows; /* the last answers; NULL: none yet */
	struct top_figures before;   /* of the status answer before the last */
	struct fault fault;          /* of the last question; "": it was answered */
};

/* Options ------------------------------------------------------------------------------------ */

static bool take_number(unsigned long *number, const char *option, const char *value,
			unsigned long most, struct fault *fault)
{
	char *end;

	errno = 0;
	*number = strtoul(value, &end, 10);
	if (*value >= '0' && *value <= '9' && *end == '\0' && errno == 0 && *number >= 1 &&
	    *number <= most)
		return true;
	fault_set(fault, "%s %s: a number from 1 to %lu is needed", option, value, most);
	return false;
}

static bool take_order(struct top *top, const char *value, struct fault *fault)
{
	static const char *const orders[] = { "bytes", "last", "severity" };

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(value, orders[i]) == 0) {
			top->choice.order = orders[i];
			return true;
		}
	fault_set(fault, "--order %s: bytes, last or severity", value);
	return false;
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct top *top = context;

	switch (id) {
	case DAEMON_SOCKET:
		top->socket = value;
		return true;
	case OPT_BATCH:
		top->batch = true;
		return true;
	case OPT_TIMES:
		return take_number(&top->times, "-n", value, 1000000, fault);
	case OPT_DELAY:
		return take_number(&top->delay_s, "-d", value, DELAY_MAX_S, fault);
	case OPT_ORDER:
		return take_order(top, value, fault);
	default:
		return false;
	}
}

/* Asking ------------------------------------------------------------------------------------- */

/* Rates are those between this answer and the one before, unless that was a moment ago. */
static void keep_status(struct top *top, struct json *status)
{
	struct top_figures last;

	if (!top->status) {
		top_view_beginning(&top->before, json_root(status));
	} else {
		top_view_figures(&last, json_root(top->status));
		double passed_ns =
			daemon_answer_number(json_root(status), "taken_ns") - last.taken_ns;

		if (passed_ns >= 0.5 * NS_PER_S)
			top->before = last;
	}
	json_free(top->status);
	top->status = status;
}

static int ask_flows(struct top *top)
{
	char request[128];
	struct json *flows;

	snprintf(request, sizeof(request),
		 "{\"command\": \"flows\", \"order\": \"%s\", \"limit\": %d}", top->choice.order,
		 top->choice.filter[0] ? FLOWS_FILTERED : FLOWS);
	int error = daemon_call(top->socket, request, &flows, NULL, &top->fault);

	if (error)
		return error;
	json_free(top->flows);
	top->flows = flows;
	return 0;
}

static int ask(struct top *top)
{
	struct json *status;

	top->fault.text[0] = '\0';
	int error =
		daemon_call(top->socket, "{\"command\": \"status\"}", &status, NULL, &top->fault);

	if (error)
		return error;
	keep_status(top, status);
	return ask_flows(top);
}

/* Flows -------------------------------------------------------------------------------------- */

static bool is_wanted(const struct top *top, const struct json_value *flow, double now_ns)
{
	struct top_line all;

	if (top->choice.filter[0] == '\0')
		return true;
	top_view_flow(flow, now_ns, TOP_WIDTH_MAX, &all);
	return strcasestr(all.text, top->choice.filter) != NULL;
}

/* Calls show() with the lines of the flows that are wanted, from `first` on, `most` of them. How many are
 * wanted in all. */
static size_t each_flow(const struct top *top, size_t first, size_t most, int width,
			void (*show)(void *context, size_t place, const struct top_line *line),
			void *context)
{
	const struct json_value *root = top->flows ? json_root(top->flows) : NULL, *flow;
	double now_ns = daemon_answer_number(root, "taken_ns");
	size_t count = 0;

	for (flow = daemon_answer_list(root, "flows"); flow; flow = json_next(flow)) {
		struct top_line line;

		if (!is_wanted(top, flow, now_ns))
			continue;
		if (count >= first && count - first < most) {
			top_view_flow(flow, now_ns, width, &line);
			show(context, count - first, &line);
		}
		count++;
	}
	return count;
}

/* On a screen -------------------------------------------------------------------------------- */

struct picture {
	struct top_screen *screen;
	int rows, width;
	int first_row; /* of the flows */
};

static void show_flow(void *context, size_t place, const struct top_line *line)
{
	const struct picture *picture = context;

	top_screen_put(picture->screen, picture->first_row + (int)place, line->text, TOP_PLAIN,
		       line->severity);
}

static size_t page_of(const struct picture *picture)
{
	int left = picture->rows - picture->first_row - 1;

	return left > 0 ? (size_t)left : 1;
}

static void draw_foot(const struct top *top, const struct picture *picture, size_t count)
{
	const struct top_choice *choice = &top->choice;
	char text[FAULT_TEXT_MAX + 256];

	if (top->fault.text[0])
		snprintf(text, sizeof(text), "%s", top->fault.text);
	else if (choice->typing)
		snprintf(text, sizeof(text), "/%s_   Enter: keep, Esc: all flows", choice->filter);
	else
		snprintf(text, sizeof(text),
			 "%sby %s, %zu-%zu of %zu%s%s   b l s order, / filter, p pause, q quit",
			 choice->paused ? "PAUSED   " : "", choice->order,
			 count ? choice->scroll + 1 : 0,
			 count < choice->scroll + page_of(picture)
				 ? count
				 : choice->scroll + page_of(picture),
			 count, choice->filter[0] ? " with " : "", choice->filter);
	daemon_answer_tame(text);
	top_screen_put(picture->screen, picture->rows - 1, text,
		       top->fault.text[0] ? TOP_FAULT : TOP_TITLE, SEVERITY_NONE);
}

/* The number of flows that are wanted. */
static size_t draw(const struct top *top, struct picture *picture)
{
	struct top_line head[TOP_HEAD_MAX];
	char columns[TOP_WIDTH_MAX + 1];
	size_t lines = 0, count;

	top_screen_size(picture->screen, &picture->rows, &picture->width);
	if (picture->width > TOP_WIDTH_MAX)
		picture->width = TOP_WIDTH_MAX;
	top_screen_begin(picture->screen);
	if (top->status)
		lines = top_view_head(json_root(top->status), &top->before, picture->width, head);
	for (size_t i = 0; i < lines; i++)
		top_screen_put(picture->screen, (int)i, head[i].text, TOP_PLAIN, head[i].severity);
	top_view_columns(picture->width, columns);
	top_screen_put(picture->screen, (int)lines, columns, TOP_TITLE, SEVERITY_NONE);
	picture->first_row = (int)lines + 1;
	count = each_flow(top, top->choice.scroll, page_of(picture), picture->width, show_flow,
			  picture);
	draw_foot(top, picture, count);
	top_screen_end(picture->screen);
	return count;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / NS_PER_MS;
}

/* Draws, and takes keys until it is time to ask again. */
static void stay(struct top *top, struct picture *picture, uint64_t until_ms)
{
	struct top_choice *choice = &top->choice;

	choice->asks_anew = false;
	while (!choice->quit && !choice->asks_anew) {
		size_t count = draw(top, picture);
		uint64_t now = now_ms();

		if (now >= until_ms && !choice->paused)
			return;
		top_choice_press(choice,
				 top_screen_key(picture->screen,
						choice->paused ? 1000 : (int)(until_ms - now)),
				 page_of(picture), count);
	}
}

static int watch(struct top *top)
{
	struct picture picture = { .screen = NULL };
	struct fault fault = { "" };
	int error = top_screen_open(&picture.screen, command_colour(stdout), &fault);

	if (error)
		return daemon_fail(&fault, error);
	for (unsigned long i = 0; !top->choice.quit && (top->times == 0 || i < top->times); i++) {
		stay(top, &picture, now_ms() + top->delay_s * 1000);
		if (!top->choice.quit)
			ask(top); /* what is wrong stands on the screen */
	}
	top_screen_close(picture.screen);
	return STATUS_FINE;
}

/* In batches --------------------------------------------------------------------------------- */

static void print_line(const char *text)
{
	size_t length = strlen(text);

	while (length != 0 && text[length - 1] == ' ')
		length--;
	printf("%.*s\n", (int)length, text);
}

static void print_flow(void *context, size_t place, const struct top_line *line)
{
	(void)context;
	(void)place;
	print_line(line->text);
}

static void print_picture(const struct top *top)
{
	struct top_line head[TOP_HEAD_MAX];
	char columns[TOP_WIDTH_MAX + 1];
	size_t lines = top_view_head(json_root(top->status), &top->before, BATCH_WIDTH, head);

	for (size_t i = 0; i < lines; i++)
		print_line(head[i].text);
	top_view_columns(BATCH_WIDTH, columns);
	print_line(columns);
	each_flow(top, 0, BATCH_FLOWS, BATCH_WIDTH, print_flow, NULL);
	fflush(stdout);
}

/* The first picture was asked for already. */
static int print_pictures(struct top *top)
{
	for (unsigned long i = 1;; i++) {
		print_picture(top);
		if (ferror(stdout) || (top->times != 0 && i >= top->times))
			return STATUS_FINE;
		putchar('\n');
		sleep((unsigned)top->delay_s);
		int error = ask(top);

		if (error)
			return daemon_fail(&top->fault, error);
	}
}

static int run(struct top *top)
{
	if (!top->batch && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
		return command_usage_fault("top", "this is no terminal; -b prints plain text");
	int error = ask(top);

	if (error)
		return daemon_fail(&top->fault, error);
	return top->batch ? print_pictures(top) : watch(top);
}

int command_top(int argc, char **argv)
{
	struct top top = { .socket = DAEMON_SOCKET_DEFAULT, .delay_s = 1, .choice.order = "bytes" };
	struct options_reader reader = { .take = take, .context = &top };
	struct fault fault = { "" };

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("top", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (reader.operands != argc)
		return command_usage_fault("top", "top takes no operands");
	int status = run(&top);

	json_free(top.status);
	json_free(top.flows);
	return command_finish(status);
}
