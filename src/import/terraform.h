/* terraform.h - what Terraform knows: `terraform show -json` of a plan or a state, and a state file.
 *
 * A plan has no address that Azure gives out, and what depends on resources still to be made is not known in
 * it; terraform_plan.h finds by the configuration which resource is meant.
 */
#pragma once

#include "import/reading.h"

/* A plan or state as `terraform show -json` prints it. */
void terraform_read(struct reading *reading, struct node root);
/* A state file, version 4. */
void terraform_read_state(struct reading *reading, struct node root);
/* One resource {type, values}. */
void terraform_read_resource(struct reading *reading, struct node resource);

/* Settings of an owned resource. False: not such a type. */
bool terraform_resource(struct reading *reading, struct node values, const char *type,
			const char *id);
const char *
terraform_resource_type(const char *type); /* Resource Manager's; NULL: not such a type */

/* The ARM id of a resource with these values; NULL: not to be made. */
const char *terraform_id(struct reading *reading, const char *type, struct node values);

/* The readers of types that are no owned resources. */
typedef void terraform_reader(struct reading *reading, struct node values, const char *id);
terraform_reader *terraform_reader_of(const char *type);
