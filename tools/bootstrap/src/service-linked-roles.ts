import { DataAwsIamRoles } from '@cdktf/provider-aws/lib/data-aws-iam-roles'
import { IamServiceLinkedRole } from '@cdktf/provider-aws/lib/iam-service-linked-role'
import { type PolicyStatement, type StackName, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { serviceLinkedRoles } from './service-linked-role-names'

/**
 * Creates the service-linked roles that do not exist, and adopts the others: AWS refuses to create one twice. Import
 * blocks for existing roles do nothing once a role is in the state.
 */
export class ServiceLinkedRoles extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id)
    const existing = new DataAwsIamRoles(this, 'existing', { pathPrefix: '/aws-service-role/' })
    const imports = Object.values(serviceLinkedRoles)
      .flatMap((roles) => Object.entries(roles))
      .map(([service, name]) => {
        const role = new IamServiceLinkedRole(this, name, {
          awsServiceName: service,
          // Others in the account use it too, so it keeps their description and tags, and it stays.
          lifecycle: { preventDestroy: true, ignoreChanges: ['description', 'tags', 'tags_all'] },
        })
        const suffix = `:role/aws-service-role/${service}/${name}`
        return {
          for_each: `\${toset([for arn in ${existing.fqn}.arns : arn if endswith(arn, "${suffix}")])}`,
          to: `${role.terraformResourceType}.${role.friendlyUniqueId}`,
          id: `\${each.value}`,
        }
      })
    tidewayStackOf(this).addOverride('import', imports)
  }
}

/** PowerUserAccess creates and deletes every service-linked role. A stack needs only its own, if one was deleted. */
export function limitsServiceLinkedRoles(stackName: StackName): PolicyStatement[] {
  const services = Object.keys(serviceLinkedRoles[stackName] ?? {})
  return [
    {
      Sid: 'OnlyServiceLinkedRolesOfTheStack',
      Effect: 'Deny',
      Action: 'iam:CreateServiceLinkedRole',
      Resource: '*',
      ...(services.length > 0 && {
        Condition: { StringNotEquals: { 'iam:AWSServiceName': services } },
      }),
    },
    {
      Sid: 'KeepServiceLinkedRoles',
      Effect: 'Deny',
      Action: 'iam:DeleteServiceLinkedRole',
      Resource: '*',
    },
  ]
}
