import type { Environment } from '@tideway/constructs'
import {
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  type Synthesized,
  statementsOf,
  synthesizedOnce,
  testApp,
  testEnvironment,
} from '@tideway/constructs/testing'
import type { ServiceDefinition } from '../src/service'
import type { ComputeSettings } from '../src/settings'
import { ComputeStack } from '../src/stack'

export type Changes = { readonly [Part in keyof ComputeSettings]?: Partial<ComputeSettings[Part]> }

/** The compute stack in three zones, with both fleets. */
export const compute = synthesizedOnce(
  (
    environment: Partial<Environment> = {},
    { ec2, ec2Spot, instances, services, externalAlb, fleets, failover }: Changes = {},
    definitions?: Readonly<Record<string, ServiceDefinition>>,
  ) =>
    new ComputeStack(testApp(), {
      environment: testEnvironment(environment),
      services: definitions,
      settings: {
        ec2: {
          minInstances: 1,
          maxInstances: 10,
          targetCapacityPercent: 90,
          warmInstances: 2,
          ...ec2,
        },
        ec2Spot: { minInstances: 2, maxInstances: 20, targetCapacityPercent: 80, ...ec2Spot },
        instances: { imageResolved: 'once', ...instances },
        services: { onDemandShare: 'on', ...services },
        externalAlb: {
          shieldAdvanced: 'off',
          originSecretGeneration: 1,
          ...externalAlb,
        },
        fleets: {
          use: 'on',
          webInstances: 4,
          processingOnDemand: 1,
          processingSpot: 3,
          ...fleets,
        },
        failover: {
          callsPerSecond: 20,
          writesPerSecond: 5,
          maxCoverDollarsPerHour: 'unlimited',
          standbyHours: 6,
          reserveConcurrency: 'on',
          gameDay: 'off',
          ...failover,
        },
      },
    }),
)

/** The compute stack with other services. */
export const withServices = (definitions: Readonly<Record<string, ServiceDefinition>>) =>
  compute({}, {}, definitions)

export function networkOutput(name: string): string {
  return `\${data.terraform_remote_state.network.outputs.${name}}`
}

export function dataOutput(name: string): string {
  return `\${data.terraform_remote_state.data.outputs.${name}}`
}

/** The private subnet of a zone, by index in the list of the network. */
export function subnetOfZone(zone: number): string {
  return `\${element(data.terraform_remote_state.network.outputs.private_subnet_ids, ${zone})}`
}

export function keyRef(json: Synthesized, path: string): string {
  return referenceAt(json, 'aws_kms_key', `${path}/key`, 'arn')
}

export function groupRef(json: Synthesized, path: string): string {
  return referenceAt(json, 'aws_security_group', path)
}

/** The ingress or egress rules of a security group, without descriptions. */
export function rulesOf(
  json: Synthesized,
  direction: 'ingress' | 'egress',
  group: string,
): Block[] {
  return Object.values(resourcesOf(json, `aws_vpc_security_group_${direction}_rule`))
    .filter(({ security_group_id }) => security_group_id === group)
    .map(({ '//': _, description: __, security_group_id: ___, ...rule }) => rule)
}

/** The statements of the one policy of a role, by the path of its construct. */
export function grantsOf(json: Synthesized, path: string): Block[] {
  const policy = resourceAt(json, 'aws_iam_role_policy', `${path}/policy`)
  expect(policy.role).toBe(referenceAt(json, 'aws_iam_role', `${path}/role`, 'name'))
  return statementsOf(policy.policy)
}

/** The user data of an instance: its settings lines with references, and the decoded script. */
export function userDataOf(json: Synthesized, path: string): { lines: string[]; script: string } {
  const { user_data } = resourceAt(json, 'aws_launch_template', path)
  const form =
    /^\$\{base64encode\(join\("\\n", \[(.*), base64decode\("([A-Za-z0-9+/=]*)"\)\]\)\)\}$/
  const [, lines = '', script = ''] = form.exec(user_data) ?? []
  return {
    lines: [...lines.matchAll(/join\("=", \["(\w+)", ("?)([^\]]+?)\2\]\)|"([^"]*)"/g)].map(
      ([, name, quote, value, line]) => line ?? `${name}=${quote === '' ? `\${${value}}` : value}`,
    ),
    script: Buffer.from(script, 'base64').toString('utf8'),
  }
}
