import type { Service, TaskDefinition } from '@aws-sdk/client-ecs'
import { tags as failoverTags } from '@tideway/failover-lambda/tags'
import {
  compatibilitiesOf,
  isSpot,
  servingOf,
  standbyProviderOf,
  tagOf,
  targetGroupsOf,
} from './facts'
import type { Surroundings } from './selection'

/** Why a service can have no standby, as far as the service itself shows it, and what to do. */
export function serviceRefusals(service: Service, surroundings: Surroundings): string[] {
  const { serviceName: name = '', serviceArn = '', status = '' } = service
  const { type: controller } = service.deploymentController ?? {}
  const { capacityProviderStrategy: strategy = [], loadBalancers = [] } = servingOf(service)
  const deployment = service.deployments?.find((one) => one.status === 'PRIMARY')
  const connect = deployment?.serviceConnectConfiguration
  const primary = tagOf(service, failoverTags.standbyOf)
  // Nothing else matters for these.
  if (primary !== undefined) {
    return [`it is the standby of ${primary}. Select ${primary} instead.`]
  }
  if (status !== 'ACTIVE') return [`it is ${status}. Only an ACTIVE service has tasks to cover.`]

  if (service.schedulingStrategy === 'DAEMON') {
    return [
      'it is a DAEMON, which has one task on each instance. There is no missing task to cover.',
    ]
  }

  const release = service.deploymentConfiguration?.strategy ?? 'ROLLING'
  const providers = strategy.map(({ capacityProvider = '' }) => capacityProvider)
  const checks: readonly (readonly [isRefused: boolean, reason: string])[] = [
    [
      controller === 'EXTERNAL',
      'its deployment controller is EXTERNAL, which creates task sets that ECS does not scale for a standby. Use the controller ECS or CODE_DEPLOY.',
    ],
    [
      controller !== 'CODE_DEPLOY' && release !== 'ROLLING',
      `ECS releases it by ${release}, which moves traffic between target groups that a standby does not follow. Release it by ROLLING or by CODE_DEPLOY.`,
    ],
    [
      controller === 'CODE_DEPLOY' && targetGroupsOf(service, surroundings).length < 2,
      `CodeDeploy releases it to a second target group that ECS does not report. Add --target-group ${name}=ARN.`,
    ],
    [
      strategy.length === 0,
      `it has the launch type ${service.launchType ?? '(none)'} instead of a capacity provider strategy, so it never runs on Spot. Give it a strategy with FARGATE_SPOT.`,
    ],
    [
      strategy.length > 0 && !providers.some((provider) => isSpot(provider, surroundings)),
      `its strategy has no Spot provider: ${providers.join(', ')}. If one of them has a Spot Auto Scaling group, add --spot-provider NAME.`,
    ],
    [
      (connect?.services ?? []).length > 0,
      'Service Connect gives it a name that no second service of the namespace can have. Its standby could not answer under that name.',
    ],
    [
      (deployment?.volumeConfigurations ?? []).length > 0,
      'its tasks get volumes from the service, which a standby does not copy. Define them in the task definition.',
    ],
    [
      (deployment?.vpcLatticeConfigurations ?? []).length > 0,
      'its tasks are targets of VPC Lattice, where the controller does not deregister them. Use a load balancer.',
    ],
    [
      loadBalancers.some(({ targetGroupArn }) => targetGroupArn === undefined),
      'it is behind a Classic Load Balancer, which has no target groups. Use an Application or Network Load Balancer.',
    ],
    [
      !/^arn:aws:ecs:[^:]+:\d+:service\/[^/]+\/[^/]+$/.test(serviceArn),
      `its ARN is ${serviceArn}. ECS tags only services with an ARN that contains the cluster, and only the partition aws is supported. Migrate the service to the long ARN format.`,
    ],
  ]
  return checks.filter(([isRefused]) => isRefused).map(([, reason]) => reason)
}

/** Why no standby can run the tasks of a service, and what to do. */
export function taskRefusals(
  service: Service,
  task: TaskDefinition,
  surroundings: Surroundings,
): string[] {
  // An adopted standby has run them already.
  if (surroundings.standbys.has(service.serviceName ?? '')) return []
  const provider = standbyProviderOf(service, task, surroundings)
  if (provider === undefined) {
    return [
      'the cluster has no on-demand provider that is known to run its tasks. Add FARGATE to the cluster, or --standby-provider NAME.',
    ]
  }
  if (!surroundings.providers.has(provider)) {
    return [
      `the cluster has no capacity provider ${provider} for the standby. Add it with \`aws ecs put-cluster-capacity-providers\`, or use another --standby-provider.`,
    ]
  }
  if (isSpot(provider, surroundings)) {
    return [
      `the standby would be on ${provider}, which is on Spot too. Use an on-demand --standby-provider.`,
    ]
  }
  const needed = provider === 'FARGATE' ? 'FARGATE' : 'EC2'
  if (!compatibilitiesOf(task).includes(needed)) {
    return [
      `its tasks cannot run on ${provider}: the task definition is compatible with ${compatibilitiesOf(task).join(', ') || 'nothing'}. Use another --standby-provider.`,
    ]
  }
  return []
}
