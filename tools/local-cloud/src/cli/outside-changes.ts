import { operatorTags } from '@tideway/failover-lambda/tags'
import { AwsCalls } from '../aws-call'
import { desiredTasks, hasStandbys } from '../drought/pairs'
import type { LocalCloud } from '../local-cloud'

/** What AWS, the controller or an operator changes after a deploy. The next plan must not change it back. */
export interface OutsideChange {
  readonly what: string
  readonly stack: 'data' | 'compute'
  /** Makes the change, and returns a function that reverts it. */
  make(cloud: LocalCloud): Promise<() => Promise<unknown>>
}

const prefix = 'tideway-local'
const cluster = `${prefix}-compute`

export const outsideChanges: readonly OutsideChange[] = [
  {
    what: 'rotations of the database secret',
    stack: 'data',
    async make(cloud) {
      const SecretId = 'tideway/local/database/app'
      const [first] = await versionsOf(cloud, SecretId, /^AWSCURRENT$/)
      let RemoveFromVersionId = first
      // The calls of a rotation function.
      for (const SecretString of ['{"password":"second"}', '{"password":"third"}']) {
        const pending = { SecretId, SecretString, VersionStages: ['AWSPENDING'] }
        const { VersionId: MoveToVersionId } = await callSecrets(cloud, 'PutSecretValue', pending)
        const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId, RemoveFromVersionId }
        await callSecrets(cloud, 'UpdateSecretVersionStage', move)
        RemoveFromVersionId = MoveToVersionId
      }
      const kept = await versionsOf(cloud, SecretId, /./)
      // moto keeps versions without a label. AWS deletes them, and the next deploy would overwrite the password.
      if (first === undefined || !kept.includes(first)) {
        throw new Error(
          `${SecretId}: the version ${first} of Terraform has no label after two rotations`,
        )
      }
      return async () => {}
    },
  },
  {
    // The first on services: the others keep the counts of the simulation, and an operator's tags hold the controller.
    what: 'a drought in which the controller raises standbys',
    stack: 'compute',
    async make(cloud) {
      const simulation = await cloud.startSimulation(1)
      for (const provider of simulation.spotProviders) simulation.setDrought(provider, true)
      await simulation.run(900)
      const atZero = simulation.primaries.filter(
        (primary) => hasStandbys(primary) && desiredTasks(simulation.standbys(primary)) === 0,
      )
      if (atZero.length > 0) {
        throw new Error(`no standby is raised for ${atZero.map(({ name }) => name).join(', ')}`)
      }
      return async () => cloud.stopSimulation()
    },
  },
  {
    what: 'a release of api by CodeDeploy',
    stack: 'compute',
    async make({ aws: { ecs, loadBalancing } }) {
      const names = [`${prefix}-api`, `${prefix}-api-standby-fargate`]
      const { services: before = [] } = await ecs.describeServices({ cluster, services: names })
      const [api] = before
      const { taskDefinition: definition } = await ecs.describeTaskDefinition({
        taskDefinition: api?.taskDefinition,
      })
      const { taskDefinition } = await ecs.registerTaskDefinition({
        ...definition,
        family: definition?.family,
        containerDefinitions: definition?.containerDefinitions,
      })
      const { TargetGroups = [] } = await loadBalancing.describeTargetGroups({
        Names: [`${prefix}-api-blue`, `${prefix}-api-green`],
      })
      const groupOf = (colour: string) =>
        TargetGroups.find(({ TargetGroupName }) => TargetGroupName?.endsWith(colour))
          ?.TargetGroupArn
      const [blue, green] = [groupOf('blue'), groupOf('green')]
      const { LoadBalancers = [] } = await loadBalancing.describeLoadBalancers({
        Names: [`${prefix}-external`],
      })
      const { Listeners = [] } = await loadBalancing.describeListeners({
        LoadBalancerArn: LoadBalancers[0]?.LoadBalancerArn,
      })
      const rules = await Promise.all(
        Listeners.map(({ ListenerArn }) => loadBalancing.describeRules({ ListenerArn })),
      )
      const rule = rules
        .flatMap(({ Rules = [] }) => Rules)
        .find(({ Actions }) => Actions?.some(({ TargetGroupArn }) => TargetGroupArn === blue))
      const forwardTo = (one: string | undefined, other: string | undefined) =>
        loadBalancing.modifyRule({
          RuleArn: rule?.RuleArn,
          Actions: [
            {
              Type: 'forward',
              ForwardConfig: {
                TargetGroups: [
                  { TargetGroupArn: one, Weight: 100 },
                  { TargetGroupArn: other, Weight: 0 },
                ],
              },
            },
          ],
        })
      await forwardTo(green, blue)
      for (const service of names) {
        await ecs.updateService({
          cluster,
          service,
          taskDefinition: taskDefinition?.taskDefinitionArn,
          loadBalancers: api?.loadBalancers?.map((each) => ({ ...each, targetGroupArn: green })),
          // A release while Spot is short runs on demand only.
          capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
        })
      }
      return async () => {
        await forwardTo(blue, green)
        for (const { serviceName: service, ...stored } of before) {
          const { taskDefinition, loadBalancers, capacityProviderStrategy } = stored
          const changes = { taskDefinition, loadBalancers, capacityProviderStrategy }
          await ecs.updateService({ cluster, service, ...changes })
        }
      }
    },
  },
  {
    what: 'counts of autoscaling',
    stack: 'compute',
    async make({ aws: { autoScaling, ecs } }) {
      const counts = { api: 7, worker: 5 }
      const services = Object.keys(counts).map((name) => `${prefix}-${name}`)
      const { services: before = [] } = await ecs.describeServices({ cluster, services })
      for (const [name, desiredCount] of Object.entries(counts)) {
        await ecs.updateService({ cluster, service: `${prefix}-${name}`, desiredCount })
      }
      const { AutoScalingGroups = [] } = await autoScaling.describeAutoScalingGroups({})
      const resize = (DesiredCapacity: (index: number) => number | undefined) =>
        Promise.all(
          AutoScalingGroups.map(({ AutoScalingGroupName }, index) =>
            autoScaling.setDesiredCapacity({
              AutoScalingGroupName,
              DesiredCapacity: DesiredCapacity(index),
            }),
          ),
        )
      await resize((index) => AutoScalingGroups[index]?.MaxSize)
      return async () => {
        await resize((index) => AutoScalingGroups[index]?.DesiredCapacity)
        for (const { serviceName: service, desiredCount } of before) {
          await ecs.updateService({ cluster, service, desiredCount })
        }
      }
    },
  },
  {
    what: 'tags of an operator',
    stack: 'compute',
    async make({ aws: { ecs } }) {
      const { services = [] } = await ecs.describeServices({ cluster, services: [`${prefix}-api`] })
      const arns = services.flatMap(({ serviceArn, clusterArn }) => [serviceArn, clusterArn])
      const tags = operatorTags.map((key) => ({ key, value: '1' }))
      for (const resourceArn of arns) await ecs.tagResource({ resourceArn, tags })
      return async () => {
        for (const resourceArn of arns) {
          await ecs.untagResource({ resourceArn, tagKeys: [...operatorTags] })
        }
      }
    },
  },
]

/** The versions of a secret that have such a label. */
async function versionsOf(cloud: LocalCloud, SecretId: string, label: RegExp): Promise<string[]> {
  const { Versions: versions } = await callSecrets<{
    Versions: { VersionId: string; VersionStages: string[] }[]
  }>(cloud, 'ListSecretVersionIds', { SecretId })
  return versions
    .filter(({ VersionStages }) => VersionStages.some((stage) => label.test(stage)))
    .map(({ VersionId }) => VersionId)
}

function callSecrets<Output = { readonly VersionId: string }>(
  { url }: LocalCloud,
  operation: string,
  input: object,
): Promise<Output> {
  const token = { ClientRequestToken: crypto.randomUUID() }
  return new AwsCalls(url).json<Output>('secretsmanager', operation, { ...token, ...input })
}
