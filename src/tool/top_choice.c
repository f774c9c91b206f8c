#include "tool/top_choice.h"

#include <string.h>

#include "tool/top_screen.h"

static void order(struct top_choice *choice, const char *word)
{
	choice->order = word;
	choice->scroll = 0;
	choice->asks_anew = true;
}

static void type(struct top_choice *choice, int key)
{
	size_t length = strlen(choice->filter);

	if (key == TOP_KEY_ENTER || key == TOP_KEY_ESCAPE)
		choice->typing = false;
	if (key == TOP_KEY_ESCAPE)
		choice->filter[0] = '\0';
	else if (key == TOP_KEY_BACKSPACE && length != 0)
		choice->filter[length - 1] = '\0';
	else if (key >= ' ' && key < 127 && length < TOP_FILTER_MAX)
		choice->filter[length] = (char)key;
	choice->filter[TOP_FILTER_MAX] = '\0';
	choice->scroll = 0;
	choice->asks_anew = true;
}

static void scroll(struct top_choice *choice, int key, size_t page, size_t count)
{
	size_t last = count > page ? count - page : 0;

	switch (key) {
	case TOP_KEY_UP:
		choice->scroll -= choice->scroll != 0;
		break;
	case TOP_KEY_DOWN:
		choice->scroll++;
		break;
	case TOP_KEY_PAGE_UP:
		choice->scroll = choice->scroll > page ? choice->scroll - page : 0;
		break;
	case TOP_KEY_PAGE_DOWN:
		choice->scroll += page;
		break;
	case TOP_KEY_HOME:
		choice->scroll = 0;
		break;
	case TOP_KEY_END:
		choice->scroll = last;
		break;
	default:
		break;
	}
	if (choice->scroll > last)
		choice->scroll = last;
}

static void press(struct top_choice *choice, int key)
{
	switch (key) {
	case 'b':
		order(choice, "bytes");
		break;
	case 'l':
		order(choice, "last");
		break;
	case 's':
		order(choice, "severity");
		break;
	case 'p':
		choice->paused = !choice->paused;
		choice->asks_anew = !choice->paused;
		break;
	case '/':
		choice->typing = true;
		choice->filter[0] = '\0';
		choice->asks_anew = true;
		break;
	case TOP_KEY_ESCAPE:
		choice->filter[0] = '\0';
		choice->asks_anew = true;
		break;
	case 'q':
		choice->quit = true;
		break;
	default:
		break;
	}
}

void top_choice_press(struct top_choice *choice, int key, size_t page, size_t count)
{
	if (key == TOP_KEY_NONE)
		return;
	if (choice->typing && (key < TOP_KEY_UP || key == TOP_KEY_BACKSPACE ||
			       key == TOP_KEY_ENTER || key == TOP_KEY_ESCAPE))
		type(choice, key);
	else
		press(choice, key);
	scroll(choice, key, page, count);
}
