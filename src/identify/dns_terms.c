/* The names of the numbers, as IANA's registries and EVE spell them. */
#include "identify/dns.h"

#include <string.h>

struct term {
	uint16_t number;
	const char *name;
};

static const struct term types[] = { /* the common ones first: the search is a walk */
				     { DNS_TYPE_A, "A" },
				     { DNS_TYPE_AAAA, "AAAA" },
				     { DNS_TYPE_CNAME, "CNAME" },
				     { DNS_TYPE_HTTPS, "HTTPS" },
				     { DNS_TYPE_PTR, "PTR" },
				     { DNS_TYPE_SOA, "SOA" },
				     { DNS_TYPE_OPT, "OPT" },
				     { DNS_TYPE_TXT, "TXT" },
				     { DNS_TYPE_SRV, "SRV" },
				     { DNS_TYPE_NS, "NS" },
				     { DNS_TYPE_MX, "MX" },
				     { DNS_TYPE_ANY, "ANY" },
				     { DNS_TYPE_SVCB, "SVCB" },
				     { 3, "MD" },
				     { 4, "MF" },
				     { 7, "MB" },
				     { 8, "MG" },
				     { 9, "MR" },
				     { 10, "NULL" },
				     { 11, "WKS" },
				     { 13, "HINFO" },
				     { 14, "MINFO" },
				     { 17, "RP" },
				     { 18, "AFSDB" },
				     { 19, "X25" },
				     { 20, "ISDN" },
				     { 21, "RT" },
				     { 22, "NSAP" },
				     { 23, "NSAP-PTR" },
				     { 24, "SIG" },
				     { 25, "KEY" },
				     { 26, "PX" },
				     { 27, "GPOS" },
				     { 29, "LOC" },
				     { 30, "NXT" },
				     { 31, "EID" },
				     { 32, "NIMLOC" },
				     { 34, "ATMA" },
				     { 35, "NAPTR" },
				     { 36, "KX" },
				     { 37, "CERT" },
				     { 38, "A6" },
				     { 39, "DNAME" },
				     { 40, "SINK" },
				     { 42, "APL" },
				     { 43, "DS" },
				     { 44, "SSHFP" },
				     { 45, "IPSECKEY" },
				     { 46, "RRSIG" },
				     { 47, "NSEC" },
				     { 48, "DNSKEY" },
				     { 49, "DHCID" },
				     { 50, "NSEC3" },
				     { 51, "NSEC3PARAM" },
				     { 52, "TLSA" },
				     { 53, "SMIMEA" },
				     { 55, "HIP" },
				     { 59, "CDS" },
				     { 60, "CDNSKEY" },
				     { 61, "OPENPGPKEY" },
				     { 62, "CSYNC" },
				     { 63, "ZONEMD" },
				     { 99, "SPF" },
				     { 249, "TKEY" },
				     { 250, "TSIG" },
				     { 251, "IXFR" },
				     { 252, "AXFR" },
				     { 253, "MAILB" },
				     { 254, "MAILA" },
				     { 256, "URI" },
				     { 257, "CAA" }
};

static const struct term rcodes[] = {
	{ 0, "NOERROR" },  { 1, "FORMERR" }, { 2, "SERVFAIL" },  { 3, "NXDOMAIN" },
	{ 4, "NOTIMP" },   { 5, "REFUSED" }, { 6, "YXDOMAIN" },  { 7, "YXRRSET" },
	{ 8, "NXRRSET" },  { 9, "NOTAUTH" }, { 10, "NOTZONE" },  { 11, "DSOTYPENI" },
	{ 16, "BADVERS" }, { 17, "BADKEY" }, { 18, "BADTIME" },  { 19, "BADMODE" },
	{ 20, "BADNAME" }, { 21, "BADALG" }, { 22, "BADTRUNC" }, { 23, "BADCOOKIE" },
};

/* `prefix` and the number into `unknown`: at most 5 + 5 bytes and the NUL. */
static const char *numbered(const char *prefix, uint16_t number, char unknown[12])
{
	size_t at = strlen(prefix);
	unsigned scale = 1;

	memcpy(unknown, prefix, at);
	while (number / scale >= 10)
		scale *= 10;
	for (; scale != 0; scale /= 10)
		unknown[at++] = (char)('0' + number / scale % 10);
	unknown[at] = '\0';
	return unknown;
}

const char *dns_type_name(uint16_t type, char unknown[12])
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].number == type)
			return types[i].name;
	return numbered("TYPE", type, unknown);
}

const char *dns_rcode_name(uint16_t rcode, char unknown[12])
{
	for (size_t i = 0; i < sizeof(rcodes) / sizeof(rcodes[0]); i++)
		if (rcodes[i].number == rcode)
			return rcodes[i].name;
	return numbered("RCODE", rcode, unknown);
}
