#include "report/summary_advice.h"

#include <stddef.h>

#include "pewit/verdict.h"

static const char *const advice[VERDICTS] = {
	[VERDICT_PRIVATE_ENDPOINT_BYPASS] =
		"Find out why the client was told, or kept, the public address: link the private "
		"DNS "
		"zone to its VNet, point the VNet at the approved resolver, look for a stale hosts "
		"file. Then turn public network access of the resource off.",
	[VERDICT_PUBLIC_AI_ENDPOINT] =
		"If it is yours, give it a private endpoint and put that in the map. If it is "
		"allowed "
		"to be public, say so in allowed_egress. If it is another tenant's, ask who sent "
		"what.",
	[VERDICT_FOREIGN_RESOURCE] =
		"Ask the owner of the source host whose resource this is. If it is needed, add it "
		"to "
		"allowed_egress; if not, block it: data may be leaving.",
	[VERDICT_DNS_PRIVATE_LINK_LEAK] =
		"Link the privatelink zone to the VNet that asked, check that the record is "
		"there, and "
		"that the zone does not fall back to the internet.",
	[VERDICT_DNS_RESOLVER_BYPASS] =
		"Set the host's resolver to an approved one, and block DNS, DoT and DoH to others: "
		"names asked elsewhere get public addresses.",
	[VERDICT_NAME_ADDRESS_MISMATCH] =
		"Compare the name with the address: an outdated map or hosts file is harmless, "
		"domain "
		"fronting is not. Bring the map up to date, or look at the host.",
	[VERDICT_THIRD_PARTY_AI] =
		"Decide whether this service may get your data. If it may, add it to "
		"allowed_egress.",
	[VERDICT_UNEXPECTED_EGRESS] =
		"If the job needs it, add it to allowed_egress with its ports; if not, block it.",
	[VERDICT_ZONE_CROSSING] =
		"Allow the crossing in cross_zone if it is meant; else close it in the network "
		"security group or the route table between the zones.",
	[VERDICT_ADMIN_ACCESS] =
		"Add the source to compute_admin if it may administer compute; else close the "
		"port.",
	[VERDICT_INBOUND_PUBLIC] =
		"Compute should have no public address: remove it, or close the inbound rule.",
	[VERDICT_IDENTITY_TOKEN_REQUEST] =
		"Check that this workload should act as the managed identity, for this resource.",
	[VERDICT_CLEARTEXT_CREDENTIAL] =
		"Turn TLS on, and change the credential: all on the path could read it.",
};

const char *summary_advice(unsigned verdict)
{
	return verdict < VERDICTS ? advice[verdict] : NULL;
}
