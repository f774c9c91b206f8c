#include "identify/dns_traits.h"

#include <string.h>
#include <strings.h>

#define LABELS_MAX 128       /* a name has at most 127, RFC 1035 section 2.3.4 */
#define CODED_LABEL_MIN 10   /* shorter ones are words and numbers of hosts */
#define CODED_PLAIN_MIN 28   /* no word is so long: coded even without a digit */
#define LENGTHY_LABEL_MIN 40 /* between the longest names of hosts and the 50 to 63 of tunnels */
#define HYPHEN_EVERY 16      /* in a label of words and GUIDs there are more */
#define DIGITS_MIN 2
#define LETTERS_MIN 2
#define SITE_SHORT 3 /* the co of co.uk */
#define BLOOM_PROBES 3

enum { /* types that can hold data and that hosts rarely ask for by themselves */
       TYPE_NULL = 10,
       TYPE_KEY = 25,
       TYPE_NAPTR = 35,
       TYPE_PRIVATE_FIRST = 65280, /* RFC 6895 section 3.1: private use; iodine has its own */
       TYPE_PRIVATE_LAST = 65534,
};

/* One question ------------------------------------------------------------------------------- */

struct label {
	const char *at;
	uint8_t length; /* bytes; an escape is one */
	uint8_t letters, digits, hyphens;
	bool binary; /* bytes that are in no host's name */
};

static bool is_data_type(uint16_t type)
{
	return type == TYPE_NULL || type == DNS_TYPE_TXT || type == DNS_TYPE_CNAME ||
	       type == DNS_TYPE_MX || type == DNS_TYPE_SRV || type == TYPE_KEY ||
	       type == TYPE_NAPTR || (type >= TYPE_PRIVATE_FIRST && type <= TYPE_PRIVATE_LAST);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Passes over one byte of a name as it is printed: a character, \. or \195. */
static const char *pass_byte(const char *at)
{
	if (*at != '\\' || at[1] == '\0')
		return at + 1;
	return is_digit(at[1]) && at[2] != '\0' && at[3] != '\0' ? at + 4 : at + 2;
}

static const char *read_label(const char *at, struct label *label)
{
	*label = (struct label){ .at = at };
	for (; *at != '\0' && *at != '.'; at = pass_byte(at)) {
		if (label->length == UINT8_MAX)
			continue;
		label->length++;
		label->letters += is_letter(*at);
		label->digits += is_digit(*at);
		label->hyphens += *at == '-';
		label->binary |= !is_letter(*at) && !is_digit(*at) && *at != '-' && *at != '_';
	}
	return *at == '.' ? at + 1 : at;
}

static unsigned read_labels(const char *name, struct label labels[LABELS_MAX])
{
	unsigned count = 0;

	while (*name != '\0' && count < LABELS_MAX)
		name = read_label(name, &labels[count++]);
	return count;
}

static bool is_word(const struct label *label, const char *word)
{
	return label->length == strlen(word) && strncasecmp(label->at, word, label->length) == 0;
}

/* How many labels at the end are the site. Without a list of public suffixes: contoso.com, and
 * contoso.co.uk because uk is a country and co is short. */
static unsigned site_labels(const struct label *labels, unsigned count)
{
	if (count > 2 && labels[count - 1].length == 2 && labels[count - 2].length <= SITE_SHORT)
		return 3;
	return count < 2 ? count : 2;
}

/* Names of services (_dmarc, selector._domainkey) and of addresses are made by rules that all know. */
static bool is_exempt(const struct label *labels, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (labels[i].at[0] == '_')
			return true;
	return count != 0 && is_word(&labels[count - 1], "arpa");
}

static void note_label(struct dns_traits *traits, const struct label *label)
{
	bool mixed = label->digits >= DIGITS_MIN && label->letters >= LETTERS_MIN;

	traits->data += label->length;
	traits->digits += label->digits;
	if (label->length > traits->longest)
		traits->longest = label->length;
	if (label->length >= CODED_LABEL_MIN)
		traits->is_coded |= mixed || label->length >= CODED_PLAIN_MIN;
	if (label->length < LENGTHY_LABEL_MIN)
		return;
	traits->is_lengthy |= label->hyphens <= label->length / HYPHEN_EVERY;
	traits->is_binary |= label->binary;
}

void dns_traits_of(const char *name, uint16_t type, struct dns_traits *traits)
{
	struct label labels[LABELS_MAX];
	unsigned count = read_labels(name, labels), before = count - site_labels(labels, count);

	*traits = (struct dns_traits){
		.site = before < count ? labels[before].at : "",
		.labels = (uint8_t)count,
		.is_data_type = is_data_type(type),
		.is_exempt = is_exempt(labels, count),
	};
	for (unsigned i = 0; i < before; i++)
		note_label(traits, &labels[i]);
}

/* A flow's questions ------------------------------------------------------------------------- */

static void count_up(uint8_t *count)
{
	*count += *count != UINT8_MAX;
}

static void count_down(uint8_t *count)
{
	*count -= *count != 0;
}

static uint32_t add_bytes(uint32_t sum, uint32_t more)
{
	const uint32_t most = (1u << 24) - 1;

	return more > most - sum ? most : sum + more;
}

/* Case does not count in names, and resolvers mix it on purpose. */
static uint64_t hash_name(const char *name, const struct hash_seed *seed)
{
	char lower[DNS_NAME_MAX];
	size_t length = 0;

	for (; name[length] != '\0' && length < sizeof(lower); length++)
		lower[length] =
			(char)(name[length] >= 'A' && name[length] <= 'Z' ? name[length] + 32
									  : name[length]);
	return hash_bytes(seed, lower, length);
}

static bool is_new(struct dns_activity *activity, uint64_t hash)
{
	uint64_t bits = 0;

	for (int i = 0; i < BLOOM_PROBES; i++)
		bits |= 1ull << (hash >> (6 * i) & 63);

	bool new = (activity->seen & bits) != bits;

	activity->seen |= bits;
	return new;
}

/* The site of most of the names, by votes (Boyer and Moore): one of another site takes a vote from
 * it, and has its place when there is none left. */
static bool holds_site(struct dns_activity *activity, uint16_t site)
{
	if (activity->coded == 0 && activity->lengthy == 0)
		activity->site = site;
	if (activity->site == site)
		return true;
	count_down(&activity->coded);
	count_down(&activity->lengthy);
	return false;
}

static void note_name(struct dns_activity *activity, const struct dns_traits *traits, uint16_t site)
{
	uint8_t data = traits->data < UINT8_MAX ? (uint8_t)traits->data : UINT8_MAX;
	bool coded = traits->is_data_type && (traits->is_coded || activity->last_data == data);

	activity->last_data = data;
	activity->up_bytes = add_bytes(activity->up_bytes, traits->data);
	if ((coded || traits->is_lengthy) && holds_site(activity, site)) {
		if (coded)
			count_up(&activity->coded);
		if (traits->is_lengthy)
			count_up(&activity->lengthy);
	}
	if (traits->is_lengthy && traits->is_data_type)
		count_up(&activity->loose);
	if (traits->is_binary)
		count_up(&activity->binary);
}

static bool add_question(struct dns_activity *activity, const struct dns_question *question,
			 const struct hash_seed *seed)
{
	struct dns_traits traits;

	dns_traits_of(question->name, question->type, &traits);
	if (traits.is_exempt || !((traits.is_data_type && traits.longest >= CODED_LABEL_MIN) ||
				  traits.is_lengthy || traits.is_binary))
		return false;
	if (!is_new(activity, hash_name(question->name, seed)))
		return false;
	note_name(activity, &traits, (uint16_t)hash_name(traits.site, seed));
	return true;
}

bool dns_activity_add(struct dns_activity *activity, const struct dns_message *message,
		      const struct hash_seed *seed)
{
	bool grew = false;

	if (!message->response && activity->questions != UINT16_MAX)
		activity->questions++;
	for (unsigned i = 0; i < message->question_count; i++)
		grew |= add_question(activity, &message->question[i], seed);
	for (unsigned i = 0; message->response && i < message->record_count; i++)
		if (message->record[i].section == DNS_ANSWER &&
		    is_data_type(message->record[i].type))
			activity->down_bytes =
				add_bytes(activity->down_bytes, message->record[i].data_bytes);
	return grew;
}

const char *dns_activity_site(const struct dns_activity *activity, const char *name,
			      const struct hash_seed *seed)
{
	struct dns_traits traits;

	if (activity->coded == 0 && activity->lengthy == 0)
		return NULL;
	dns_traits_of(name, 0, &traits);
	return (uint16_t)hash_name(traits.site, seed) == activity->site ? traits.site : NULL;
}
