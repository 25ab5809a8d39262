import { AwsProvider } from '@cdktf/provider-aws/lib/provider'
import { type ServiceDescription, SpotCapacity, SpotFailover, SpotService } from '@tideway/ecs-spot'
import { App, LocalBackend, TerraformStack } from 'cdktf'

const account = { account: '123456789012', region: 'eu-west-1' }
const arnOf = (service: string, resource: string) =>
  `arn:aws:${service}:${account.region}:${account.account}:${resource}`

const worker: ServiceDescription = {
  cluster: 'shop',
  name: 'worker',
  arn: arnOf('ecs', 'service/shop/worker'),
  controller: 'ECS',
  taskDefinition: arnOf('ecs', 'task-definition/worker:7'),
  strategy: [{ capacityProvider: 'FARGATE_SPOT', base: 0, weight: 1, isSpot: true }],
  standbyProvider: 'FARGATE',
  standbys: [],
  network: { subnets: ['subnet-1'], securityGroups: ['sg-1'], assignPublicIp: false },
  loadBalancers: [],
  targetGroupArns: [],
  registries: [],
  placementConstraints: [],
  placementStrategy: [],
  propagateTags: 'SERVICE',
  enableExecuteCommand: false,
  enableManagedTags: true,
  roleArns: ['arn:aws:iam::123456789012:role/worker'],
  task: {
    cpu: 256,
    memoryMiB: 512,
    architecture: 'X86_64',
    ephemeralStorageGiB: 20,
    stopSeconds: 30,
  },
}

/** What a project of another team writes to a folder: a service of its own, one that it attaches, and its capacity. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir })
  const stack = new TerraformStack(app, 'shop')
  new LocalBackend(stack, { path: 'terraform.tfstate' })
  new AwsProvider(stack, 'aws', { region: account.region })
  const cluster = { name: 'shop', arn: arnOf('ecs', 'cluster/shop') }
  const capacity = new SpotCapacity(stack, 'capacity', {
    ...account,
    cluster,
    vpcId: 'vpc-1',
    subnetIds: ['subnet-1', 'subnet-2'],
    ec2: { minInstances: 0, maxInstances: 4, targetCapacityPercent: 100, warmInstances: 0 },
    ec2Spot: { minInstances: 0, maxInstances: 4, targetCapacityPercent: 100 },
    instances: { imageResolved: 'once' },
  })
  const checkout = new SpotService(stack, 'checkout', {
    ...account,
    name: 'checkout',
    cluster,
    taskDefinition: arnOf('ecs', 'task-definition/checkout:1'),
    taskSize: { cpu: 512, memoryMiB: 1024, architecture: 'ARM64' },
    desiredCount: 6,
    capacity: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    standbys: [{ name: 'fargate', capacityProvider: 'FARGATE' }],
    networkConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
    preferences: { prefer: 'availability' },
    dependsOn: [capacity.association],
  })
  new SpotFailover(stack, 'failover', {
    ...account,
    cluster,
    primaries: [worker],
    spotProviderNames: capacity.spotProviderNames,
    serviceNames: { checkout: checkout.serviceName },
  })
  app.synth()
}
