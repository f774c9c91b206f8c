#include "tool/top_screen.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include <ncurses.h>

#include "pewit/verdict.h"

struct top_screen {
	SCREEN *terminal;
	bool colour;
};

/* Colours are only a help: what they say stands there in words too. */
static const short colours[SEVERITIES] = {
	[SEVERITY_INFO] = COLOR_CYAN,        [SEVERITY_LOW] = COLOR_GREEN,
	[SEVERITY_MEDIUM] = COLOR_YELLOW,    [SEVERITY_HIGH] = COLOR_RED,
	[SEVERITY_CRITICAL] = COLOR_MAGENTA,
};

static bool set_colours(void)
{
	if (!has_colors() || start_color() == ERR || use_default_colors() == ERR)
		return false;
	for (short i = SEVERITY_INFO; i < SEVERITIES; i++)
		init_pair(i, colours[i], -1);
	return true;
}

int top_screen_open(struct top_screen **screen, bool colour, struct fault *fault)
{
	struct top_screen *made = calloc(1, sizeof(*made));

	*screen = NULL;
	if (!made)
		return -ENOMEM;
	setlocale(LC_CTYPE, "");
	made->terminal = newterm(NULL, stdout, stdin);
	if (!made->terminal) {
		const char *term = getenv("TERM");

		fault_set(fault,
			  "a terminal of the type \"%.40s\" is not known here; set TERM, or use -b",
			  term ? term : "");
		free(made);
		return -ENOTSUP;
	}
	made->colour = colour && set_colours();
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	set_escdelay(50);
	*screen = made;
	return 0;
}

void top_screen_close(struct top_screen *screen)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen->terminal);
	free(screen);
}

void top_screen_size(const struct top_screen *screen, int *rows, int *columns)
{
	(void)screen;
	getmaxyx(stdscr, *rows, *columns);
}

void top_screen_begin(struct top_screen *screen)
{
	(void)screen;
	erase();
}

void top_screen_put(struct top_screen *screen, int row, const char *text, enum top_style style,
		    unsigned severity)
{
	attr_t attributes = style == TOP_PLAIN ? A_NORMAL : A_REVERSE;

	if (style == TOP_FAULT)
		severity = SEVERITY_HIGH;
	if (screen->colour && severity != SEVERITY_NONE)
		attributes |= (attr_t)COLOR_PAIR(severity);
	if (severity >= SEVERITY_HIGH)
		attributes |= A_BOLD;
	attrset(attributes);
	mvaddnstr(row, 0, text, COLS);
	for (int column = getcurx(stdscr); style == TOP_TITLE && column < COLS && column != 0;
	     column++)
		mvaddch(row, column, ' ');
	attrset(A_NORMAL);
}

void top_screen_end(struct top_screen *screen)
{
	(void)screen;
	refresh();
}

int top_screen_key(struct top_screen *screen, int wait_ms)
{
	static const struct {
		int code, key;
	} keys[] = {
		{ ERR, TOP_KEY_NONE },
		{ KEY_UP, TOP_KEY_UP },
		{ KEY_DOWN, TOP_KEY_DOWN },
		{ KEY_PPAGE, TOP_KEY_PAGE_UP },
		{ KEY_NPAGE, TOP_KEY_PAGE_DOWN },
		{ KEY_HOME, TOP_KEY_HOME },
		{ KEY_END, TOP_KEY_END },
		{ KEY_BACKSPACE, TOP_KEY_BACKSPACE },
		{ '\b', TOP_KEY_BACKSPACE },
		{ 127, TOP_KEY_BACKSPACE },
		{ KEY_ENTER, TOP_KEY_ENTER },
		{ '\n', TOP_KEY_ENTER },
		{ '\r', TOP_KEY_ENTER },
		{ 27, TOP_KEY_ESCAPE },
		{ KEY_RESIZE, TOP_KEY_RESIZE },
	};
	int code;

	(void)screen;
	timeout(wait_ms);
	code = getch();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].code == code)
			return keys[i].key;
	return code >= ' ' && code < 127 ? code : TOP_KEY_NONE;
}
