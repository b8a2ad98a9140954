/* See siphash.h.  A hash table of names that somebody else chose needs a hash that is keyed and mixes well:
 * with one that is only keyed, names can be made that fall together under every key, and a search through n
 * names takes n steps.
 *
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012)
 */
#include "analyze/read/siphash.h"

#include <endian.h>
#include <string.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void mix(struct state *state, int rounds)
{
	while (rounds--) {
		state->v0 += state->v1;
		state->v2 += state->v3;
		state->v1 = rotate(state->v1, 13) ^ state->v0;
		state->v3 = rotate(state->v3, 16) ^ state->v2;
		state->v0 = rotate(state->v0, 32);
		state->v2 += state->v1;
		state->v0 += state->v3;
		state->v1 = rotate(state->v1, 17) ^ state->v2;
		state->v3 = rotate(state->v3, 21) ^ state->v0;
		state->v2 = rotate(state->v2, 32);
	}
}

static void take_word(struct state *state, uint64_t word)
{
	state->v3 ^= word;
	mix(state, 2);
	state->v0 ^= word;
}

uint64_t mr_siphash(const uint64_t key[2], const void *bytes, size_t length_bytes)
{
	struct state state = {
		.v0 = key[0] ^ UINT64_C(0x736f6d6570736575),
		.v1 = key[1] ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key[0] ^ UINT64_C(0x6c7967656e657261),
		.v3 = key[1] ^ UINT64_C(0x7465646279746573),
	};
	const char *at = bytes;
	size_t whole_bytes = length_bytes / sizeof(uint64_t) * sizeof(uint64_t);
	uint64_t word, last = 0;

	for (size_t i = 0; i < whole_bytes; i += sizeof(word)) {
		memcpy(&word, at + i, sizeof(word));
		take_word(&state, le64toh(word));
	}
	if (length_bytes > whole_bytes)
		memcpy(&last, at + whole_bytes, length_bytes - whole_bytes);
	take_word(&state, le64toh(last) | (uint64_t)length_bytes << 56);
	state.v2 ^= 0xff;
	mix(&state, 4);
	return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}
