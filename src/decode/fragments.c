/* fragments.c - datagrams under way, in memory that is fixed at creation.
 *
 *   heads[hash] -> datagram -> datagram          by key; `next` chains
 *   oldest -> datagram <-> ... <-> datagram <- newest     by arrival; time-out and eviction
 *   datagram.chunks[offset / CHUNK_BYTES] -> chunk        payload, and which 8-byte units it has
 *
 * All links are indexes, of which 0 is none. A chunk is taken when its first byte arrives, so a
 * datagram of one odd fragment at each end costs two chunks, not 64 KiB. When chunks or datagrams
 * run out, the oldest datagram is evicted; whoever floods the table loses his own soon as well.
 *
 * Fragments begin on multiples of eight and all but the last are multiples of eight long, so one
 * bit per unit says what has arrived: a set bit is what makes the first copy win. `units` counts
 * set bits; a datagram is whole when its end is known and the units up to there are all set.
 *
 * Snapshot length: a fragment covers what its header announces, captured or not, and the first byte
 * that a datagram lacks is remembered in `hole`. Its bytes are given out up to there, and its length
 * by the headers, so it looks to decode like any other packet that was cut.
 *
 * Refused, with all that their datagram held: fragments that are empty or end past 65535 (ping of
 * death), that are not multiples of eight though more follow, that move the datagram's end or lie
 * behind it, and in IPv6 those that overlap with other content (teardrop; in IPv4 the overlap is
 * dropped). What arrives later of a refused, expired or evicted datagram starts it anew, never
 * becomes whole, and expires.
 */
#include "decode/fragments.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/units.h"

#define CHUNK_BYTES 2048u /* one fragment of an Ethernet's size, with little waste */
#define UNIT_BYTES 8u     /* of the offset field */
#define CHUNK_UNITS (CHUNK_BYTES / UNIT_BYTES)
#define DATAGRAM_CHUNKS ((FRAGMENTS_DATAGRAM_MAX + CHUNK_BYTES) / CHUNK_BYTES)
#define NONE 0u

enum { PROTOCOL_UDP = 17 };

struct key { /* compared and hashed as bytes: no padding */
	struct ip_addr src, dst;
	uint32_t id, tunnel_id;
	uint16_t tunnel_port, port;
	uint8_t protocol, ip_version;
	uint8_t zero[2];
};
_Static_assert(sizeof(struct key) == 48, "no padding");

struct chunk {
	uint64_t covered[CHUNK_UNITS / 64];
	uint32_t next_free;
	uint8_t bytes[CHUNK_BYTES];
};
_Static_assert(FRAGMENTS_ALONE_MAX <= CHUNK_BYTES, "a first fragment is handed out of one chunk");
_Static_assert(FRAGMENTS_MEMORY_MIN / sizeof(struct chunk) >= DATAGRAM_CHUNKS, "holds the longest");

struct frames { /* what the fragments of one datagram came in */
	uint64_t bytes;
	uint64_t first_time_ns;
	uint32_t count;
};

struct datagram {
	struct key key;
	struct frames frames;
	uint64_t since_ns; /* when it was begun: the time-out runs from here */
	uint32_t next, older, newer;
	uint32_t units; /* that have arrived */
	uint32_t end;   /* of the farthest fragment */
	uint32_t total; /* by the last fragment; 0: not seen */
	uint32_t hole;  /* first byte that was announced, but not captured */
	uint32_t chunks[DATAGRAM_CHUNKS];
	uint8_t protocol;
	/* Of the first fragment, once it is there (first_frames.count > 0). */
	struct frames first_frames;
	uint32_t first_captured;
	struct layers first_layers;
};

struct fragments {
	struct hash_seed seed;
	struct fragments_stats stats;
	fragments_alone *alone;
	void *context;
	struct frames lent; /* those of the datagram in `whole`; count 0: none */
	uint32_t *heads;
	uint32_t head_mask;
	struct datagram *datagrams; /* [1..datagram_count] */
	uint32_t datagram_count, datagrams_touched, free_datagram;
	uint32_t oldest, newest;
	struct chunk *chunks; /* [1..chunk_count] */
	uint32_t chunk_count, chunks_touched, free_chunk;
	uint8_t whole[DATAGRAM_CHUNKS * CHUNK_BYTES];
};

int fragments_new(struct fragments **fragments, uint32_t datagrams, size_t memory,
		  struct hash_seed seed)
{
	size_t chunks = memory / sizeof(struct chunk);
	uint32_t heads = 1;

	*fragments = NULL;
	if (datagrams == 0 || datagrams > FRAGMENTS_COUNT_MAX || memory < FRAGMENTS_MEMORY_MIN ||
	    chunks >= UINT32_MAX)
		return -EINVAL;
	while (heads < datagrams)
		heads *= 2;

	struct fragments *made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->seed = seed;
	made->head_mask = heads - 1;
	made->datagram_count = datagrams;
	made->chunk_count = (uint32_t)chunks;
	made->heads = calloc(heads, sizeof(*made->heads));
	made->datagrams = calloc(datagrams + 1, sizeof(*made->datagrams));
	made->chunks = calloc(chunks + 1, sizeof(*made->chunks));
	if (!made->heads || !made->datagrams || !made->chunks) {
		fragments_free(made);
		return -ENOMEM;
	}
	*fragments = made;
	return 0;
}

void fragments_free(struct fragments *fragments)
{
	if (!fragments)
		return;
	free(fragments->heads);
	free(fragments->datagrams);
	free(fragments->chunks);
	free(fragments);
}

void fragments_on_alone(struct fragments *fragments, fragments_alone *alone, void *context)
{
	fragments->alone = alone;
	fragments->context = context;
}

struct fragments_stats fragments_stats(const struct fragments *fragments)
{
	return fragments->stats;
}

static struct key key_of(const struct packet *packet, const struct layers *layers)
{
	struct key key = {
		.src = layers->src,
		.dst = layers->dst,
		.id = layers->fragment.id,
		.port = packet->port,
		.ip_version = layers->ip_version,
	};
	uint8_t tunnels = layers->tunnel_count;

	if (layers->ip_version == 4) /* in IPv6 only the first fragment's counts */
		key.protocol = layers->fragment.protocol;
	if (tunnels != 0) {
		const struct tunnel *tunnel =
			&layers->tunnel[tunnels <= LAYERS_TUNNELS_MAX ? tunnels - 1
								      : LAYERS_TUNNELS_MAX - 1];

		key.tunnel_id = tunnel->id;
		key.tunnel_port = tunnel->dst_port;
	}
	return key;
}

static uint32_t *head_of(struct fragments *fragments, const struct key *key)
{
	uint64_t hash = hash_bytes(&fragments->seed, key, sizeof(*key));

	return &fragments->heads[hash & fragments->head_mask];
}

static struct datagram *find(struct fragments *fragments, const struct key *key)
{
	for (uint32_t i = *head_of(fragments, key); i != NONE; i = fragments->datagrams[i].next) {
		if (memcmp(&fragments->datagrams[i].key, key, sizeof(*key)) == 0)
			return &fragments->datagrams[i];
	}
	return NULL;
}

static void unlink_datagram(struct fragments *fragments, struct datagram *datagram)
{
	uint32_t index = (uint32_t)(datagram - fragments->datagrams);
	uint32_t *link = head_of(fragments, &datagram->key);

	while (*link != index)
		link = &fragments->datagrams[*link].next;
	*link = datagram->next;

	*(datagram->older != NONE ? &fragments->datagrams[datagram->older].newer
				  : &fragments->oldest) = datagram->newer;
	*(datagram->newer != NONE ? &fragments->datagrams[datagram->newer].older
				  : &fragments->newest) = datagram->older;
}

/* Gives its memory back; its frames move from `pending` to the counters named. */
static void end_datagram(struct fragments *fragments, struct datagram *datagram, uint64_t *packets,
			 uint64_t *bytes)
{
	unlink_datagram(fragments, datagram);
	for (size_t i = 0; i < DATAGRAM_CHUNKS; i++) {
		uint32_t index = datagram->chunks[i];

		if (index == NONE)
			continue;
		fragments->chunks[index].next_free = fragments->free_chunk;
		fragments->free_chunk = index;
	}
	fragments->stats.pending_packets -= datagram->frames.count;
	fragments->stats.pending_bytes -= datagram->frames.bytes;
	*packets += datagram->frames.count;
	*bytes += datagram->frames.bytes;
	datagram->next = fragments->free_datagram;
	fragments->free_datagram = (uint32_t)(datagram - fragments->datagrams);
}

static bool is_too_old(const struct datagram *datagram, uint64_t now_ns)
{
	return now_ns > datagram->since_ns &&
	       now_ns - datagram->since_ns >= FRAGMENTS_TIMEOUT_S * NS_PER_S;
}

/* How long a datagram without its last fragment may be: UDP says so in its own header, which must
 * find room; of other protocols no more is known than what came. */
static uint32_t announced_length(const struct datagram *datagram)
{
	if (datagram->total != 0)
		return datagram->total;
	return datagram->protocol == PROTOCOL_UDP ? FRAGMENTS_DATAGRAM_MAX : datagram->end;
}

/* Hands out the first fragment of a datagram that is given up, if it came. */
static void hand_out_first(struct fragments *fragments, struct datagram *datagram)
{
	const struct frames *frames = &datagram->first_frames;
	struct layers layers = datagram->first_layers;
	const struct fragments_whole first = {
		.bytes = fragments->chunks[datagram->chunks[0]].bytes,
		.captured = datagram->first_captured,
		.length = announced_length(datagram),
		.frames = frames->count,
		.frame_bytes = frames->bytes,
		.first_time_ns = frames->first_time_ns,
		.protocol = datagram->protocol,
	};

	if (frames->count == 0 || !fragments->alone)
		return;
	datagram->frames.count -= frames->count;
	datagram->frames.bytes -= frames->bytes;
	fragments->stats.pending_packets -= frames->count;
	fragments->stats.pending_bytes -= frames->bytes;
	fragments->stats.alone_packets += frames->count;
	fragments->stats.alone_bytes += frames->bytes;
	fragments->alone(fragments->context, &first, &layers);
}

static void note_first(struct datagram *datagram, const struct layers *layers,
		       const struct frames *frames)
{
	if (layers->fragment.offset_bytes != 0 || datagram->first_frames.count != 0)
		return;
	datagram->first_frames = *frames;
	datagram->first_layers = *layers;
	datagram->first_captured = layers->payload_captured < FRAGMENTS_ALONE_MAX
					   ? layers->payload_captured
					   : FRAGMENTS_ALONE_MAX;
}

static void expire(struct fragments *fragments, struct datagram *datagram)
{
	hand_out_first(fragments, datagram);
	end_datagram(fragments, datagram, &fragments->stats.expired_packets,
		     &fragments->stats.expired_bytes);
}

static void expire_oldest(struct fragments *fragments, uint64_t now_ns)
{
	while (fragments->oldest != NONE) {
		struct datagram *datagram = &fragments->datagrams[fragments->oldest];

		if (!is_too_old(datagram, now_ns))
			return;
		expire(fragments, datagram);
	}
}

/* Makes room by the oldest datagram but `keep` (may be NULL). */
static void evict(struct fragments *fragments, const struct datagram *keep)
{
	struct datagram *datagram = &fragments->datagrams[fragments->oldest];

	if (datagram == keep)
		datagram = &fragments->datagrams[datagram->newer];
	hand_out_first(fragments, datagram);
	end_datagram(fragments, datagram, &fragments->stats.evicted_packets,
		     &fragments->stats.evicted_bytes);
}

static uint32_t take_index(uint32_t *touched, uint32_t count, uint32_t *first_free, uint32_t next)
{
	uint32_t index = *first_free;

	if (index != NONE) {
		*first_free = next;
		return index;
	}
	return *touched < count ? ++*touched : NONE;
}

static struct datagram *begin_datagram(struct fragments *fragments, const struct key *key,
				       uint64_t now_ns)
{
	if (fragments->free_datagram == NONE &&
	    fragments->datagrams_touched == fragments->datagram_count)
		evict(fragments, NULL);

	uint32_t index = take_index(&fragments->datagrams_touched, fragments->datagram_count,
				    &fragments->free_datagram,
				    fragments->datagrams[fragments->free_datagram].next);
	struct datagram *datagram = &fragments->datagrams[index];
	uint32_t *head = head_of(fragments, key);

	*datagram = (struct datagram){
		.key = *key,
		.since_ns = now_ns,
		.frames.first_time_ns = UINT64_MAX,
		.next = *head,
		.older = fragments->newest,
		.hole = UINT32_MAX,
	};
	*head = index;
	*(fragments->newest != NONE ? &fragments->datagrams[fragments->newest].newer
				    : &fragments->oldest) = index;
	fragments->newest = index;
	return datagram;
}

/* The chunk for an offset, taken if there is none. Always succeeds: there are more chunks than the
 * datagram itself can hold, so one can be had from another. */
static struct chunk *chunk_at(struct fragments *fragments, struct datagram *datagram,
			      uint32_t offset)
{
	uint32_t *index = &datagram->chunks[offset / CHUNK_BYTES];

	while (*index == NONE) {
		*index = take_index(&fragments->chunks_touched, fragments->chunk_count,
				    &fragments->free_chunk,
				    fragments->chunks[fragments->free_chunk].next_free);
		if (*index == NONE)
			evict(fragments, datagram);
		else
			memset(fragments->chunks[*index].covered, 0,
			       sizeof(uint64_t[CHUNK_UNITS / 64]));
	}
	return &fragments->chunks[*index];
}

static bool is_covered(const struct chunk *chunk, uint32_t offset)
{
	uint32_t unit = offset % CHUNK_BYTES / UNIT_BYTES;

	return chunk->covered[unit / 64] >> unit % 64 & 1;
}

static void cover(struct chunk *chunk, uint32_t offset)
{
	uint32_t unit = offset % CHUNK_BYTES / UNIT_BYTES;

	chunk->covered[unit / 64] |= UINT64_C(1) << unit % 64;
}

/* A fragment's place in its datagram. */
struct piece {
	struct cursor data; /* what was captured of it */
	uint32_t start, end;
	bool more;
	uint8_t protocol;
};

/* The next unit's bytes of a piece, lent; *have of them were captured. */
static const uint8_t *next_unit(struct piece *piece, uint32_t at, uint32_t *have)
{
	uint32_t length = piece->end - at < UNIT_BYTES ? piece->end - at : UNIT_BYTES;

	*have = piece->data.left < length ? (uint32_t)piece->data.left : length;
	return cursor_take(&piece->data, *have);
}

/* Copies what has not arrived before. */
static void place(struct fragments *fragments, struct datagram *datagram, struct piece piece)
{
	for (uint32_t at = piece.start; at < piece.end; at += UNIT_BYTES) {
		struct chunk *chunk = chunk_at(fragments, datagram, at);
		uint32_t have, left = piece.end - at;
		const uint8_t *bytes = next_unit(&piece, at, &have);

		if (is_covered(chunk, at))
			continue;
		cover(chunk, at);
		datagram->units++;
		if (at == 0)
			datagram->protocol = piece.protocol;
		if (have != 0)
			memcpy(chunk->bytes + at % CHUNK_BYTES, bytes, have);
		if (have < UNIT_BYTES && have < left && at + have < datagram->hole)
			datagram->hole = at + have;
	}
}

/* May this IPv6 fragment join? All new, or all there already with the same bytes. */
static bool agrees(const struct fragments *fragments, const struct datagram *datagram,
		   struct piece piece)
{
	bool any_new = false, any_known = false;

	for (uint32_t at = piece.start; at < piece.end; at += UNIT_BYTES) {
		uint32_t have, index = datagram->chunks[at / CHUNK_BYTES];
		const struct chunk *chunk = &fragments->chunks[index];
		const uint8_t *bytes = next_unit(&piece, at, &have);

		if (index == NONE || !is_covered(chunk, at))
			any_new = true;
		else if (have != 0 && memcmp(chunk->bytes + at % CHUNK_BYTES, bytes, have) != 0)
			return false;
		else
			any_known = true;
	}
	return !(any_new && any_known);
}

/* False for a fragment that no datagram can have. */
static bool piece_of(const struct layers *layers, struct piece *piece)
{
	uint32_t start = layers->fragment.offset_bytes, length = layers->payload_length;
	bool more = layers->fragment.more;

	if (length == 0 || length > FRAGMENTS_DATAGRAM_MAX - start ||
	    (more && length % UNIT_BYTES != 0))
		return false;
	*piece = (struct piece){
		.data = cursor_over(layers->payload, layers->payload_captured),
		.start = start,
		.end = start + length,
		.more = more,
		.protocol = layers->fragment.protocol,
	};
	return true;
}

/* Does it contradict those before it about where the datagram ends, or overlap (IPv6)? */
static bool fits(const struct fragments *fragments, const struct datagram *datagram,
		 const struct piece *piece)
{
	if (datagram->total != 0 &&
	    (piece->end > datagram->total || (!piece->more && piece->end != datagram->total)))
		return false;
	if (!piece->more && datagram->end > piece->end)
		return false;
	return datagram->key.ip_version == 4 || agrees(fragments, datagram, *piece);
}

/* What this fragment came in: one frame or, when it was found inside the datagram that is out on
 * loan, all of that one's, which are taken back from `whole`. */
static struct frames frames_of(struct fragments *fragments, const struct packet *packet,
			       const struct layers *layers)
{
	uintptr_t header = (uintptr_t)layers->ip_header, start = (uintptr_t)fragments->whole;
	struct frames lent = fragments->lent;

	fragments->lent.count = 0;
	if (lent.count == 0 || header < start || header >= start + sizeof(fragments->whole))
		return (struct frames){ packet->length, packet->time_ns, 1 };
	fragments->stats.whole_packets -= lent.count;
	fragments->stats.whole_bytes -= lent.bytes;
	return lent;
}

static enum fragments_outcome refuse(struct fragments *fragments, struct datagram *datagram,
				     const struct frames *frames)
{
	if (datagram)
		end_datagram(fragments, datagram, &fragments->stats.refused_packets,
			     &fragments->stats.refused_bytes);
	fragments->stats.refused_packets += frames->count;
	fragments->stats.refused_bytes += frames->bytes;
	return FRAGMENTS_REFUSED;
}

static void add_frames(struct fragments *fragments, struct datagram *datagram,
		       const struct frames *frames)
{
	datagram->frames.count += frames->count;
	datagram->frames.bytes += frames->bytes;
	if (frames->first_time_ns < datagram->frames.first_time_ns)
		datagram->frames.first_time_ns = frames->first_time_ns;
	fragments->stats.pending_packets += frames->count;
	fragments->stats.pending_bytes += frames->bytes;
}

/* Puts the payload together, ends the datagram and lends it out. */
static void complete(struct fragments *fragments, struct datagram *datagram,
		     struct fragments_whole *whole)
{
	uint32_t captured = datagram->hole < datagram->total ? datagram->hole : datagram->total;

	for (uint32_t at = 0; at < captured; at += CHUNK_BYTES) {
		uint32_t length = captured - at < CHUNK_BYTES ? captured - at : CHUNK_BYTES;
		uint32_t index = datagram->chunks[at / CHUNK_BYTES];

		memcpy(fragments->whole + at, fragments->chunks[index].bytes, length);
	}
	*whole = (struct fragments_whole){
		.bytes = fragments->whole,
		.captured = captured,
		.length = datagram->total,
		.frames = datagram->frames.count,
		.frame_bytes = datagram->frames.bytes,
		.first_time_ns = datagram->frames.first_time_ns,
		.protocol = datagram->protocol,
	};
	fragments->lent = datagram->frames;
	fragments->stats.whole++;
	end_datagram(fragments, datagram, &fragments->stats.whole_packets,
		     &fragments->stats.whole_bytes);
}

enum fragments_outcome fragments_add(struct fragments *fragments, const struct packet *packet,
				     const struct layers *layers, struct fragments_whole *whole)
{
	struct frames frames = frames_of(fragments, packet, layers);
	struct key key = key_of(packet, layers);
	struct piece piece;

	expire_oldest(fragments, packet->time_ns);
	struct datagram *datagram = find(fragments, &key);
	if (datagram && is_too_old(datagram, packet->time_ns)) {
		expire(fragments, datagram); /* time went back, so it was not the oldest */
		datagram = NULL;
	}
	if (!piece_of(layers, &piece) || (datagram && !fits(fragments, datagram, &piece)))
		return refuse(fragments, datagram, &frames);
	if (!datagram)
		datagram = begin_datagram(fragments, &key, packet->time_ns);

	add_frames(fragments, datagram, &frames);
	note_first(datagram, layers, &frames);
	place(fragments, datagram, piece);
	if (piece.end > datagram->end)
		datagram->end = piece.end;
	if (!piece.more)
		datagram->total = piece.end;
	if (datagram->total == 0 ||
	    datagram->units != (datagram->total + UNIT_BYTES - 1) / UNIT_BYTES)
		return FRAGMENTS_HELD;
	complete(fragments, datagram, whole);
	return FRAGMENTS_WHOLE;
}

void fragments_flush(struct fragments *fragments)
{
	while (fragments->oldest != NONE)
		expire(fragments, &fragments->datagrams[fragments->oldest]);
}
