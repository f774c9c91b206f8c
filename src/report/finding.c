/* A packed finding is the pieces of it that say something, each after its place and its length:
 *
 *     | offset (2) | length (2) | bytes ... | offset (2) | length (2) | bytes ... |
 */
#include "report/finding.h"

#include <string.h>

static void copy_text(char *to, size_t room, const char *from)
{
	size_t length = from ? strnlen(from, room - 1) : 0;

	if (length != 0)
		memcpy(to, from, length);
	to[length] = '\0';
}

static void copy_evidence(struct evidence *to, const struct evidence *from)
{
	to->kind = from->kind;
	copy_text(to->text, sizeof(to->text), from->text);
}

static size_t size_with_evidence(size_t count)
{
	return offsetof(struct finding, judgement.evidence) + count * sizeof(struct evidence);
}

static size_t copy(struct finding *finding, const struct event *event, size_t evidence_max)
{
	const struct judgement *judgement = event->judgement;
	size_t count = 0;

	finding->flow = *event->flow;
	finding->time_ns = event->time_ns;
	finding->app_proto = event->app_proto;
	finding->name = event->name ? *event->name : (struct name){ 0 };
	copy_text(finding->name_text, sizeof(finding->name_text), finding->name.value);
	copy_text(finding->dpi_label, sizeof(finding->dpi_label), event->dpi_label);
	finding->judged = judgement != NULL;

	if (judgement)
		count = judgement->evidence_count;
	if (count > evidence_max)
		count = evidence_max;
	if (judgement)
		memcpy(&finding->judgement, judgement, offsetof(struct judgement, evidence));
	else
		memset(&finding->judgement, 0, offsetof(struct judgement, evidence));
	for (size_t i = 0; i < count; i++)
		copy_evidence(&finding->judgement.evidence[i], &judgement->evidence[i]);
	finding->judgement.evidence_count = (uint8_t)count;
	return size_with_evidence(count);
}

size_t finding_copy(struct finding *finding, const struct event *event)
{
	return copy(finding, event, EVIDENCE_MAX);
}

size_t finding_copy_flow(struct finding *finding, const struct event *event)
{
	return copy(finding, event, 0);
}

/* The bytes of a finding from one member up to another. */
#define UP_TO(from, to) offsetof(struct finding, from), offsetof(struct finding, to)

struct piece {
	uint16_t offset, length;
};
_Static_assert(sizeof(struct finding) <= UINT16_MAX, "a piece has two bytes for its place");
_Static_assert((4 + EVIDENCE_MAX) * sizeof(struct piece) <=
		       FINDING_PACKED_MAX - sizeof(struct finding),
	       "room for the pieces of a finding whose every text is full");

static uint8_t *put_piece(uint8_t *at, const struct finding *finding, size_t from, size_t to)
{
	const struct piece piece = { (uint16_t)from, (uint16_t)(to - from) };

	memcpy(at, &piece, sizeof(piece));
	memcpy(at + sizeof(piece), (const uint8_t *)finding + from, piece.length);
	return at + sizeof(piece) + piece.length;
}

size_t finding_pack(const struct finding *finding, uint8_t packed[FINDING_PACKED_MAX])
{
	size_t tunnels = finding->flow.tunnel_count, name = strlen(finding->name_text);
	uint8_t *at = packed;

	if (tunnels > LAYERS_TUNNELS_MAX)
		tunnels = LAYERS_TUNNELS_MAX;
	at = put_piece(at, finding, UP_TO(flow, flow.tunnel[tunnels]));
	at = put_piece(at, finding, UP_TO(flow.vlan, name_text[name + 1]));
	at = put_piece(at, finding, UP_TO(dpi_label, dpi_label[strlen(finding->dpi_label) + 1]));
	at = put_piece(at, finding, UP_TO(judged, judgement.evidence));
	for (size_t i = 0; i < finding->judgement.evidence_count; i++) {
		size_t length = strlen(finding->judgement.evidence[i].text);

		at = put_piece(
			at, finding,
			UP_TO(judgement.evidence[i], judgement.evidence[i].text[length + 1]));
	}
	return (size_t)(at - packed);
}

void finding_unpack(const uint8_t *packed, size_t size, struct finding *finding)
{
	const uint8_t *at = packed;
	struct piece piece;

	for (; at < packed + size; at += piece.length) {
		memcpy(&piece, at, sizeof(piece));
		at += sizeof(piece);
		memcpy((uint8_t *)finding + piece.offset, at, piece.length);
	}
}

struct event finding_event(const struct finding *finding, uint8_t type, struct name *name)
{
	*name = finding->name;
	name->value = finding->name_text;
	return (struct event){
		.time_ns = finding->time_ns,
		.flow = &finding->flow,
		.app_proto = finding->app_proto,
		.dpi_label = finding->dpi_label,
		.name = name,
		.judgement = finding->judged ? &finding->judgement : NULL,
		.type = type,
	};
}
