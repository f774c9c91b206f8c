/* dns_texts.h - the DNS cache's texts: a ring that forgets the oldest.
 *
 * A text is written once, at the head, for all the addresses of one answer; what the head then
 * reaches is gone, whoever still refers to it. References are positions that only grow, so a stale
 * one is told at once. Each text counts its references, so that what is forgotten before its time
 * is known. Part of the DNS cache; see dns_cache.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_TEXTS_BYTES_MIN 8192 /* several of the largest texts */

struct dns_texts;

/* bytes: DNS_TEXTS_BYTES_MIN at least. NULL: no memory. */
struct dns_texts *dns_texts_new(size_t bytes);
void dns_texts_free(struct dns_texts *texts);

/* Keeps a copy of length (up to 2048) bytes and returns its position; no reference is counted yet.
 * *lost grows by the references to forgotten texts that were still good at now_ns. */
uint64_t dns_texts_add(struct dns_texts *texts, const char *bytes, size_t length, uint64_t now_ns,
		       uint64_t *lost);

/* Whether it is still there; touches no text. */
bool dns_texts_has(const struct dns_texts *texts, uint64_t position);

/* The text, lent until the next dns_texts_add(); NULL when it is forgotten. */
const char *dns_texts_at(const struct dns_texts *texts, uint64_t position, size_t *length);

/* Whether the text will be forgotten before half of the room is used anew. */
bool dns_texts_is_old(const struct dns_texts *texts, uint64_t position);

/* One more reference, good until then; one fewer. Forgotten texts are let be. */
void dns_texts_refer(struct dns_texts *texts, uint64_t position, uint64_t until_ns);
void dns_texts_drop(struct dns_texts *texts, uint64_t position);
