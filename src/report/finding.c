#include "report/finding.h"

#include <string.h>

static void copy_text(char *to, size_t room, const char *from)
{
	size_t length = from ? strnlen(from, room - 1) : 0;

	if (length != 0)
		memcpy(to, from, length);
	to[length] = '\0';
}

static size_t size_with_evidence(size_t count)
{
	return offsetof(struct finding, judgement.evidence) + count * sizeof(struct evidence);
}

size_t finding_size(const struct finding *finding)
{
	return size_with_evidence(finding->judgement.evidence_count);
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
		memcpy(&finding->judgement, judgement,
		       offsetof(struct judgement, evidence) + count * sizeof(struct evidence));
	else
		memset(&finding->judgement, 0, offsetof(struct judgement, evidence));
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
