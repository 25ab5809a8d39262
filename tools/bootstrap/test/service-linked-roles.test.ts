import { stackNames } from '@tideway/constructs'
import { allows } from '@tideway/constructs/iam-evaluator'
import { resourcesOf } from '@tideway/constructs/testing'
import { serviceLinkedRoles } from '../src/service-linked-role-names'
import { bootstrap, statementsOfRole } from './fixture'

const json = bootstrap()
const roles = Object.entries(resourcesOf(json, 'aws_iam_service_linked_role'))

/** What PowerUserAccess allows of IAM. */
const powerUserAccess = {
  Statement: {
    Effect: 'Allow',
    Action: ['iam:CreateServiceLinkedRole', 'iam:DeleteServiceLinkedRole'],
    Resource: '*',
  },
} as const

describe('the service-linked roles', () => {
  it('are those of every service that the stacks use', () => {
    expect(roles.map(([, { aws_service_name }]) => aws_service_name).sort()).toEqual([
      'autoscaling.amazonaws.com',
      'ec2fleet.amazonaws.com',
      'ecs.amazonaws.com',
      'ecs.application-autoscaling.amazonaws.com',
      'elasticache.amazonaws.com',
      'elasticloadbalancing.amazonaws.com',
      'rds.amazonaws.com',
      'spot.amazonaws.com',
      'spotfleet.amazonaws.com',
    ])
  })

  it.each(roles)('is adopted with exactly its ARN where it exists: %s', (id, role) => {
    const service = role.aws_service_name
    const name = stackNames.map((stack) => serviceLinkedRoles[stack]?.[service]).find(Boolean)
    const imports = (json as unknown as { import: { to: string }[] }).import
    const existing = 'data.aws_iam_roles.service-linked-roles_existing_'
    expect(imports.filter(({ to }) => to === `aws_iam_service_linked_role.${id}`)).toEqual([
      {
        for_each: expect.stringMatching(
          new RegExp(
            `^\\$\\{toset\\(\\[for arn in ${existing}\\w+\\.arns : arn if endswith\\(arn, ":role/aws-service-role/${service}/${name}"\\)\\]\\)\\}$`,
          ),
        ),
        to: expect.any(String),
        id: `\${each.value}`,
      },
    ])
  })

  it('keep what other users of the account gave them, and are not destroyed', () => {
    for (const [, { lifecycle }] of roles) {
      expect(lifecycle).toEqual({
        prevent_destroy: true,
        ignore_changes: ['description', 'tags', 'tags_all'],
      })
    }
  })

  it.each(stackNames)('can be created by the deploy of %s for its services only', (stack) => {
    const own = Object.keys(serviceLinkedRoles[stack] ?? {})
    const policies = [powerUserAccess, { Statement: statementsOfRole(json, stack, 'deploy') }]
    const allowed = (action: string, service: string) =>
      allows(policies, {
        action: `iam:${action}ServiceLinkedRole`,
        resource: `arn:aws:iam::123456789012:role/aws-service-role/${service}/any`,
        context: { 'iam:AWSServiceName': service },
      })
    const services = [
      ...stackNames.flatMap((name) => Object.keys(serviceLinkedRoles[name] ?? {})),
      'organizations.amazonaws.com',
      'es.amazonaws.com',
    ]
    expect(services.filter((service) => allowed('Create', service))).toEqual(own)
    expect(services.filter((service) => allowed('Delete', service))).toEqual([])
  })
})
