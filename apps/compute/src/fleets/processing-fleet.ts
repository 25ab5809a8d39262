import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ec2Fleet } from '@cdktf/provider-aws/lib/ec2-fleet'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { WorkQueue } from '../work-queue'
import { FleetInstances, overEveryPool } from './fleet-instances'

export interface ProcessingFleetProps {
  readonly vpcId: string
  /** Private subnets, one per zone. */
  readonly subnetIds: string[]
  readonly workQueue: WorkQueue
  readonly onDemandInstances: number
  readonly spotInstances: number
}

/** Instances that process jobs of a queue: some on demand, which keep processing in a drought, the rest on Spot. */
export class ProcessingFleet extends Construct {
  constructor(scope: Construct, id: string, props: ProcessingFleetProps) {
    super(scope, id)
    const { onDemandInstances, spotInstances } = props
    const { queue, keyArn } = props.workQueue
    const { environment, defaultTags } = tidewayStackOf(this)
    const instances = new FleetInstances(this, 'instances', {
      name: 'processing-fleet',
      vpcId: props.vpcId,
      statements: [
        {
          Sid: 'TakeJobs',
          Action: ['sqs:DeleteMessage', 'sqs:ReceiveMessage'],
          Resource: queue.arn,
        },
        { Sid: 'ReadThem', Action: 'kms:Decrypt', Resource: keyArn },
      ],
      firstBoot: {
        settings: {
          file: '/etc/processor.env',
          values: { QUEUE_URL: queue.url, AWS_DEFAULT_REGION: environment.region },
        },
        script: readFileSync(join(__dirname, 'processor.sh'), 'utf8'),
      },
    })
    new Ec2Fleet(this, 'fleet', {
      type: 'maintain',
      launchTemplateConfig: [
        {
          launchTemplateSpecification: {
            launchTemplateId: instances.template.id,
            version: instances.template.latestVersion,
          },
          override: overEveryPool(props.subnetIds, environment.availabilityZones.length),
        },
      ],
      targetCapacitySpecification: {
        defaultTargetCapacityType: 'spot',
        onDemandTargetCapacity: onDemandInstances,
        spotTargetCapacity: spotInstances,
        totalTargetCapacity: onDemandInstances + spotInstances,
      },
      onDemandOptions: { allocationStrategy: 'lowestPrice' },
      // No rebalancing: an interrupted job returns to the queue anyway.
      spotOptions: {
        allocationStrategy: 'price-capacity-optimized',
        instanceInterruptionBehavior: 'terminate',
      },
      replaceUnhealthyInstances: true,
      excessCapacityTerminationPolicy: 'termination',
      terminateInstances: true,
      terminateInstancesWithExpiration: true,
      tags: {
        ...defaultTags,
        Name: nameOf(environment, 'aws_launch_template', 'processing-fleet', id),
      },
    })
  }
}
