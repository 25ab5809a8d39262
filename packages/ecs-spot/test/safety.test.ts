import { AwsProvider } from '@cdktf/provider-aws/lib/provider'
import { allows, type PolicyDocument } from '@tideway/constructs/iam-evaluator'
import { resourcesOf, synthesized, testApp } from '@tideway/constructs/testing'
import { TerraformStack } from 'cdktf'
import { SpotFailover } from '../src'

const region = 'ap-south-1'
const account = '111122223333'
const groupArn = (name: string) =>
  `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/${name}/0123456789abcdef`
const serviceArn = (cluster: string, name: string, owner = account) =>
  `arn:aws:ecs:${region}:${owner}:service/${cluster}/${name}`

/** The policies of the function that changes services, by the name of the handler. */
function policiesOf(handler: 'drain' | 'reconcile'): PolicyDocument[] {
  const stack = new TerraformStack(testApp(), 'their-stack')
  new AwsProvider(stack, 'aws', { region })
  new SpotFailover(stack, 'failover', {
    cluster: 'Shop_2',
    account,
    region,
    primaries: [
      {
        cluster: 'Shop_2',
        name: 'checkout',
        arn: serviceArn('Shop_2', 'checkout'),
        controller: 'ECS',
        taskDefinition: `arn:aws:ecs:${region}:${account}:task-definition/checkout:3`,
        strategy: [{ capacityProvider: 'FARGATE_SPOT', base: 0, weight: 1, isSpot: true }],
        standbyProvider: 'FARGATE',
        standbys: [],
        loadBalancers: [],
        targetGroupArns: [groupArn('checkout')],
        registries: [],
        placementConstraints: [],
        placementStrategy: [],
        propagateTags: 'NONE',
        enableExecuteCommand: false,
        enableManagedTags: false,
        roleArns: [`arn:aws:iam::${account}:role/checkout`],
        task: {
          cpu: 256,
          memoryMiB: 512,
          architecture: 'X86_64',
          ephemeralStorageGiB: 20,
          stopSeconds: 120,
        },
      },
    ],
  })
  return Object.values(resourcesOf(synthesized(stack), 'aws_iam_role_policy'))
    .filter(({ name }) => name === `failover-${handler}`)
    .map(({ policy }) => JSON.parse(policy))
}

const reconcile = policiesOf('reconcile')
const tagged = { 'aws:ResourceTag/tideway:standby-of': 'checkout' }
const mayUpdate = (resource: string, context: Record<string, string> = {}) =>
  allows(reconcile, { action: 'ecs:UpdateService', resource, context })

describe('the role of the failover', () => {
  it('may change a tagged standby in its cluster', () => {
    expect(mayUpdate(serviceArn('Shop_2', 'checkout-standby'), tagged)).toBe(true)
  })

  it.each<[string, string, Record<string, string>]>([
    ['a service without tags', serviceArn('Shop_2', 'foreign'), {}],
    [
      'its own primary',
      serviceArn('Shop_2', 'checkout'),
      { 'aws:ResourceTag/tideway:standbys': 'checkout-standby' },
    ],
    ['a standby of another cluster', serviceArn('Shop', 'checkout-standby'), tagged],
    ['one of a cluster whose name begins alike', serviceArn('Shop_22', 'checkout-standby'), tagged],
    ['one of another account', serviceArn('Shop_2', 'checkout-standby', '444455556666'), tagged],
  ])('must not change %s', (_, resource, context) => {
    expect(mayUpdate(resource, context)).toBe(false)
  })

  it('must not tag, create or delete services, so it cannot make one agree', () => {
    const resource = serviceArn('Shop_2', 'foreign')
    for (const name of ['TagResource', 'UntagResource', 'CreateService', 'DeleteService']) {
      expect(allows(reconcile, { action: `ecs:${name}`, resource, context: tagged })).toBe(false)
    }
  })

  it.each(['drain', 'reconcile'] as const)(
    'deregisters targets of described primaries only (%s)',
    (handler) => {
      const policies = policiesOf(handler)
      const mayDeregister = (name: string) =>
        allows(policies, {
          action: 'elasticloadbalancing:DeregisterTargets',
          resource: groupArn(name),
        })
      expect([mayDeregister('checkout'), mayDeregister('foreign')]).toEqual([true, false])
    },
  )
})
