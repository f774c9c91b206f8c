/* top_screen.h - the terminal of `pewit top`: lines go there, keys come from there. */
#pragma once

#include <stdbool.h>

#include "base/fault.h"

struct top_screen;

/* Keys that are no character; a resize is one, and everything is to be drawn anew. */
enum top_key {
	TOP_KEY_NONE,
	TOP_KEY_UP = 256,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_BACKSPACE,
	TOP_KEY_ENTER,
	TOP_KEY_ESCAPE,
	TOP_KEY_RESIZE,
};

enum top_style { TOP_PLAIN, TOP_TITLE, TOP_FAULT };

/* Takes standard input and output. 0 and *screen, given; or -errno with what to do in fault. */
int top_screen_open(struct top_screen **screen, bool colour, struct fault *fault);
void top_screen_close(struct top_screen *screen); /* as it was before; NULL is allowed */

void top_screen_size(const struct top_screen *screen, int *rows, int *columns);

/* Between begin and end: all that is on the screen. style: enum top_style; severity: enum severity. */
void top_screen_begin(struct top_screen *screen);
void top_screen_put(struct top_screen *screen, int row, const char *text, enum top_style style,
		    unsigned severity);
void top_screen_end(struct top_screen *screen);

/* A character, an enum top_key, or TOP_KEY_NONE after wait_ms. */
int top_screen_key(struct top_screen *screen, int wait_ms);
