#include "base/json_print.h"

#include <stdlib.h>
#include <string.h>

#include "base/emit.h"
#include "base/ip.h"

static bool on_line(const struct json_print *print)
{
	return print->line_depth != 0 && print->depth >= print->line_depth;
}

static void new_line(const struct json_print *print)
{
	fprintf(print->out, "\n%*s", (int)print->depth, "");
}

static void put_string(const struct json_print *print, const char *text)
{
	size_t length = strlen(text), room = 6 * length + 3; /* "\u00XX" for each byte */
	char *bytes = malloc(room);

	if (!bytes) { /* a document with a hole would pass for a whole one */
		fputs("null", print->out);
		return;
	}
	struct emit json = emit_over(bytes, room);

	emit_string(&json, text, length);
	fwrite(bytes, 1, (size_t)(json.at - bytes), print->out);
	free(bytes);
}

/* What stands between this value and the one before it, and its key. */
static void begin(struct json_print *print, const char *key)
{
	if (print->comma)
		putc(',', print->out);
	if (print->depth != 0 && !on_line(print))
		new_line(print);
	else if (print->comma)
		putc(' ', print->out);
	print->comma = true;
	if (!key)
		return;
	put_string(print, key);
	fputs(": ", print->out);
}

void json_print_open(struct json_print *print, const char *key, char bracket)
{
	begin(print, key);
	putc(bracket, print->out);
	print->depth++;
	print->comma = false;
}

void json_print_open_line(struct json_print *print, const char *key, char bracket)
{
	json_print_open(print, key, bracket);
	if (print->line_depth == 0)
		print->line_depth = print->depth;
}

void json_print_close(struct json_print *print, char bracket)
{
	bool was_on_line = on_line(print);

	if (print->line_depth == print->depth)
		print->line_depth = 0;
	print->depth--;
	if (print->comma && !was_on_line)
		new_line(print);
	putc(bracket, print->out);
	print->comma = true;
	if (print->depth == 0)
		putc('\n', print->out);
}

void json_print_text(struct json_print *print, const char *key, const char *text)
{
	begin(print, key);
	put_string(print, text);
}

void json_print_some(struct json_print *print, const char *key, const char *text)
{
	if (text && text[0] != '\0')
		json_print_text(print, key, text);
}

void json_print_number(struct json_print *print, const char *key, uint64_t number)
{
	begin(print, key);
	fprintf(print->out, "%llu", (unsigned long long)number);
}

void json_print_null(struct json_print *print, const char *key)
{
	begin(print, key);
	fputs("null", print->out);
}

void json_print_flag(struct json_print *print, const char *key, bool flag)
{
	begin(print, key);
	fputs(flag ? "true" : "false", print->out);
}

void json_print_ip(struct json_print *print, const char *key, const struct ip_addr *addr)
{
	char text[IP_TEXT_SIZE];

	ip_print(addr, text);
	json_print_text(print, key, text);
}
