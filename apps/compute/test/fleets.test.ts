import { spawnSync } from 'node:child_process'
import {
  type Block,
  referenceAt,
  referred,
  resourceAt,
  soleResource,
} from '@tideway/constructs/testing'
import {
  compute,
  grantsOf,
  groupRef,
  keyRef,
  networkOutput,
  rulesOf,
  subnetOfZone,
  userDataOf,
} from './fixture'

const json = compute()
const types = ['aws_spot_fleet_request', 'aws_ec2_fleet']

describe('the fleets', () => {
  it('create no resources if switched off', () => {
    const without = compute({}, { fleets: { use: 'off' } })
    for (const type of types) expect(without.resource?.[type]).toBeUndefined()
    expect(JSON.stringify(without)).not.toContain('web-fleet')
    expect(Object.keys(without.resource?.aws_launch_template ?? {})).toHaveLength(2)
    const images = Object.values(without.data?.aws_ssm_parameter ?? {}).map(({ name }) => name)
    expect(images.filter((name) => !name.includes('/ecs/'))).toEqual([])
  })
})

describe.each(['web-fleet', 'processing-fleet'])('the instances of the %s', (name) => {
  const path = `${name}/instances/template/template`
  const template = resourceAt(json, 'aws_launch_template', path)

  it('keep the image of the first deploy, because fleets do not support image parameters', () => {
    const images = Object.entries(json.data?.aws_ssm_parameter ?? {})
    const [id, image] = images.find(([key]) => template.image_id.includes(key)) ?? []
    expect(template.image_id).toBe(`\${data.aws_ssm_parameter.${id}.insecure_value}`)
    expect(image?.name).toBe('/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64')
    expect(template.lifecycle.ignore_changes).toEqual(['image_id'])
  })

  it('have the metadata options, disks and tags of all instances', () => {
    expect(template.metadata_options.http_tokens).toBe('required')
    expect(template.block_device_mappings[0].ebs.encrypted).toBe('true')
    expect(template.tag_specifications[0]).toMatchObject({
      resource_type: 'instance',
      tags: { app: 'compute', environment: 'test', Name: `tideway-test-${name}` },
    })
  })

  it('have their own security group and role', () => {
    expect(template.vpc_security_group_ids).toEqual([
      groupRef(json, `${name}/instances/security-group`),
    ])
    const profile = referred(json, template.iam_instance_profile.arn)
    expect(profile.role).toBe(
      referenceAt(json, 'aws_iam_role_policy', `${name}/instances/${name}/${name}/policy`, 'role'),
    )
  })

  it('run a valid program', () => {
    const { script } = userDataOf(json, path)
    const [, program = ''] = /<<'END'\n([\s\S]*?)\nEND\n/.exec(script) ?? []
    expect(program.length).toBeGreaterThan(100)
    expect(spawnSync('bash', ['-n'], { input: script }).status).toBe(0)
    // Backslashes must arrive unchanged.
    if (name === 'web-fleet') expect(program).toContain('b"ok\\n"')
  })
})

/** Every type in every zone: each is a separate capacity pool. */
function expectEveryPool(overrides: Block[]): void {
  const pools = overrides.map(({ instance_type, subnet_id }) => `${instance_type} ${subnet_id}`)
  expect(new Set(pools).size).toBe(pools.length)
  const instanceTypes = new Set(overrides.map(({ instance_type }) => instance_type))
  expect(instanceTypes.size).toBeGreaterThanOrEqual(5)
  expect(new Set(overrides.map(({ subnet_id }) => subnet_id))).toEqual(
    new Set([subnetOfZone(0), subnetOfZone(1), subnetOfZone(2)]),
  )
  expect(pools).toHaveLength(3 * instanceTypes.size)
}

describe('the web fleet', () => {
  const fleet = soleResource(json, 'aws_spot_fleet_request')
  const targets = referenceAt(json, 'aws_lb_target_group', 'web-fleet/targets', 'arn')

  it('maintains its capacity with the price-capacity-optimized strategy', () => {
    expect(fleet).toMatchObject({
      fleet_type: 'maintain',
      target_capacity: 4,
      allocation_strategy: 'priceCapacityOptimized',
      wait_for_fulfillment: false,
      instance_interruption_behaviour: 'terminate',
    })
    const [config, ...others] = fleet.launch_template_config
    expect(others).toEqual([])
    const ofTemplate = (attribute: string) =>
      referenceAt(json, 'aws_launch_template', 'web-fleet/instances/template/template', attribute)
    expect(config.launch_template_specification).toEqual({
      id: ofTemplate('id'),
      version: ofTemplate('latest_version'),
    })
    expectEveryPool(config.overrides)
  })

  it('terminates its instances with the fleet', () => {
    expect(fleet.terminate_instances_on_delete).toBe('true')
    expect(fleet.terminate_instances_with_expiration).toBe(true)
  })

  it('registers its instances with the external load balancer', () => {
    expect(fleet.target_group_arns).toEqual([targets])
    expect(resourceAt(json, 'aws_lb_listener_rule', 'web-fleet/rule/rule')).toMatchObject({
      listener_arn: referenceAt(json, 'aws_lb_listener', 'external-alb/alb/https', 'arn'),
      action: [{ type: 'forward', target_group_arn: targets }],
    })
    expect(
      resourceAt(json, 'aws_lb_listener_rule', 'web-fleet/rule/rule').condition,
    ).toContainEqual({
      path_pattern: { values: ['/web-fleet', '/web-fleet/*'] },
    })
  })

  it('has a health check on a path that its program serves', () => {
    const group = resourceAt(json, 'aws_lb_target_group', 'web-fleet/targets')
    expect(group).toMatchObject({
      vpc_id: networkOutput('vpc_id'),
      target_type: 'instance',
      port: 8080,
      health_check: { path: '/health', matcher: '200' },
    })
    const { script } = userDataOf(json, 'web-fleet/instances/template/template')
    expect(script).toContain('"/health"')
    expect(script).toContain(`ThreadingHTTPServer(("", ${group.port})`)
  })

  it('deregisters targets within the two minutes of a notice', () => {
    expect(
      Number(resourceAt(json, 'aws_lb_target_group', 'web-fleet/targets').deregistration_delay),
    ).toBeLessThan(120)
  })

  it('accepts traffic from the load balancer only, on its port', () => {
    const instances = groupRef(json, 'web-fleet/instances/security-group')
    const alb = groupRef(json, 'external-alb/from-cloudfront-443')
    const onPort = { ip_protocol: 'tcp', from_port: 8080, to_port: 8080 }
    expect(rulesOf(json, 'ingress', instances)).toEqual([
      { referenced_security_group_id: alb, ...onPort },
    ])
    expect(rulesOf(json, 'egress', alb)).toContainEqual({
      referenced_security_group_id: instances,
      ...onPort,
    })
  })

  it('has a role for its own instances, instance role and target group only', () => {
    const path = 'web-fleet/role/web-fleet-spot'
    const role = resourceAt(json, 'aws_iam_role', `${path}/role`)
    expect(fleet.iam_fleet_role).toBe(referenceAt(json, 'aws_iam_role', `${path}/role`, 'arn'))
    expect(fleet.depends_on).toHaveLength(1)
    expect(referred(json, `\${${fleet.depends_on[0]}.id}`)).toBe(
      resourceAt(json, 'aws_iam_role_policy', `${path}/policy`),
    )
    expect(role.assume_role_policy).toContain('spotfleet.amazonaws.com')
    // Spot Fleet does not document that it sends its account.
    expect(role.assume_role_policy).not.toContain('aws:SourceAccount')
    const grants = Object.fromEntries(grantsOf(json, path).map(({ Sid, ...grant }) => [Sid, grant]))
    expect(grants.HandInstancesTheirRole).toMatchObject({
      Action: 'iam:PassRole',
      Resource: referenceAt(
        json,
        'aws_iam_role',
        'web-fleet/instances/web-fleet/web-fleet/role',
        'arn',
      ),
      Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    })
    expect(grants.PutThemBehindTheLoadBalancer?.Resource).toBe(targets)
    expect(grants.TerminateItsOwn?.Condition).toEqual({
      StringEquals: { 'aws:ResourceTag/app': 'compute', 'aws:ResourceTag/environment': 'test' },
      StringLike: { 'aws:ResourceTag/aws:ec2spot:fleet-request-id': 'sfr-*' },
    })
  })
})

describe('the processing fleet', () => {
  const fleet = soleResource(json, 'aws_ec2_fleet')

  it('has an on-demand base and additional Spot instances', () => {
    expect(fleet.type).toBe('maintain')
    expect(fleet.target_capacity_specification).toEqual({
      default_target_capacity_type: 'spot',
      on_demand_target_capacity: 1,
      spot_target_capacity: 3,
      total_target_capacity: 4,
    })
    expect(fleet.spot_options.allocation_strategy).toBe('price-capacity-optimized')
    expectEveryPool(fleet.launch_template_config[0].override)
  })

  it('terminates its instances with the fleet', () => {
    expect(fleet.terminate_instances).toBe(true)
    expect(fleet.terminate_instances_with_expiration).toBe(true)
  })

  it('can only receive and delete messages of its queue', () => {
    const ofQueue = (attribute: string) =>
      referenceAt(json, 'aws_sqs_queue', 'work-queue/queue', attribute)
    const { lines, script } = userDataOf(json, 'processing-fleet/instances/template/template')
    expect(lines).toEqual([
      '#!/bin/bash',
      "cat >> /etc/processor.env <<'END'",
      `QUEUE_URL=${ofQueue('url')}`,
      'AWS_DEFAULT_REGION=eu-central-1',
      'END',
    ])
    expect(script).toContain('EnvironmentFile=/etc/processor.env')
    const path = 'processing-fleet/instances/processing-fleet/processing-fleet'
    const [, , ...grants] = grantsOf(json, path)
    expect(grants.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['sqs:DeleteMessage', 'sqs:ReceiveMessage'], ofQueue('arn')],
      ['kms:Decrypt', keyRef(json, 'work-queue/key')],
    ])
  })

  it('has no ingress', () => {
    const group = groupRef(json, 'processing-fleet/instances/security-group')
    expect(rulesOf(json, 'ingress', group)).toEqual([])
  })
})
