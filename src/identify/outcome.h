/* outcome.h - what a parser of wire bytes can say. */
#pragma once

enum parse_outcome {
	PARSE_MORE,  /* so far it fits; more bytes are needed */
	PARSE_DONE,  /* what was looked for is there */
	PARSE_NOT,   /* another protocol */
	PARSE_BAD,   /* this protocol, and damaged */
	PARSE_LIMIT, /* past a named limit, or no buffer left: given up */
	PARSE_OUTCOMES
};
