/* top_choice.h - what the person before `pewit top` wants to see, and which key says so. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define TOP_FILTER_MAX 60

struct top_choice {
	const char *order; /* of the request: "bytes", "last", "severity"; static */
	bool paused, typing, quit;
	bool asks_anew;                  /* what was asked for is another: ask at once */
	char filter[TOP_FILTER_MAX + 1]; /* only flows whose line holds this; or "" */
	size_t scroll;                   /* flows above the first that is shown */
};

/* key: of top_screen_key(). page: flows on the screen; count: flows there are. */
void top_choice_press(struct top_choice *choice, int key, size_t page, size_t count);
